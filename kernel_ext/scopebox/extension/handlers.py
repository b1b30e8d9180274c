"""Handlers of an extension: called in its isolate, and what they return or raise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.chains.chain import Cause
from scopebox.errors import ExtensionError, ExtensionSyntaxError, IsolateDied, ScopeboxError
from scopebox.errors.tree import in_a_line
from scopebox.extension.progress import Progress
from scopebox.registry.registrations import Returned
from scopebox.registry.series import Passed
from scopebox.text.visible import shorten_in_memory
from scopebox.vocabulary import ACTION_PREFIX, HANDLER_PREFIX

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine, Iterable, Mapping, Sequence

    from scopebox.chains.chain import Chain
    from scopebox.extension.extension import Extension
    from scopebox.isolate.isolate import Isolate
    from scopebox.journal.records import CallRecord
    from scopebox.registry.series import Sent, Step

MAX_FAILURE_CHARACTERS: Final = 4_000  # of the message and of the hint of an error: a guest sends no more
MAX_NAME_CHARACTERS: Final = 200  # of the name of a function in a call stack, of an error, of a reason
MAX_LABEL_CHARACTERS: Final = 120  # of the name of a call in the trace
MAX_SERIES_BYTES: Final = 2**20  # of the payloads in one frame, if there are several, and of what is told beside


class Handlers:
    """Calls the handlers of one extension."""

    def __init__(self, extension: Extension) -> None:
        self._extension = extension
        self._services = extension.services

    def __call__(
        self, number: int, args: list[object], cause: Cause, label: str
    ) -> Coroutine[object, object, Returned]:
        """Call a handler in the isolate and return its result, when awaited.

        The call goes out at once. Raises ExtensionError for what the handler raised, LimitError or IsolateDied if the isolate
        ended, here or when it is awaited.
        """
        extension, chain = self._extension, cause.chain
        isolate = self._enter(cause)
        record = self._start(label, cause)
        inner = Cause(chain, cause.depth + 1, record.number)
        wall = min(extension.limits.wall, chain.left())
        done = isolate.invoke(number, args, cause=inner, wall=wall, busy=extension.limits.busy)
        return self._handled(isolate, chain, record, done)

    async def series(self, steps: Sequence[Step], sent: Sent, cause: Cause) -> Passed:
        """Send payloads through filters, as far as that goes at once: one call at least.

        The chain counts the calls when they are sent, and no longer those that were not made.
        """
        chain = cause.chain
        try:
            isolate = self._enter(cause)
        except ScopeboxError as error:
            usage = steps[0].hook.usage
            usage.calls += 1
            usage.note_failed(error)
            return Passed(error=error)
        metas = _metas(steps[: 1 + chain.room])
        taken = steps[: len(metas)]
        payloads = sent.payloads[: 1 if len(taken) < len(steps) else (1 + chain.room) // len(steps)]
        frame = _frame(taken, metas, payloads, sent)
        progress = Progress(taken, payloads[: len(frame.payloads)], cause, self._start, self._services.trace.finish)
        chain.callbacks += progress.left
        try:
            following = self._follow(isolate, frame, progress)
            del frame  # a text of all payloads, which nobody needs once it is on its way
            await following
        finally:
            chain.callbacks -= progress.left
            progress.close()
        return progress.passed(len(steps))

    async def _follow(self, isolate: Isolate, frame: wire.Series, progress: Progress) -> None:
        """Have a series called, and note what it came to."""
        limits, chain = self._extension.limits, progress.cause.chain
        wall = min(limits.wall, chain.left())
        try:
            running = isolate.call_series(frame, progress, cause=progress.cause, wall=wall, busy=limits.busy)
            del frame
            done = await running
            progress.take(_returned(self._extension, done))
        except ScopeboxError as error:
            self._note_failed(progress.record, error, chain)
            progress.fail(error)
        except BaseException:
            # The caller has gone: an interrupt, or a client that closed its connection.
            self._services.trace.finish(progress.record, "cancelled")
            isolate.cancel(chain)
            raise
        else:
            self._services.trace.finish(progress.record)

    def _enter(self, cause: Cause) -> Isolate:
        """Count a call, and return where it runs."""
        cause.chain.enter(cause.depth + 1)
        isolate = self._extension.isolate
        if isolate is None or not isolate.alive:
            raise IsolateDied("Isolate is disposed", extension=self._extension.name, hint="Run the cell again.")
        return isolate

    def _start(self, label: str, cause: Cause) -> CallRecord:
        name = f"{HANDLER_PREFIX}{label}"[:MAX_LABEL_CHARACTERS]
        return self._services.trace.start(cause.chain.id, cause.record, self._extension.name, name)

    async def _handled(
        self, isolate: Isolate, chain: Chain, record: CallRecord, done: asyncio.Future[wire.Done]
    ) -> Returned:
        trace = self._services.trace
        try:
            returned = _returned(self._extension, await done)
        except ScopeboxError as error:
            self._note_failed(record, error, chain)
            raise
        except BaseException:
            # The caller has gone: an interrupt, or a client that closed its connection.
            trace.finish(record, "cancelled")
            isolate.cancel(chain)
            raise
        trace.finish(record)
        return returned

    def _note_failed(self, record: CallRecord, error: ScopeboxError, chain: Chain) -> None:
        if isinstance(error, ExtensionError):
            error.extension = error.extension or self._extension.name
        self._services.trace.finish(record, "failed", message=error.message, hint=error.hint)
        # What an action raises is logged by the emitter.
        if not record.type.startswith(HANDLER_PREFIX + ACTION_PREFIX):
            self._services.log.write("error", self._extension.name, in_a_line(error), chain.id)


def _metas(steps: Sequence[Step]) -> list[msgspec.Raw]:
    """Return what ``steps`` are told beside payloads, for as many as are told in one frame: one at least.

    It may be a query of megabytes, which is the same for all steps of an event.
    """
    of_event: dict[str, msgspec.Raw] = {}

    def meta(step: Step) -> msgspec.Raw:
        if step.name not in of_event:
            of_event[step.name] = msgspec.Raw(wire.encode(step.named))
        return of_event[step.name]

    return _at_once(map(meta, steps))


def _at_once(texts: Iterable[msgspec.Raw]) -> list[msgspec.Raw]:
    """Return as many of ``texts`` as go into one frame: one at least."""
    found: list[msgspec.Raw] = []
    size = 0
    for text in texts:
        size += len(text)
        if found and size > MAX_SERIES_BYTES:
            break
        found.append(text)
    return found


def _frame(steps: Sequence[Step], metas: list[msgspec.Raw], payloads: Sequence[object], sent: Sent) -> wire.Series:
    """Return the frame of a series, whose number is missing, with as many of ``payloads`` as it takes: one at least."""
    texts = _at_once(msgspec.Raw(wire.encode(payload)) for payload in payloads)
    handlers = [step.hook.handler for step in steps]
    certain = sent.certain if len(texts) > 1 else None
    return wire.Series(0, handlers, metas, texts, msgspec.Raw(wire.encode(sent.context)), certain)


def _returned(extension: Extension, done: wire.Done) -> Returned:
    """Return what a handler returned; unlike the value of a cell it has to be JSON data."""
    raw = outcome(extension, done)
    if done.repr:
        raise ExtensionError(f"{done.repr} could not be cloned.", extension=extension.name, kind="TypeError")
    return Returned(None if raw == wire.NULL else msgspec.Raw(raw), done.null)


def outcome(extension: Extension, done: wire.Done) -> bytes | msgspec.Raw:
    """Return the value of a cell or handler that ended, as JSON text, or raise what it raised."""
    failure = done.failure
    if failure is None:
        return wire.encode(done.repr) if done.repr else done.value
    kind = ExtensionSyntaxError if failure.syntax else ExtensionError
    line, column = failure.line, failure.column
    if failure.syntax:
        line, column = _place(extension.source, line, column)
    sources = {**extension.sources, "": extension.source}
    raise kind(
        fitting(failure.message),
        extension=extension.name,
        kind=_name(failure.kind),
        line=line,
        column=column,
        frames=[_level(each, sources) for each in failure.frames],
        reason=_name(failure.reason),
        status=failure.status,
        data=failure.data.copy(),
        hint=extension.advice.get(failure.call) or fitting(failure.hint),
        sources=sources,
    )


def _level(frame: wire.Frame, sources: Mapping[str, str]) -> wire.Frame:
    """Return a level of a call stack as it is kept; the name of a file that is not there would be of any length."""
    return wire.Frame(_name(frame.function), frame.line, frame.file if frame.file in sources else "")


def _name(text: str) -> str:
    return shorten_in_memory(text, MAX_NAME_CHARACTERS)


def _place(source: str, line: int, column: int) -> tuple[int, int]:
    """Return a place in a source; one behind its end is the end of its last line that holds something."""
    text = source.rstrip()
    last = text.count("\n") + 1
    return (line, column) if line <= last else (last, len(text) - text.rfind("\n"))


def fitting(text: str) -> str:
    """Return text of a failure as it is kept: every hook and many calls may have failed, and wide characters take four bytes each."""
    return shorten_in_memory(text, MAX_FAILURE_CHARACTERS)
