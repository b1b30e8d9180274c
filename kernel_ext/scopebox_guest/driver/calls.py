"""Calls of an extension to the host, and the handlers that the host may call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox_guest.driver import values
from scopebox_guest.engine import Handler
from scopebox_guest.wire import (
    API_PREFIX,
    BULK,
    HEADER,
    MAX_GUEST_FRAME_BYTES,
    MAX_OPEN_BULK_BYTES,
    ORDINARY,
    Call,
    FrameError,
    check_frame,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.channel import Channel
    from scopebox_guest.driver.output import Printed
    from scopebox_guest.driver.run import Outcome, Run
    from scopebox_guest.wire import CallTypes


class Calls:
    """Sends the calls of an extension, and keeps what it registered and what it waits for.

    ``dispatch`` takes the next frame of the host. ``_max_open`` is set with each cell.
    """

    __slots__ = ("_bulk", "_channel", "_dispatch", "_handlers", "_last", "_max_open", "_open", "_output", "_types")

    def __init__(self, channel: Channel, output: Printed, dispatch: Callable[[], None], types: CallTypes) -> None:
        self._types = types
        self._channel = channel
        self._output = output
        self._dispatch = dispatch
        self._last = 0
        self._bulk = 0
        self._handlers: list[Handler] = []
        self._open: dict[int, Outcome] = {}
        self._max_open = 0

    def _call(self, run: Run, kind: str, args: list[object], label: str, line: int, *, small: bool = False) -> Outcome:
        """Send a call. Those that the host answers at once are settled when this returns.

        ``small`` tells of arguments that they are JSON data for sure, neither deep nor large.
        """
        if len(self._open) >= self._max_open:
            raise RuntimeError(f"{label}: {self._max_open} calls wait for an answer already; await some of them first")
        data, bulk = self._pack(kind, args, label, run._number, line, small=small)
        self._output._flush()
        self._last += 1
        outcome = run._expect(label, call=self._last, line=line, size=bulk)
        self._bulk += bulk
        self._open[self._last] = outcome
        self._channel._send(data)
        if kind in self._types.immediate:
            self._wait(outcome)
        else:
            run._called = True
        return outcome

    def _wait(self, outcome: Outcome) -> None:
        """Wait for the answer of a call without running anything else."""
        outcome._awaited = True
        while not outcome._done:
            self._dispatch()

    def _answered(self, number: int) -> Outcome | None:
        """Return the call that an answer of the host belongs to, which is open no longer."""
        outcome = self._open.pop(number, None)
        if outcome is not None:
            self._bulk -= outcome._size
        return outcome

    def _handler(self, number: int) -> Handler | None:
        """Return the handler that the host calls by this number."""
        return self._handlers[number - 1] if 0 < number <= len(self._handlers) else None

    def _register(self, kind: str, options: dict[str, object], function: object, *, single: bool) -> list[object]:
        """Keep a handler and return the arguments of its registration."""
        self._handlers.append(Handler(function, kind, single=single))
        return [{**options, "handler": {"handler": len(self._handlers)}}]

    def _pack(
        self, kind: str, args: list[object], label: str, run: int, line: int, *, small: bool
    ) -> tuple[bytes, int]:
        """Return the packed frame of a call, and how many bytes it counts against ``MAX_OPEN_BULK_BYTES``."""
        largest = MAX_GUEST_FRAME_BYTES[BULK if kind in self._types.bulk else ORDINARY]
        try:
            size = 0 if small else _check_arguments(kind, args)
            body = values.encode_checked(Call(self._last + 1, run, kind, args, line), size, largest)
            size_class = BULK if len(body) > MAX_GUEST_FRAME_BYTES[ORDINARY] else ORDINARY
            check_frame(body, size_class, self._types.most_values(kind))
        except values.NotDataError as error:
            error.place = error.place or place_of_half(kind, args)
            raise TypeError(f"{label}: {error}") from None
        except values.TooLargeError as error:
            raise ValueError(f"{label}: its arguments take {error}") from None
        except FrameError as error:
            raise ValueError(f"{label}: {error}") from None
        bulk = len(body) if size_class == BULK else 0
        if bulk and self._bulk + bulk > MAX_OPEN_BULK_BYTES:
            raise RuntimeError(
                f"{label}: calls with more than {MAX_OPEN_BULK_BYTES:,} bytes wait already; await some of them first"
            )
        return HEADER.pack(len(body), size_class) + body, bulk


def _check_arguments(kind: str, args: list[object]) -> int:
    size = 0
    for number, value in enumerate(args, _first(kind)):
        try:
            size += values.check_data(value)
        except values.NotDataError as error:
            error.place.append(f"argument {number}")
            raise
    return size


def place_of_half(kind: str, args: list[object]) -> list[str]:
    """Return the way to the first text in the arguments of a call that UTF-8 does not know, innermost step first; nothing without one."""
    for number, value in enumerate(args, _first(kind)):
        found = values.place_of_half(value)
        if found is not None:
            return [*found, f"argument {number}"]
    return []


def _first(kind: str) -> int:
    """Return the number of the first argument as the user counts: that of ``exec`` is the execution type."""
    return 1 if kind.startswith(API_PREFIX) else 2
