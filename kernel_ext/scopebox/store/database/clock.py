"""What SQL costs: a clock for every step of it, and who pays for the steps of the task that runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

T = TypeVar("T")


class Clock:
    """What a worker thread does in one step of SQL. Written by that thread, ``seconds`` may be asked by any."""

    __slots__ = ("_processor", "_spent", "_started", "_statement")

    def __init__(self) -> None:
        self._spent = 0.0
        self._started = 0.0  # on the wall, of the statement that runs; 0 between two of them
        self._processor = 0.0  # when it started, by the processor time of this thread
        self._statement = 0.0  # processor time of this thread in statements, which count by the wall

    @property
    def seconds(self) -> float:
        """Seconds charged so far, those of the statement that runs included."""
        started = self._started
        return self._spent + (time.monotonic() - started if started else 0.0)

    def work(self, step: Callable[[], T]) -> T:
        """Run a step of SQL: what it does between its statements counts as processor time."""
        self._statement = 0.0
        started = time.thread_time()
        try:
            return step()
        finally:
            self._spent += max(0.0, time.thread_time() - started - self._statement)

    def here(self, step: Callable[[], T]) -> T:
        """Run a step of SQL on a thread whose processor time is charged anyway: what it waits for in its statements counts besides."""
        self._statement = 0.0
        before = self._spent
        try:
            return step()
        finally:
            self._spent = max(before, self._spent - self._statement)

    def statement(self) -> Statement:
        """Count the statement that the block runs by the time on the wall."""
        return Statement(self)

    def start(self) -> None:
        """Begin to count a statement."""
        self._processor, self._started = time.thread_time(), time.monotonic()

    def stop(self) -> None:
        """Count the statement that has ended."""
        started, self._started = self._started, 0.0
        self._spent += time.monotonic() - started
        self._statement += time.thread_time() - self._processor


class Statement:
    """A block that runs one statement. A class, because every read enters one, and a generator takes several times as long."""

    __slots__ = ("_clock",)

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def __enter__(self) -> None:
        """Begin to count."""
        self._clock.start()

    def __exit__(self, *_: object) -> None:
        """Count it."""
        self._clock.stop()


class Charged(Protocol):
    """Who pays for steps of SQL. The store knows no more of it."""

    def timing(self) -> AbstractContextManager[Clock]:
        """Give a clock to one step that runs in another thread, and charge what it shows at the end."""

    def charge(self, seconds: float) -> None:
        """Charge what a step took besides the processor time of the thread that asks."""


CURRENT: Final[ContextVar[Charged | None]] = ContextVar("scopebox_charged", default=None)
"""Who pays for what the task that runs does; None where nobody does."""
