"""A process as every system shows it: its facts by looking at it, its memory limited by looking again."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Protocol

import psutil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK_SECONDS: Final = 0.02  # between the two looks at its clock that tell whether a process waits


class MeasuredFacts:
    """What the system says of one process; from any thread. Its clock has steps of 10 ms, on Windows of 16 ms."""

    def __init__(self, pid: int) -> None:
        """OSError if it is gone."""
        with _as_errors_of_the_system():
            self._process = psutil.Process(pid)

    def clock(self) -> float:
        """Seconds of processor time that it has used; ProcessLookupError if it is gone."""
        with _as_errors_of_the_system():
            times = self._process.cpu_times()
        return float(times.user + times.system)

    def sleeps(self) -> bool:
        """Whether it used no processor time just now. On a busy machine that can also mean that it had none."""
        try:
            before = self.clock()
            time.sleep(LOOK_SECONDS)
            return self.clock() == before
        except OSError:
            return True  # for good

    def size_bytes(self) -> int:
        """Bytes of memory that it has; OSError if it is gone."""
        with _as_errors_of_the_system():
            return int(self._process.memory_info().rss)


class MemoryLimit(Protocol):
    """What can limit the memory of a process beside a look at it."""

    def allow_memory(self, size: int) -> None:
        """Let it have ``size`` bytes. OSError if that cannot be done."""


class MeasuredLimits:
    """The limits of a process that nothing but a look can hold it to; a system that has a limit of its own for its memory is told as well.

    Processor time is watched while something runs in it; the system ends it at no limit.
    """

    def __init__(self, facts: MeasuredFacts, system: MemoryLimit | None = None) -> None:
        self._facts = facts
        self._system = system
        self._most = 0

    def allow_memory(self, size: int) -> None:
        """Let the guest be ``size`` bytes large. OSError if it is gone."""
        self._most = size
        if self._system is not None:
            self._system.allow_memory(size)

    def exceeded(self) -> bool:
        """Whether it is larger. OSError if it is gone."""
        return bool(self._most) and self._facts.size_bytes() > self._most

    def rest(self) -> None:
        """Do nothing: there is no limit to be set."""

    def renew(self, clock: float, working: Callable[[], bool]) -> None:
        """Do nothing, as :meth:`rest`."""


@contextmanager
def _as_errors_of_the_system() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess as error:
        raise ProcessLookupError(str(error)) from None
    except psutil.AccessDenied as error:
        raise PermissionError(str(error)) from None
