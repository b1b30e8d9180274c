"""Loading: from the source of a cell to a running extension, or to an error and nothing left behind."""

from __future__ import annotations

import keyword
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from scopebox import names, wire
from scopebox.chain import Cause, Chain
from scopebox.errors import CancelledRun, ExtensionError, ManifestError, ScopeboxError
from scopebox.extension import NULL, Extension, Limits, RunResult
from scopebox.grants import Grants
from scopebox.isolate.levels import caution
from scopebox.literals import inline
from scopebox.manifest import Manifest, replace_type
from scopebox.manifest_bounds import MAX_SOURCE
from scopebox.settings import check

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from scopebox.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class Program:
    """A cell that passed every check that needs no guest."""

    extension: Extension
    chain: Chain
    inputs: dict[str, object]
    append: bool


def prepare(
    box: Sandbox,
    source: str,
    *,
    name: str = names.UNTITLED,
    manifest: object = None,
    type: str | None = None,  # noqa: A002 - the field's own word
    grant: Collection[str] = (),
    deny: Collection[str] = (),
    inputs: Mapping[str, object] | None = None,
    timeout: float | None = None,
    wall: float | None = None,
    memory: int | None = None,
    filename: str = "",
    append: bool = False,
) -> Program:
    """Check name, source, manifest, grants, limits and inputs; see :meth:`Sandbox.aload` for their meaning and errors."""
    names.check(name)
    if not isinstance(source, str):
        raise TypeError(f"The source of an extension is text, not {source.__class__.__name__}")
    if len(source) > MAX_SOURCE:
        raise ExtensionError(f"The source has {len(source):,} characters, {MAX_SOURCE:,} are the limit", extension=name)
    previous = box.extensions.get(name)
    if append and (previous is None or not previous.alive):
        hint = "Run the cell without --append first."
        raise ScopeboxError(f"There is no living extension {name} to append to", hint=hint)
    wanted = _manifest(source, manifest, type, previous if append else None)
    _check_roles(box, wanted)
    limits = _limits(box, timeout, wall, memory)
    data = _checked_inputs(inputs or {})
    chain = box.roots.start(f"cell {name}", limits.wall)
    if append and previous is not None:
        filename = filename or f"<{name} {len(previous.sources) + 1}>"
        previous.source, previous.filename, previous.limits = source, filename, limits
        previous.sources[filename] = source
        return Program(previous, chain, data, append=True)
    grants = Grants.decide(wanted, box.decisions, name, grant=grant, deny=deny, on_change=box.notify)
    extension = Extension(box, name, source, filename or f"<{name}>", wanted, grants, limits)
    extension.warnings += [*wanted.notes, *grants.notes]
    return Program(extension, chain, data, append=False)


def _manifest(source: str, given: object, kind: str | None, previous: Extension | None) -> Manifest:
    found = Manifest.from_cell(source) if given is None else Manifest.read(given)
    if previous is not None and found is None and kind is None:
        return previous.manifest
    manifest = found or Manifest()
    if kind is not None:
        manifest = replace_type(manifest, kind)
    if previous is not None and manifest != previous.manifest:
        hint = "Leave the manifest out, or run the cell without --append."
        raise ManifestError("an appended cell runs under the manifest of the first cell", hint=hint)
    return manifest


def _check_roles(box: Sandbox, manifest: Manifest) -> None:
    for index, permission in enumerate(manifest.permissions):
        if permission.role is None:
            continue
        try:
            box.store.access.for_role(permission.role)
        except LookupError as error:
            raise ManifestError(str(error.args[0]), place=f"permissions[{index}].role") from None


def _limits(box: Sandbox, busy: float | None, wall: float | None, memory: int | None) -> Limits:
    settings = box.settings
    for limit, value in (("busy", busy), ("wall", wall), ("memory", memory)):
        if value is not None:
            check(limit, value)
    return Limits(
        settings.busy if busy is None else busy,
        settings.wall if wall is None else wall,
        settings.memory if memory is None else memory,
    )


def _checked_inputs(inputs: Mapping[str, object]) -> dict[str, object]:
    """Return a copy of ``inputs`` as JSON data; an error names the input that has no such form."""
    data: dict[str, object] = {}
    for name, value in inputs.items():
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            raise ScopeboxError(
                f"{inline(name)} cannot be the name of an input", hint="Inputs are plain variable names."
            )
        try:
            data[name] = msgspec.json.decode(msgspec.json.encode(value))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            hint = "Inputs are copied as JSON data: text, numbers, true, false, null, lists and dicts."
            raise ScopeboxError(f"The input {inline(name)} is no JSON data: {error}", hint=hint) from None
    return data


async def run(box: Sandbox, program: Program) -> Extension:
    """On the loop: run a prepared cell. Whatever it raises, nothing of a failed cell stays."""
    extension, chain = program.extension, program.chain
    marks = _Marks(box, extension, append=program.append)
    before = box.registry.of(extension.name)
    raw = NULL
    shortened = False
    error: ScopeboxError | None = None
    try:
        if not program.append:
            await _start(box, extension)
        done = await _run_guest(program)
        raw, shortened = extension.outcome(done), bool(done.repr)
        await chain.settle(box.settings.settle)
    except ScopeboxError as problem:
        error = problem
    except BaseException:
        _discard(box, extension)
        raise
    if error is not None:
        if program.append and extension.alive:
            box.registry.restore(extension.name, before)
            del extension.registered[marks.registered :]
        else:
            _discard(box, extension)
    extension.result = marks.result(chain, raw, shortened=shortened, error=error)
    box.notify()
    box.pool.refill_soon()
    if error is not None:
        error.result = extension.result
        if isinstance(error, ExtensionError):
            error.extension = error.extension or extension.name
        raise error
    return extension


async def _start(box: Sandbox, extension: Extension) -> None:
    """Replace the extension of that name; its registrations go first, and those of one that came meanwhile."""
    box.drop(extension.name)
    extension.isolate = await box.pool.acquire(
        extension, memory=extension.limits.memory, accepted=box.settings.isolation
    )
    box.publish(extension)


def _discard(box: Sandbox, extension: Extension) -> None:
    """Leave nothing of an extension, and nothing else: its name may have another owner by now."""
    if box.extensions.get(extension.name) is extension:
        box.drop(extension.name)
    elif extension.isolate is not None:
        extension.isolate.kill(CancelledRun("The extension was unloaded", extension=extension.name))


async def _run_guest(program: Program) -> wire.Done:
    extension = program.extension
    assert extension.isolate is not None
    return await extension.isolate.load(
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

    def __init__(self, box: Sandbox, extension: Extension, *, append: bool) -> None:
        self.box = box
        self.extension = extension
        self.started = time.perf_counter()
        self.log = box.log.last
        self.trace = box.trace.last
        self.registered = len(extension.registered)
        self.warnings = len(extension.warnings) if append else 0

    def result(self, chain: Chain, raw: bytes, *, shortened: bool, error: ScopeboxError | None) -> RunResult:
        """Return what happened since; at a level where the language alone holds, that as well."""
        level = self.extension.isolation
        noted = caution(level)
        return RunResult(
            self.extension.name,
            raw,
            shortened,
            chain.printed(self.box.settings.stdout),
            tuple(record for record in self.box.log.since(self.log) if record.chain == chain.id),
            tuple(record for record in self.box.trace.since(self.trace) if record.chain == chain.id),
            tuple(self.extension.registered[self.registered :]),
            (*filter(None, [noted]), *self.extension.warnings[self.warnings :]),
            time.perf_counter() - self.started,
            error,
            level,
            chain.busy,
        )
