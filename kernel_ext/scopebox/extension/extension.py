"""An extension: one loaded cell, its isolate, what it may do and what it registered."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Coroutine
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.chains.chain import Cause, Chain
from scopebox.errors import CancelledRun, ExtensionError, ExtensionSyntaxError, IsolateDied, LimitError, ScopeboxError
from scopebox.execution_types.caller import Caller
from scopebox.execution_types.table import CAPABILITIES
from scopebox.extension.answering import API_PREFIX, _raw, _unknown_type
from scopebox.extension.limits import Limits
from scopebox.extension.refusing import refuse
from scopebox.extension.result import RunResult
from scopebox.grants.refusal import Refusal
from scopebox.journal.records import CallRecord, State
from scopebox.journal.trace import summary
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS, closest, quote
from scopebox.text.visible import shorten
from scopebox.views.parts import View, Viewed

if TYPE_CHECKING:
    from scopebox.grants.grants import Grants
    from scopebox.isolate.invocation import Invocation
    from scopebox.isolate.isolate import Isolate
    from scopebox.manifest.manifest import Manifest
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.settings import Settings

FAILURE_CHARACTERS: Final = 4_000  # of the message and of the hint of an error: a guest sends no more
FUNCTION_CHARACTERS: Final = 200  # of the name of a function in a call stack
NOTED_AT_MOST: Final = 100  # warnings and notes kept of one extension


@dataclass(eq=False, repr=False)
class Extension(Viewed):
    """One loaded cell. Made by :meth:`Sandbox.load`; everything but ``grants`` is to be read only.

    It is also what an isolate talks to (:class:`~scopebox.isolate.invocation.GuestPeer`): those methods run on the loop thread.
    """

    box: Sandbox
    name: str
    source: str
    filename: str
    manifest: Manifest
    grants: Grants
    limits: Limits
    isolate: Isolate | None = None
    result: RunResult = field(init=False)
    ended: ScopeboxError | None = None
    sources: dict[str, str] = field(default_factory=dict)  # of every cell that ran in the isolate, by file name
    registered: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    not_portable: list[str] = field(default_factory=list)
    _log_second: int = 0
    _log_count: int = 0

    def __post_init__(self) -> None:
        self.result = RunResult(self.name)
        self.sources[self.filename] = self.source

    @property
    def settings(self) -> Settings:
        """The limits of the sandbox."""
        return self.box.settings

    @property
    def alive(self) -> bool:
        """Whether the isolate still runs."""
        return self.isolate is not None and self.isolate.alive

    @property
    def isolation(self) -> str:
        """The level of isolation of its isolate; empty before it has one."""
        return "" if self.isolate is None else self.isolate.isolation.level

    def view(self) -> View:
        """Return what it may do, what it registered and how its run ended."""
        from scopebox.extension.views import extension_view  # noqa: PLC0415 - loaded when something is shown

        return extension_view(self)

    def __repr__(self) -> str:
        return f"<Extension {self.name}: {'running' if self.alive else 'ended'}>"

    def unload(self) -> None:
        """Stop the extension and forget all that it registered."""
        self.box.unload(self.name)

    # what the isolate reports

    def on_call(
        self, call: wire.Call, invocation: Invocation
    ) -> wire.Reply | wire.Refuse | Coroutine[object, object, wire.Reply | wire.Refuse]:
        """Answer a call of the guest: at once, or by a coroutine where something has to be waited for."""
        cause = invocation.cause
        chain = cause.chain
        record = self.box.trace.start(
            chain.id, cause.record, self.name, call.type[:60], arguments=summary(call.args), line=call.line
        )
        try:
            answer = self._answer(call, Cause(chain, cause.depth, record.number))
        except Exception as error:  # noqa: BLE001 - whatever a capability raises, the guest gets an answer
            return self._failed(call, record, error)
        if inspect.iscoroutine(answer):
            return self._later(_without_arguments(call), record, answer)
        self.box.trace.finish(record)
        return wire.Reply(call.id, _raw(answer))

    def _answer(self, call: wire.Call, cause: Cause) -> object:
        name = call.type.removeprefix(API_PREFIX)
        capability = CAPABILITIES.get(name)
        if capability is None:
            raise ValueError(_unknown_type(call.type))
        if cause.chain.cancelled:
            raise CancelledRun("The run was interrupted", extension=self.name)
        if cause.chain.ended is not None:
            raise copy(cause.chain.ended)
        if name == "request" and (not call.args or not isinstance(call.args[0], str)):
            raise TypeError("Request url has to be of type string")  # Directus checks this one before the scope
        permission = self.grants.check(name, call.args)
        return capability(Caller(self, cause, permission, call.type != name), call.args)

    async def _later(
        self, call: wire.Call, record: CallRecord, answer: Coroutine[object, object, object]
    ) -> wire.Reply | wire.Refuse:
        try:
            value = await answer
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed(call, record, error)
        except BaseException:
            self.box.trace.finish(record, "cancelled")
            raise
        self.box.trace.finish(record)
        return wire.Reply(call.id, _raw(value))

    def _failed(self, call: wire.Call, record: CallRecord, error: Exception) -> wire.Refuse:
        frame = refuse(call.id, error)
        if isinstance(error, Refusal):
            self.grants.note_refused(call.type.removeprefix(API_PREFIX))
        elif not isinstance(error, ScopeboxError | TypeError | ValueError | TimeoutError | LookupError):
            self.box.log.write("error", self.name, f"{call.type[:60]}: {inline(error, 300)}", record.chain)
        state: State = "refused" if frame.kind == "PermissionError" else "failed"
        hint = frame.hint or self._advice(call, frame.reason)
        self.box.trace.finish(record, state, reason=frame.reason, message=frame.message, hint=hint)
        return frame

    def _advice(self, call: wire.Call, reason: str) -> str:
        """Return what the user, and never the guest, is told about a refused role: Directus hides what a role cannot see."""
        permission = self.grants.get(call.type)
        if reason != "role" or permission is None:
            return ""
        collections = self.box.store.schema.collections
        asked = call.args[0] if call.args else None
        if isinstance(asked, str) and asked not in collections:
            match = closest(asked, collections)
            return f"There is no collection {quote(asked)}{f'; did you mean {match}?' if match else '.'}"
        return f"The call ran as the role {permission.permission.role}, which may not do this; name another role in the manifest."

    def on_output(self, invocation: Invocation, text: str) -> None:
        """Keep what the guest printed, for the root that caused it."""
        invocation.cause.chain.write(text, self.settings.stdout)

    def on_exit(self, cause: ScopeboxError) -> None:
        """Note the end of the isolate: hooks go, endpoints and operations answer ``Isolate is disposed`` from now on."""
        self.ended = cause
        if self.box.extensions.get(self.name) is self:  # else the name has a new owner, whose hooks these are
            self.box.events.remove(self.name)
        self.box.notify()

    # what capabilities do on behalf of the extension

    def write_log(self, message: str, chain: Chain) -> None:
        """Write one line; RuntimeError above the allowed number a second."""
        second = int(time.monotonic())
        if second != self._log_second:
            self._log_second, self._log_count = second, 0
        self._log_count += 1
        if self._log_count > self.settings.logs_per_second:
            raise ScopeboxError(f"More than {self.settings.logs_per_second} log messages in a second")
        self.box.log.write("info", self.name, message, chain.id)

    def warn(self, message: str, chain: Chain) -> None:
        """Tell the user something that is no error."""
        if len(self.warnings) < NOTED_AT_MOST:
            self.warnings.append(message)
        self.box.log.write("warn", self.name, message, chain.id)

    def note_not_portable(self, what: str) -> None:
        """Note a use of something that a Directus does not have, for ``%sandbox export``."""
        if what not in self.not_portable and len(self.not_portable) < NOTED_AT_MOST:
            self.not_portable.append(what)

    def count_registration(self) -> None:
        """Raise ValueError if the extension has registered as much as it may."""
        limit = self.settings.registrations
        if len(self.registered) >= limit:
            raise ValueError(f"An extension may register {limit} endpoints, hooks and operations, no more")

    def note_registered(self, what: str, note: str = "") -> None:
        """Note something registered, and what the user should know of it."""
        self.registered.append(what)
        if note and len(self.warnings) < NOTED_AT_MOST:
            self.warnings.append(note)
        self.box.notify()

    def call_handler(
        self, number: int, args: list[object], cause: Cause, label: str
    ) -> Coroutine[object, object, object]:
        """Call a handler in the isolate and return its result as JSON data, when awaited.

        The call goes out at once. Raises ExtensionError for what the handler raised, LimitError or IsolateDied if the isolate
        ended, here or when it is awaited.
        """
        chain = cause.chain
        chain.enter(cause.depth + 1)
        isolate = self.isolate
        if isolate is None or not isolate.alive:
            raise IsolateDied("Isolate is disposed", extension=self.name, hint="Run the cell again.")
        record = self.box.trace.start(chain.id, cause.record, self.name, f"handler:{label}"[:120])
        inner = Cause(chain, cause.depth + 1, record.number)
        wall = min(self.limits.wall, chain.left())
        done = isolate.invoke(number, args, cause=inner, wall=wall, busy=self.limits.busy)
        return self._handled(isolate, chain, record, done)

    async def _handled(
        self, isolate: Isolate, chain: Chain, record: CallRecord, done: asyncio.Future[wire.Done]
    ) -> object:
        try:
            value = self._answer_of(await done)
        except ScopeboxError as error:
            if isinstance(error, ExtensionError):
                error.extension = error.extension or self.name
            self.box.trace.finish(record, "failed", message=error.message, hint=error.hint)
            self.box.log.write("error", self.name, error.message, chain.id)
            raise
        except BaseException:
            # Nobody waits for this chain any more: an interrupt, or a client that went away.
            self.box.trace.finish(record, "cancelled")
            isolate.cancel(chain)
            raise
        self.box.trace.finish(record)
        return value

    def _answer_of(self, done: wire.Done) -> object:
        """Return what a handler returned; unlike the value of a cell it has to be JSON data."""
        raw = self.outcome(done)
        if done.repr:
            raise ExtensionError(f"{done.repr} could not be cloned.", extension=self.name, kind="TypeError")
        return msgspec.json.decode(raw)

    def outcome(self, done: wire.Done) -> bytes:
        """Return the value of a cell or handler that ended, as JSON text, or raise what it raised."""
        failure = done.failure
        if failure is None:
            return wire.encode(done.repr) if done.repr else bytes(done.value)
        kind = ExtensionSyntaxError if failure.syntax else ExtensionError
        raise kind(
            _fitting(failure.message),
            extension=self.name,
            kind=failure.kind[:FUNCTION_CHARACTERS],
            line=failure.line,
            column=failure.column,
            frames=[wire.Frame(each.function[:FUNCTION_CHARACTERS], each.line, each.file) for each in failure.frames],
            reason=failure.reason[:FUNCTION_CHARACTERS],
            status=failure.status,
            data=failure.data.copy(),
            hint=_fitting(failure.hint),
            sources={**self.sources, "": self.source},
        )

    def describe_end(self) -> str:
        """Return why the isolate ended, in one sentence; empty while it runs."""
        match self.ended:
            case None:
                return ""
            case LimitError() as error:
                return f"stopped at a limit: {error.message}"
            case error:
                return error.message


def _without_arguments(call: wire.Call) -> wire.Call:
    """Return what is looked at of a call when it is answered: arguments may be large, and a call may wait for long."""
    first = call.args[0] if call.args else None
    return wire.Call(
        call.id,
        call.inv,
        call.type[:MAX_QUOTED_CHARACTERS],
        [first[:MAX_QUOTED_CHARACTERS]] if isinstance(first, str) else [],
        call.line,
    )


def _fitting(text: str) -> str:
    """Return text of a failed handler as it is kept: every hook may have failed, and wide characters take four bytes each."""
    return shorten(text, FAILURE_CHARACTERS if text.isascii() else FAILURE_CHARACTERS // 4)
