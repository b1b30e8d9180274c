"""Loading: from the source of a cell to a running extension, or to an error and nothing left behind."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scopebox_guest import wire

from scopebox.chains.chain import Cause, Chain
from scopebox.errors import CancelledRun, ExtensionError, ScopeboxError
from scopebox.extension.extension import Extension
from scopebox.extension.preparing import Program
from scopebox.extension.result import RunResult
from scopebox.isolate.levels import caution
from scopebox.journal.records import NULL

if TYPE_CHECKING:
    from scopebox.sandbox.sandbox import Sandbox


async def run(box: Sandbox, program: Program) -> Extension:
    """On the loop: run a prepared cell. Whatever it raises, nothing of a failed cell stays."""
    extension, chain = program.extension, program.chain
    marks = _Marks(box, extension, append=program.append)
    before = box.registry.registrations_of(extension.name)
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
