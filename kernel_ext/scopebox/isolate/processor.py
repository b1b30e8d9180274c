"""The processor clock of a guest, and the limit at which the kernel itself ends it."""

from __future__ import annotations

import resource
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

RESTING_SECONDS: Final = 2  # that a guest may use in which nothing runs
WORKING_SECONDS: Final = 30  # that a guest may use before the limit is renewed
RENEWED_SECONDS: Final = 10  # before the limit at which it is renewed


class Processor:
    """What the kernel enforces about a guest's use of the processor, should nobody look: SIGXCPU at its limit.

    A guest can neither handle nor block that signal. The limit counts whole seconds, so they are rounded up. The hard limit stays
    as it is: only a privileged host could raise it again.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._limit = 0
        self._lock = threading.Lock()  # else a look of the watchdog could renew the limit of a run that has just ended

    def clock(self) -> float:
        """Seconds of processor time that the guest has used; OSError if it is gone."""
        return time.clock_gettime((~self._pid << 3) | 2)  # the kernel's number for the clock of another process

    def rest(self) -> None:
        """Nothing runs in the guest from now on. OSError if it is gone."""
        with self._lock:
            self._set(int(self.clock()) + 1 + RESTING_SECONDS)

    def renew(self, clock: float, working: Callable[[], bool]) -> None:
        """Let the guest go on from ``clock`` if it is ``working``. OSError if it is gone."""
        if clock > self._limit - RENEWED_SECONDS:
            with self._lock:
                if working():
                    self._set(int(clock) + WORKING_SECONDS)

    def _set(self, seconds: int) -> None:
        if seconds != self._limit:
            _, hard = resource.prlimit(self._pid, resource.RLIMIT_CPU)
            soft = seconds if hard == resource.RLIM_INFINITY else min(seconds, hard)
            resource.prlimit(self._pid, resource.RLIMIT_CPU, (soft, hard))
            self._limit = seconds
