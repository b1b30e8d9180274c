"""The functions that an extension is given: ``exec``, ``gather``, ``print``, and those of ``directus.api``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeVar

from scopebox_guest.driver import values
from scopebox_guest.python.awaiting import Awaitable, Outcome
from scopebox_guest.wire import (
    BULK,
    BULK_CALLS,
    BULK_OPEN,
    GUEST_LIMITS,
    HEADER,
    ORDINARY,
    Call,
    FrameError,
    check_nesting,
    most_values,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.driver import Driver

_Function = TypeVar("_Function", bound="Callable[..., object]")

AT_ONCE = frozenset({"log", "api:log"})  # the host answers them at once; their failures are raised by the call itself
HANDLER_ERRORS = {
    "register-endpoint": "Route handler has to be of type function",
    "register-filter": "Filter handler has to be of type function",
    "register-action": "Action handler has to be of type function",
    "register-operation": "Operation handler has to be of type function",
}
FRAMES_UP = 8  # how far a call is followed up to a line of the extension's own


class Handler:
    """A function that the host may call by its number. ``kind`` is the type of its registration."""

    __slots__ = ("_function", "_kind", "_single")

    def __init__(self, function: object, kind: str, *, single: bool) -> None:
        self._function = function
        self._kind = kind
        self._single = single


class Calls:
    """Sends the calls of an extension, and keeps what it registered and what it waits for."""

    __slots__ = ("_bulk", "_driver", "_handlers", "_last", "_open", "_outstanding")

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._last = 0
        self._bulk = 0
        self._handlers: list[Handler] = []
        self._open: dict[int, Outcome] = {}
        self._outstanding = 0

    def _call(self, kind: str, args: list[object], label: str) -> Outcome:
        """Send a call; for those that the host answers at once, wait for it and raise its failure."""
        run = self._driver._current_run(label)
        if len(self._open) >= self._outstanding:
            raise RuntimeError(
                f"{label}: {self._outstanding} calls wait for an answer already; await some of them first"
            )
        line = self._line()
        data, size = self._pack(kind, args, label, run._number, line)
        self._driver._output._flush()
        self._last += 1
        outcome = run._expect(Outcome(run, label, call=self._last, line=line, size=size))
        self._bulk += size
        self._open[self._last] = outcome
        self._driver._channel._send(data)
        if kind in AT_ONCE:
            self._wait(outcome)
        return outcome

    def _wait(self, outcome: Outcome) -> None:
        """Wait for the answer of a call without running anything else, and raise its failure."""
        outcome._awaited = True
        while not outcome._done:
            self._driver._dispatch()
        if outcome._error is not None:
            raise outcome._error

    def _answered(self, number: int) -> Outcome | None:
        """Return the call that an answer of the host belongs to, which is open no longer."""
        outcome = self._open.pop(number, None)
        if outcome is not None:
            self._bulk -= outcome._size
        return outcome

    def _register(self, kind: str, options: dict[str, object], handler: object, *, single: bool) -> list[object]:
        """Keep a handler and return the arguments of its registration. TypeError if it cannot be called."""
        if not callable(handler):
            raise TypeError(HANDLER_ERRORS[kind])
        self._handlers.append(Handler(handler, kind, single=single))
        return [{**options, "handler": {"handler": len(self._handlers)}}]

    def _pack(self, kind: str, args: list[object], label: str, run: int, line: int) -> tuple[bytes, int]:
        """Return the packed frame of a call, and how many bytes it counts against ``BULK_OPEN``."""
        largest = GUEST_LIMITS[BULK if kind in BULK_CALLS else ORDINARY]
        try:
            size = _check_arguments(args)
            body = values.encode_checked(Call(self._last + 1, run, kind, args, line), size, largest)
            size_class = BULK if len(body) > GUEST_LIMITS[ORDINARY] else ORDINARY
            check_nesting(body, size_class, most_values(kind))
        except values.NotDataError as error:
            raise TypeError(f"{label}: {error}") from None
        except values.TooLargeError as error:
            raise ValueError(f"{label}: its arguments take {error}") from None
        except FrameError as error:
            raise ValueError(f"{label}: {error}") from None
        bulk = len(body) if size_class == BULK else 0
        if bulk and self._bulk + bulk > BULK_OPEN:
            raise RuntimeError(
                f"{label}: calls with more than {BULK_OPEN:,} bytes wait already; await some of them first"
            )
        return HEADER.pack(len(body), size_class) + body, bulk

    def _line(self) -> int:
        frame = sys._getframe(2)  # the call stack has no public way in that costs as little
        for _ in range(FRAMES_UP):
            if frame.f_code.co_filename in self._driver._filenames:
                return frame.f_lineno
            if frame.f_back is None:
                break
            frame = frame.f_back
        return 0


def _check_arguments(args: list[object]) -> int:
    size = 0
    for number, value in enumerate(args, start=2):  # as the user counts them: the first is the execution type
        try:
            size += values.check_data(value)
        except values.NotDataError as error:
            error.place.append(f"argument {number}")
            raise
    return size


def named(name: str, function: _Function) -> _Function:
    """Give a function the name under which the extension knows it, also in error messages."""
    function.__name__ = function.__qualname__ = name
    return function


def make_exec(calls: Calls, driver: Driver) -> Callable[..., Awaitable]:
    """Return the function ``exec`` of one extension."""

    def execute(execution_type: object, /, *args: object) -> Awaitable:
        if type(execution_type) is not str:
            raise TypeError(f"Execution type has to be of type string, not {type(execution_type).__name__}")
        label = f'exec("{values.shorten(execution_type, 60)}")'
        sent = list(args)
        if execution_type in HANDLER_ERRORS and sent and isinstance(sent[0], dict) and "handler" in sent[0]:
            single = driver._style == "api"
            sent[:1] = calls._register(execution_type, sent[0], sent[0]["handler"], single=single)
        return Awaitable(calls._call(execution_type, sent, label))

    return named("exec", execute)


def make_gather(driver: Driver) -> Callable[..., Awaitable]:
    """Return the function ``gather`` of one extension."""

    def gather(*awaitables: object) -> Awaitable:
        return driver._scheduler._gather(driver._current_run("gather()"), awaitables)

    return named("gather", gather)


def make_api(calls: Calls) -> dict[str, Callable[..., Awaitable]]:
    """Return ``log``, ``sleep`` and ``request`` of the module ``directus.api`` (sandbox, "Log Scope" and following)."""

    def log(*args: object) -> Awaitable:
        return Awaitable(calls._call("api:log", list(args), "log()"))

    def sleep(*args: object) -> Awaitable:
        return Awaitable(calls._call("api:sleep", list(args), "sleep()"))

    def request(*args: object) -> Awaitable:
        return Awaitable(calls._call("api:request", list(args), "request()"))

    return {name: named(name, function) for name, function in (("log", log), ("sleep", sleep), ("request", request))}
