"""How the processor time of some work grows with its text."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

FACTOR: Final = 4  # so many times the text
MOST: Final = 8.0  # may cost at most so many times the time
FROM: Final = 0.001  # seconds below which a time says nothing
ENOUGH: Final = 0.1  # seconds from which on no longer text is tried
ROUNDS: Final = 5  # of which the smallest counts
LEAST_ROUNDS: Final = 3  # after which a text is quick, if it is so by then
ATTEMPTS: Final = 2  # each of which has to find the same
SHORT: Final = 8_192  # characters of the longest text of the short form
LONG: Final = 524_288
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
    start = time.thread_time()
    signal.setitimer(signal.ITIMER_PROF, patience)
    try:
        with suppress(Exception):
            work(text)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return time.thread_time() - start


def beyond(work: Work, make: Callable[[int], str], longest: int = SHORT) -> str:
    """Say how the time grows where it grows faster than the text does; empty where it does not."""
    size, patience = _FIRST, PATIENCE if longest > SHORT else PATIENCE_SHORT
    try:
        with _ended_by_patience():
            took = seconds(work, make(size), patience=patience)
            while size <= longest and took < ENOUGH and (took >= FROM or size * FACTOR <= longest):
                more = seconds(work, make(size * FACTOR), patience=patience)
                suspect = took >= FROM and more > MOST * max(took / 2, FROM)
                if suspect and (said := _compared(work, make, size, patience)):
                    return said
                size, took = size * FACTOR, more
    except TooLong:
        return f"{size:,} characters, or {FACTOR} times as many, take more than {patience:g} s"
    return ""


def _compared(work: Work, make: Callable[[int], str], size: int, patience: float) -> str:
    """Say what four times as much text costs, where that is more than it may.

    A busy machine makes single measures too long, of either text, and those that follow each other at once: the two take turns.
    """
    for _ in range(ATTEMPTS):
        short = long = float("inf")
        for turn in range(1, ROUNDS + 1):
            short = min(short, seconds(work, make(size), patience=patience))
            long = min(long, seconds(work, make(size * FACTOR), patience=patience))
            if turn >= LEAST_ROUNDS and long <= MOST * max(short, FROM):
                return ""
    return f"{size:,} characters take {short * 1000:.1f} ms, {FACTOR} times as many {long * 1000:.1f} ms"
