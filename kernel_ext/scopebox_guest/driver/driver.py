"""The guest's main loop: takes frames of the host, has cells and handlers run, sends what came of them.

It knows no language: what runs, and what values and errors are, is the engine's (see ``engine.py``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NoReturn

from msgspec import Raw, convert

from scopebox_guest.driver import values
from scopebox_guest.driver.calls import Calls
from scopebox_guest.driver.channel import NoRoomError
from scopebox_guest.driver.failures import MEMORY_HINT, failure_of
from scopebox_guest.driver.output import Printed
from scopebox_guest.driver.run import Run
from scopebox_guest.driver.series import Series
from scopebox_guest.process.memory_reserve import MemoryReserve
from scopebox_guest.wire import (
    BULK,
    MAX_GUEST_FRAME_BYTES,
    ORDINARY,
    Done,
    Failure,
    FrameError,
    FromHost,
    Invoke,
    Load,
    Refuse,
    Reply,
    check_frame,
    decode_from_host,
    pack,
)
from scopebox_guest.wire import Series as SeriesFrame

if TYPE_CHECKING:
    from scopebox_guest.driver.channel import Channel
    from scopebox_guest.driver.run import Outcome
    from scopebox_guest.engine import Engine
    from scopebox_guest.wire import CallTypes

ANSWERS: Final = (Reply, Refuse)
RAW_HEADS: Final = (
    b'{"frame":"reply"',
    b'{"frame":"invoke"',
    b'{"frame":"series"',
)  # of frames whose values stay text here
FRAME_HEAD: Final = re.compile(rb'\{"frame":"(\w+)","(?:id|inv)":(\d+)')
MAX_RESULT_BYTES: Final = MAX_GUEST_FRAME_BYTES[BULK] - 1_000  # without its frame


class Driver:
    """One extension's side of the protocol."""

    __slots__ = ("_calls", "_channel", "_ended", "_engine", "_output", "_reserve")

    def __init__(self, channel: Channel, engine: Engine[Outcome, Calls, Printed], types: CallTypes) -> None:
        self._channel = channel
        self._ended: dict[Run, None] = {}  # in the order in which they ended
        self._output = Printed(channel)
        self._calls = Calls(channel, self._output, self._dispatch, types)
        self._engine = engine
        self._reserve = MemoryReserve()
        engine.attach(self._calls, self._output)

    def _serve(self) -> NoReturn:
        """Answer the host for ever; the process ends with the channel, or by a kill."""
        while True:
            self._dispatch()
            self._work()

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
            self._begin(frame)
        return None

    def _begin(self, frame: Load | Invoke | SeriesFrame) -> None:
        if isinstance(frame, Load):
            self._calls._max_open = frame.outstanding
            self._output._limit = frame.stdout
            self._engine.load(frame, Run(self._ended, frame.inv, takes_repr=True)._main)
        elif isinstance(frame, Invoke):
            self._call(Run(self._ended, frame.inv, takes_repr=False), frame.handler, frame.args)
        else:
            self._follow(Series(frame))

    def _follow(self, series: Series) -> None:
        """Begin the next call of a series."""
        run = Run(self._ended, series._number, takes_repr=False, series=series)
        self._call(run, series._handler, series._args)

    def _call(self, run: Run, number: int, args: list[Raw]) -> None:
        handler = self._calls._handler(number)
        if handler is None:
            run._main._settle(None, LookupError(f"there is no handler {number}"))
        else:
            self._engine.call(handler, args, run._main)

    def _work(self) -> None:
        """Run what can run, and report what ended."""
        self._engine.work()
        while self._ended:
            run = next(iter(self._ended))
            del self._ended[run]
            if not run._waiting:  # else its continuations have made further calls, and it will end again
                self._finish(run)
            self._engine.work()

    def _answered(self, frame: Reply | Refuse) -> None:
        outcome = self._calls._answered(frame.id)
        if outcome is None:
            return
        if isinstance(frame, Refuse):
            outcome._settle(None, self._engine.error_of(frame))
            return
        try:
            value = self._engine.from_json(frame.value)
        except MemoryError:
            outcome._settle(None, MemoryError("no memory for the result of the call"))
        else:
            outcome._settle(value)

    def _no_room(self, head: bytes) -> None:
        """Report that a frame found no memory: to the call that it answered, or to the host that asked."""
        with self._reserve._released():
            found = FRAME_HEAD.match(head)
            if found is None:
                return
            if found[1] in (b"reply", b"refuse"):
                outcome = self._calls._answered(int(found[2]))
                if outcome is not None:
                    outcome._settle(None, MemoryError("no memory for the result of the call"))
            else:
                failure = Failure("MemoryError", "no memory for the arguments", hint=MEMORY_HINT)
                self._channel._send(pack(Done(int(found[2]), failure=failure)))

    def _finish(self, run: Run) -> None:
        """Tell the host what came of a cell or handler."""
        try:
            self._report(run)
        except MemoryError as error:
            run._main._value, run._main._error = None, error
            self._report(run)
        # It and its run hold each other, and nothing may collect them before the memory is full.
        run._main._value = None

    def _report(self, run: Run) -> None:
        error, unawaited = run._main._error, None
        if error is None and (unawaited := run._unawaited()) is not None:
            error = unawaited._error
        done = self._done(run) if error is None else Done(run._number, failure=self._failure(error, unawaited))
        series, follows = run._series, False
        if error is None:
            values.check_room(max(len(done.value), 0 if series is None else len(series._payload)))
        self._output._finish(run)
        if series is not None:
            done, follows = series._after(done, called=run._called)
        size_class = ORDINARY if len(done.value) <= MAX_GUEST_FRAME_BYTES[ORDINARY] // 2 else BULK
        data = pack(done, size_class)
        if series is not None and follows:
            self._channel._hold(data)
            self._follow(series)
        else:
            self._channel._send(data)

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
            text = self._engine.to_json(value, MAX_RESULT_BYTES)
            check_frame(text, BULK, depth=values.MAX_DATA_DEPTH)
        except (values.NotDataError, FrameError):
            return Done(run._number, repr=values.shorten(self._engine.show(value), values.REPR_CHARACTERS))
        except values.TooLargeError as error:
            size = f"the result takes {error} leave an isolate"
            if run._takes_repr:
                shown = values.shorten(self._engine.show(value), values.REPR_CHARACTERS)
                return Done(run._number, repr=f"{shown} ({size})")
            kind = self._engine.failure_of(ValueError(size)).kind  # in the words of the language
            return Done(run._number, failure=Failure(kind, size, hint="Return less of it, or page through it."))
        return Done(run._number, Raw(text), null=self._engine.is_null(value))


def _decode(body: bytes | bytearray) -> FromHost:
    if body.startswith(RAW_HEADS) or values.fits(len(body), values.OBJECT_FACTOR):
        frame: FromHost = decode_from_host(body)
    else:
        frame = convert(json.loads(body), FromHost)
    return frame
