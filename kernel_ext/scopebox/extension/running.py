"""Loading: from the source of a cell to a running extension, or to an error and nothing left behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from scopebox_guest import wire

from scopebox.chains.chain import Cause, Chain
from scopebox.errors import ExtensionError, ScopeboxError
from scopebox.extension import untyped
from scopebox.extension.answering import Answering
from scopebox.extension.environment import missing_variables
from scopebox.extension.handlers import outcome
from scopebox.extension.none_returned import MAX_LOADED_CHARACTERS, NOTE, parsed, returns_none
from scopebox.extension.result import MAX_REGISTRATIONS, RunResult
from scopebox.isolate.levels import caution
from scopebox.journal.outcomes import Notes, Outcome, Packed, pack_in_steps
from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.store.database.allocator import APART, keep_large_apart

if TYPE_CHECKING:
    from scopebox.extension.extension import Extension
    from scopebox.extension.loaded import Aside, Loaded
    from scopebox.extension.preparing import Program
    from scopebox.services import Services


async def run(services: Services, loaded: Loaded, program: Program) -> Extension:
    """On the loop: run a prepared cell. Whatever it raises, nothing of a failed cell stays."""
    extension, chain = program.extension, program.chain
    marks = _Marks(services, extension, append=program.append)
    if extension.language is not DEFAULT_LANGUAGE:  # which has no process, and says so
        extension.note(missing_variables(extension.source))
    before = services.registry.registrations_of(extension.name)
    value = _Value()
    error: ScopeboxError | None = None
    aside = loaded.set_aside(extension.name) if program.keep and not program.append else None
    try:
        try:
            value = await _value(services, loaded, program)
        except ScopeboxError as problem:
            error = problem
        printed = await _printed(chain, services.settings.stdout)
    except BaseException:
        _discard(loaded, extension, aside)
        raise
    if error is None:
        loaded.give_up(aside)
    elif program.append and extension.alive:
        services.registry.restore(extension.name, before)
        del extension.registered[marks.registered :]
    else:
        _discard(loaded, extension, aside)
    extension.result = marks.result(chain, value, printed, error)
    services.notify()
    services.pool.refill_soon()
    if error is not None:
        error.result = extension.result
        if isinstance(error, ExtensionError):
            error.extension = error.extension or extension.name
        raise error
    return extension


class _Value(NamedTuple):
    """The last expression, and whether it is only its shortened repr."""

    raw: Packed = ()
    shortened: bool = False


class _Printed(NamedTuple):
    """What was printed, and how many characters it has."""

    text: Packed
    characters: int


async def _printed(chain: Chain, capacity: int) -> _Printed:
    """Return what a chain printed."""
    text = chain.printed(capacity)
    characters, encoded = len(text), text.encode()
    del text  # wide characters take much, and packing waits for others
    return _Printed(await pack_in_steps(encoded), characters)


async def _value(services: Services, loaded: Loaded, program: Program) -> _Value:
    """Start what is to run, and return its value when all that it caused has ended."""
    extension = program.extension
    if not program.append:
        await _start(services, loaded, extension)
    done = await _run_guest(program)
    raw = bytes(outcome(extension, done))
    if len(raw) > APART:
        keep_large_apart()
    value = _Value(await pack_in_steps(raw), bool(done.repr))
    _note_none(extension)
    _note_export(extension)
    await program.chain.settle(services.settings.settle)
    return value


def _discard(loaded: Loaded, extension: Extension, aside: Aside | None) -> None:
    """Leave nothing of what failed, and have go on what was there before."""
    loaded.discard(extension)
    if aside is not None:
        loaded.put_back(aside)


def _note_none(extension: Extension) -> None:
    """Say once that None of a Python filter is not what null of a JavaScript filter is."""
    filters = any(what.startswith("filter ") for what in extension.registered)
    if not filters or extension.language is not DEFAULT_LANGUAGE or NOTE in extension.warnings:
        return
    if "None" in extension.source and returns_none(parsed(extension.source, MAX_LOADED_CHARACTERS)):
        extension.note(NOTE)


def _note_export(extension: Extension) -> None:
    """Say that a default export registered nothing, because nobody knows what it is."""
    if extension.manifest.type is None and not extension.registered:
        found = untyped.has_default_export(extension.language.engine, extension.source)
        extension.note(untyped.NOTE if found else "")


async def _start(services: Services, loaded: Loaded, extension: Extension) -> None:
    """Replace the extension of that name; its registrations go first, and those of one that came meanwhile."""
    loaded.drop(extension.name)
    extension.isolate = await services.pool.acquire(
        Answering(extension, loaded),
        memory=extension.limits.memory,
        accepted=services.settings.isolation,
        language=extension.language,
    )
    loaded.publish(extension)


async def _run_guest(program: Program) -> wire.Done:
    extension = program.extension
    assert extension.isolate is not None
    return await extension.isolate.load(
        language=extension.language.name,
        source=extension.source,
        filename=extension.filename,
        style=extension.manifest.style,
        type=extension.manifest.type or "",
        inputs=program.inputs,
        append=program.append,
        cause=Cause(program.chain),
        wall=extension.limits.wall,
        busy=extension.limits.busy,
    )


class _Marks:
    """Where log, trace and notes stood when a run began."""

    def __init__(self, services: Services, extension: Extension, *, append: bool) -> None:
        self.services = services
        self.extension = extension
        self.started = time.perf_counter()
        self.log = services.log.last
        self.trace = services.trace.last
        self.registered = len(extension.registered)
        self.warnings = len(extension.warnings) if append else 0

    def result(self, chain: Chain, value: _Value, printed: _Printed, error: ScopeboxError | None) -> RunResult:
        """Return what happened since; at a level where the language alone holds, that as well."""
        level, services = self.extension.isolation, self.services
        registered = tuple(self.extension.registered[self.registered :])
        warnings = (*filter(None, [caution(level)]), *self.extension.warnings[self.warnings :])
        return RunResult(
            self.extension.name,
            services.trace.span(self.trace, chain.id),
            services.outcomes.keep(Outcome(value.raw, printed.text, Notes(registered, warnings))),
            printed.characters,
            services.log.span(self.log, chain.id),
            value.shortened,
            time.perf_counter() - self.started,
            error,
            level,
            chain.busy,
            self.extension.language,
            self._lines(registered[:MAX_REGISTRATIONS]),
        )

    def _lines(self, registered: tuple[str, ...]) -> tuple[str, ...]:
        """Return the lines by which what was registered can be tried."""
        if not registered:
            return ()
        from scopebox.extension.trying import Trials  # noqa: PLC0415 - it needs the schema, which the first cell need not wait for

        return tuple(map(Trials(self.services.store.schema, self.extension.source).line, registered))
