"""Calls of a guest: looked up, checked against the grants, and answered."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from copy import copy
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.chains.chain import Cause
from scopebox.errors import CancelledRun, ScopeboxError
from scopebox.errors.frames import forget_frames
from scopebox.execution_types.caller import CallContext
from scopebox.execution_types.table import FUNCTIONS
from scopebox.extension.advice.arity import parameters_note
from scopebox.extension.advice.named import Named, named_in
from scopebox.extension.handlers import Handlers, fitting
from scopebox.extension.refusing import refuse
from scopebox.grants.refusal import RefusalError
from scopebox.journal.records import CallRecord
from scopebox.journal.trace import summary
from scopebox.network.credentials import without_credentials
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS, remedy
from scopebox.vocabulary import API_PREFIX

if TYPE_CHECKING:
    from scopebox.extension.extension import Extension
    from scopebox.extension.loaded import Loaded
    from scopebox.isolate.invocation import Answer, Invocation
    from scopebox.vocabulary import CallState, Style

REQUEST: Final = "request"
MAX_TYPE_CHARACTERS: Final = 60  # of an execution type in the trace and in messages


class Answering:
    """What the isolate of an extension reports to (:class:`~scopebox.isolate.invocation.GuestPeer`), on the loop thread."""

    def __init__(self, extension: Extension, loaded: Loaded) -> None:
        self._extension = extension
        self._loaded = loaded
        self._services = extension.services
        self._handlers = Handlers(extension)

    def refuses(self, kind: str) -> bool:
        """Whether the manifest does not ask for calls of a type."""
        return name_of(kind) not in self._extension.grants

    def on_call(self, call: wire.Call, invocation: Invocation) -> Answer | Coroutine[object, object, Answer]:
        """Answer a call of the guest: at once, or by a coroutine where something has to be waited for."""
        cause = invocation.cause
        chain = cause.chain
        kind = call.type[:MAX_TYPE_CHARACTERS]
        arguments = summary(without_credentials(call.args) if kind.endswith(REQUEST) else call.args)
        trace = self._services.trace
        record = trace.start(chain.id, cause.record, self._extension.name, kind, arguments=arguments, line=call.line)
        try:
            answer = self._answer(call, Cause(chain, cause.depth, record.number))
        except Exception as error:  # noqa: BLE001 - whatever a function of the table raises, the guest gets an answer
            return self._failed(call, record, error, named_in(name_of(call.type), call.args))
        self._extension.note(parameters_note(call.type, call.args, call.line))
        if inspect.iscoroutine(answer):
            named = named_in(name_of(call.type), call.args)
            return self._later(_without_arguments(call), record, answer, named)
        trace.finish(record)
        return wire.Reply(call.id, _raw(answer))

    def on_output(self, invocation: Invocation, text: str) -> None:
        """Keep what the guest printed, for the root that caused it."""
        invocation.cause.chain.write(text, self._services.settings.stdout)

    def on_exit(self, cause: ScopeboxError) -> None:
        """Note the end of the isolate: hooks go, endpoints and operations answer ``Isolate is disposed`` from now on."""
        extension = self._extension
        extension.ended = cause
        if (
            self._loaded.extensions.get(extension.name) is extension
        ):  # else the name has a new owner, whose hooks these are
            self._services.events.remove(extension.name)
        self._services.notify()

    def _answer(self, call: wire.Call, cause: Cause) -> object:
        name = name_of(call.type)
        function = FUNCTIONS.get(name)
        if function is None:
            raise ValueError(_unknown_type(call.type))
        if cause.chain.cancelled:
            raise CancelledRun("The run was interrupted", extension=self._extension.name)
        if cause.chain.ended is not None:
            raise copy(cause.chain.ended)
        if name == "request" and (not call.args or not isinstance(call.args[0], str)):
            raise TypeError("Request url has to be of type string")  # Directus checks this one before the scope
        permission = self._extension.grants.check(name)
        style: Style = "exec" if call.type == name else "api"
        return function(CallContext(self._extension, cause, permission, style, self._handlers), call.args)

    async def _later(
        self, call: wire.Call, record: CallRecord, answer: Coroutine[object, object, object], named: Named | None
    ) -> Answer:
        trace = self._services.trace
        try:
            value = await answer
        except Exception as error:  # noqa: BLE001 - as above
            return self._failed(call, record, error, named)
        except BaseException:
            trace.finish(record, "cancelled")
            raise
        trace.finish(record)
        return wire.Reply(call.id, _raw(value))

    def _failed(self, call: wire.Call, record: CallRecord, error: Exception, named: Named | None) -> wire.Refuse:
        forget_frames(error)
        frame = refuse(call.id, error)
        if isinstance(error, RefusalError):
            self._extension.grants.note_refused(name_of(call.type))
        elif not isinstance(error, ScopeboxError | TypeError | ValueError | TimeoutError | LookupError):
            text = f"{call.type[:MAX_TYPE_CHARACTERS]}: {inline(error, 300)}"
            self._services.log.write("error", self._extension.name, text, record.chain)
        from scopebox.extension.advice.advice import advice  # noqa: PLC0415 - it needs much of the store, and most calls do not fail

        state: CallState = "refused" if frame.kind == "PermissionError" else "failed"
        hint = advice(self._extension, call.type, call.args, named, error) or frame.hint
        self._extension.note_advice(call.id, fitting(hint))
        self._services.trace.finish(record, state, reason=frame.reason, message=frame.message, hint=hint)
        return frame


def name_of(kind: str) -> str:
    """Return the execution type of a call, however it was made."""
    return kind.removeprefix(API_PREFIX)


def _raw(value: object) -> msgspec.Raw:
    return value if isinstance(value, msgspec.Raw) else msgspec.Raw(msgspec.json.encode(value))


def _unknown_type(name: str) -> str:
    known = f"the types are {', '.join(FUNCTIONS)}"
    return f'Unknown execution type "{name[:MAX_TYPE_CHARACTERS]}"; {remedy(name, FUNCTIONS, known)}'


def _without_arguments(call: wire.Call) -> wire.Call:
    """Return what is looked at of a call when it is answered: arguments may be large, and a call may wait for long."""
    first = call.args[0] if call.args else None
    kept: list[object] = [first[:MAX_QUOTED_CHARACTERS]] if isinstance(first, str) else []
    return wire.Call(call.id, call.inv, call.type[:MAX_QUOTED_CHARACTERS], kept, call.line)
