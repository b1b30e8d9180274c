"""How the processor time of some work grows with its text."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from tests.growth import FROM, MOST, TIMES, compared, cost

ENOUGH: Final = 0.1  # seconds from which on no longer text is tried
ATTEMPTS: Final = 2  # each of which has to find the same
SHORT: Final = 8_192  # characters; four times as many are tried as well where that takes any time
LONG: Final = 32_768  # the same: at four times as many, a nanosecond for each pair of them is 17 s
PATIENCE: Final = 5.0  # seconds of processor time after which a single call has lost
PATIENCE_SHORT: Final = 1.0  # the same where the texts are short
_FIRST: Final = 32

Work = Callable[[str], object]


class TooLong(BaseException):
    """A call that does not end; no handler of what is called may take it for an error of its own."""


@contextmanager
def _ended_by_patience() -> Iterator[None]:
    """Let the timer that each call starts end it: once for all calls, since a handler costs more than many of them."""

    def stop(*_: object) -> None:
        raise TooLong

    before = signal.signal(signal.SIGPROF, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGPROF, before)


def seconds(work: Work, text: str, patience: float = PATIENCE) -> float:
    """Return the processor time of a call; whatever is wrong with the text is an ordinary answer.

    The time is that of this thread, the only clock that is fine enough everywhere; where a call has its work done by another
    thread, ``patience`` alone ends it, which counts all of the process.
    """
    signal.setitimer(signal.ITIMER_PROF, patience)
    try:
        return cost(work, text, rounds=1)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def beyond(work: Work, make: Callable[[int], str], longest: int = SHORT) -> str:
    """Say how the time grows where it grows faster than the text does; empty where it does not."""
    size, patience = _FIRST, PATIENCE if longest > SHORT else PATIENCE_SHORT
    try:
        with _ended_by_patience():
            took = seconds(work, make(size), patience=patience)
            while size <= longest and took < ENOUGH and (took >= FROM or size * TIMES <= longest):
                more = seconds(work, make(size * TIMES), patience=patience)
                suspect = took >= FROM and more > MOST * max(took / 2, FROM)
                if suspect and (said := _compared(work, make, size, patience)):
                    return said
                size, took = size * TIMES, more
    except TooLong:
        return f"{size:,} characters, or {TIMES} times as many, take more than {patience:g} s"
    return ""


def _compared(work: Work, make: Callable[[int], str], size: int, patience: float) -> str:
    """Say what four times as much text costs, where that is more than it may."""
    times = compared(
        partial(seconds, work, make(size), patience), partial(seconds, work, make(size * TIMES), patience), ATTEMPTS
    )
    if times is None:
        return ""
    short, long = times
    return f"{size:,} characters take {short * 1000:.1f} ms, {TIMES} times as many {long * 1000:.1f} ms"
