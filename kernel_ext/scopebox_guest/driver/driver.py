"""The guest's main loop: takes frames of the host, runs cells and handlers, sends what came of them."""

from __future__ import annotations

import json
import re
from types import CoroutineType
from typing import TYPE_CHECKING, Final, NoReturn

from msgspec import Raw, convert

from scopebox_guest.driver import values
from scopebox_guest.driver.calls import Calls, Handler, make_api, make_exec, make_gather
from scopebox_guest.driver.channel import NoRoomError
from scopebox_guest.driver.failures import MEMORY_HINT, exception_of, failure_of
from scopebox_guest.driver.output import Printed, make_print
from scopebox_guest.process.memory_reserve import Reserve
from scopebox_guest.python.awaiting import Awaitable, Outcome, Scheduler
from scopebox_guest.python.exports import SHAPES, call_export, wrong_export
from scopebox_guest.wire import (
    BULK,
    GUEST_LIMITS,
    ORDINARY,
    Done,
    Failure,
    FrameError,
    FromHost,
    Invoke,
    Load,
    Refuse,
    Reply,
    check_nesting,
    decode_from_host,
    pack,
)

if TYPE_CHECKING:
    from scopebox_guest.driver.channel import Channel
    from scopebox_guest.engine import Engine

HOOKS: Final = frozenset({"register-filter", "register-action"})
ANSWERS: Final = (Reply, Refuse)
REPLY: Final = b'{"frame":"reply"'
HEAD: Final = re.compile(rb'\{"frame":"(\w+)","(?:id|inv)":(\d+)')
LARGEST: Final = GUEST_LIMITS[BULK] - 1_000  # bytes of a result, without its frame
WITH_CONTEXT: Final = 2


class Run:
    """A cell or handler that the host asked for. ``number`` is the host's number of it."""

    __slots__ = ("_driver", "_failed", "_main", "_number", "_printed", "_takes_repr", "_waiting")

    def __init__(self, driver: Driver, number: int, *, takes_repr: bool) -> None:
        self._driver = driver
        self._number = number
        self._takes_repr = takes_repr
        self._printed = 0
        self._waiting = 0
        self._failed: list[Outcome] = []
        self._main = self._expect(Outcome(self, "cell" if takes_repr else "handler"))
        self._main._awaited = True

    def _expect(self, outcome: Outcome) -> Outcome:
        """Note something that has to be settled before the run can end."""
        self._waiting += 1
        return outcome

    def _settled(self, outcome: Outcome) -> None:
        """Note that something is settled; the last one ends the run."""
        self._waiting -= 1
        if outcome._error is not None:
            self._failed.append(outcome)
        if not self._waiting:
            self._driver._ended.append(self)

    def _unawaited(self) -> Outcome | None:
        """Return the first failure that nobody awaited."""
        return next((outcome for outcome in self._failed if not outcome._awaited), None)


class Driver:
    """One extension's side of the protocol."""

    __slots__ = (
        "_calls",
        "_channel",
        "_ended",
        "_engine",
        "_filenames",
        "_output",
        "_reserve",
        "_scheduler",
        "_style",
    )

    def __init__(self, channel: Channel, engine: Engine) -> None:
        self._channel = channel
        self._style = "exec"
        self._filenames: set[str] = set()
        self._ended: list[Run] = []
        self._scheduler = Scheduler()
        self._output = Printed(self)
        self._calls = Calls(self)
        self._engine = engine
        self._reserve = Reserve()
        engine.modules = {"directus.api": make_api(self._calls)}

    def _serve(self) -> NoReturn:
        """Answer the host for ever; the process ends with the channel, or by a kill."""
        while True:
            self._dispatch()
            self._work()

    def _current_run(self, what: str) -> Run:
        """Return the cell or handler whose code runs; RuntimeError where none does."""
        run = self._scheduler._run
        if run is None:
            raise RuntimeError(f"{what} works only while a cell or a handler runs")
        return run

    def _dispatch(self) -> None:
        """Wait for one frame and do what it says, short of running code of the extension."""
        self._output._flush()
        try:
            body = self._channel._receive()
        except NoRoomError as error:
            return self._no_room(error._head)
        try:
            frame = _decode(body)
        except MemoryError:
            return self._no_room(bytes(body[:100]))
        if isinstance(frame, ANSWERS):
            self._answered(frame)
        else:
            run = Run(self, frame.inv, takes_repr=isinstance(frame, Load))
            self._scheduler._start(self._main(frame), run._main)
        return None

    def _work(self) -> None:
        """Run what can run, and report what ended."""
        self._scheduler._work()
        while self._ended:
            self._finish(self._ended.pop(0))
            self._scheduler._work()

    def _answered(self, frame: Reply | Refuse) -> None:
        outcome = self._calls._answered(frame.id)
        if outcome is None:
            return
        if isinstance(frame, Refuse):
            self._scheduler._settle(outcome, None, exception_of(frame))
            return
        try:
            value = values.from_json(frame.value)
        except MemoryError:
            self._scheduler._settle(outcome, None, MemoryError("no memory for the result of the call"))
        else:
            self._scheduler._settle(outcome, value)

    def _no_room(self, head: bytes) -> None:
        """Report that a frame found no memory: to the call that it answered, or to the host that asked."""
        with self._reserve._released():
            found = HEAD.match(head)
            if found is None:
                return
            if found[1] in (b"reply", b"refuse"):
                outcome = self._calls._answered(int(found[2]))
                if outcome is not None:
                    self._scheduler._settle(outcome, None, MemoryError("no memory for the result of the call"))
            else:
                failure = Failure("MemoryError", "no memory for the arguments", hint=MEMORY_HINT)
                self._channel._send(pack(Done(int(found[2]), failure=failure)))

    async def _main(self, frame: Load | Invoke) -> object:
        if isinstance(frame, Invoke):
            handler, args = self._handler(frame)
            return await _settled(self._engine.call(handler._function, args))
        self._style = frame.style
        self._calls._outstanding = frame.outstanding
        self._output._limit = frame.stdout
        self._filenames.add(frame.filename)
        names = {
            **frame.inputs,
            "exec": make_exec(self._calls, self),
            "gather": make_gather(self),
            "print": make_print(self),
        }
        before = len(self._calls._handlers)
        value = await _settled(self._engine.load(frame.source, frame.filename, names, append=frame.append))
        if frame.type:
            await self._export(frame, registered=len(self._calls._handlers) > before)
        return value

    async def _export(self, frame: Load, *, registered: bool) -> None:
        export = self._engine.default_export()
        if export is not None:
            await _settled(call_export(export, frame.type, self._calls, self._engine.call))
        elif not registered:
            raise wrong_export("extensionExport is not a function", SHAPES[frame.type])

    def _handler(self, frame: Invoke) -> tuple[Handler, list[object]]:
        """Return a handler with the arguments that it takes (execution-types, "Hooks"; conformance FINDINGS 68, 69)."""
        if not 0 < frame.handler <= len(self._calls._handlers):
            raise LookupError(f"there is no handler {frame.handler}")
        handler = self._calls._handlers[frame.handler - 1]
        takes, star = self._engine.positional(handler._function)
        args = frame.args
        if handler._kind in HOOKS:
            args = _hook_args(handler, args, len(args) if star else takes)
        elif not star:
            args = args[:takes]
        return handler, args

    def _finish(self, run: Run) -> None:
        """Tell the host what came of a cell or handler."""
        try:
            self._report(run)
        except MemoryError as error:
            run._main._value, run._main._error = None, error
            self._report(run)

    def _report(self, run: Run) -> None:
        error, unawaited = run._main._error, None
        if error is None and (unawaited := run._unawaited()) is not None:
            error = unawaited._error
        done = self._done(run) if error is None else Done(run._number, failure=self._failure(error, unawaited))
        self._output._finish(run)
        size_class = ORDINARY if len(done.value) <= GUEST_LIMITS[ORDINARY] // 2 else BULK
        self._channel._send(pack(done, size_class))

    def _failure(self, error: BaseException, unawaited: Outcome | None) -> Failure:
        try:
            if not isinstance(error, MemoryError):
                return failure_of(error, self._engine, unawaited)
            with self._reserve._released():
                return failure_of(error, self._engine, unawaited)
        finally:
            error.__traceback__ = error.__context__ = error.__cause__ = None  # they hold on to what the run made

    def _done(self, run: Run) -> Done:
        """Return the result of a run as JSON data, else as a shortened repr."""
        value = run._main._value
        try:
            text = values.to_json(value, LARGEST)
            check_nesting(text, BULK)
        except (values.NotDataError, FrameError):
            return Done(run._number, repr=values.shorten(values.safe_repr(value), values.REPR))
        except values.TooLargeError as error:
            size = f"the result takes {error} leave an isolate"
            if run._takes_repr:
                return Done(run._number, repr=f"{values.shorten(values.safe_repr(value), values.REPR)} ({size})")
            return Done(run._number, failure=Failure("ValueError", size, hint="Return less of it, or page through it."))
        return Done(run._number, Raw(text))


async def _settled(value: object) -> object:
    """Await a value for as long as it is something to be awaited, as JavaScript does with a returned promise."""
    while type(value) is CoroutineType or type(value) is Awaitable:
        value = await value
    return value


def _decode(body: bytes | bytearray) -> FromHost:
    if len(body) <= values.SMALL or body.startswith(REPLY) or values.has_room(values.DECODING * len(body)):
        frame: FromHost = decode_from_host(body)  # the value of a reply is not decoded here
    else:
        frame = convert(json.loads(body), FromHost)
    return frame


def _hook_args(handler: Handler, args: list[object], takes: int) -> list[object]:
    payload, meta, context = args
    if handler._single:
        return [meta if handler._kind == "register-action" else payload][:takes]
    if takes == WITH_CONTEXT:
        assert isinstance(meta, dict)
        assert isinstance(context, dict)
        return [payload, {**meta, **context}]
    return args[:takes]
