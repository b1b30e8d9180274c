"""The limits of a guest's process that the kernel itself holds: its memory, and the processor time at which it ends the guest."""

from __future__ import annotations

import resource
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.isolate.process_facts import ProcessFacts

RESTING_SECONDS: Final = 2  # that a guest may use in which nothing runs
WORKING_SECONDS: Final = 30  # that a guest may use before the limit is renewed
RENEWED_SECONDS: Final = 10  # before the limit at which it is renewed


class KernelLimits:
    """What the kernel enforces about a guest, should nobody look.

    At the limit of processor time it sends SIGXCPU, which a guest can neither handle nor block. That limit counts whole seconds, so
    they are rounded up. The hard limit stays as it is: only a privileged host could raise it again.
    """

    def __init__(self, pid: int, process: ProcessFacts) -> None:
        self._pid = pid
        self._process = process
        self._seconds = 0
        self._lock = threading.Lock()  # else a look of the watchdog could renew the limit of a run that has just ended

    def allow_memory(self, size: int) -> None:
        """Let the guest have ``size`` bytes of addresses. OSError if it is gone."""
        resource.prlimit(self._pid, resource.RLIMIT_AS, (size, size))

    def exceeded(self) -> bool:
        """Never: the kernel gives it no more."""
        return False

    def rest(self) -> None:
        """Nothing runs in the guest from now on. OSError if it is gone."""
        with self._lock:
            self._allow_seconds(int(self._process.clock()) + 1 + RESTING_SECONDS)

    def renew(self, clock: float, working: Callable[[], bool]) -> None:
        """Let the guest go on from ``clock`` if it is ``working``. OSError if it is gone."""
        if clock > self._seconds - RENEWED_SECONDS:
            with self._lock:
                if working():
                    self._allow_seconds(int(clock) + WORKING_SECONDS)

    def _allow_seconds(self, seconds: int) -> None:
        if seconds != self._seconds:
            _, hard = resource.prlimit(self._pid, resource.RLIMIT_CPU)
            soft = seconds if hard == resource.RLIM_INFINITY else min(seconds, hard)
            resource.prlimit(self._pid, resource.RLIMIT_CPU, (soft, hard))
            self._seconds = seconds
