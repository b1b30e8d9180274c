"""What the kernel says of a process: the processor time that it used, whether it waits, how large it is, what confines it."""

from __future__ import annotations

import mmap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_NAMES: Final = frozenset({"State", "PPid", "Seccomp", "Seccomp_filters", "NoNewPrivs", "CapEff"})
STATUS_BYTES: Final = 16 * 1024  # of /proc/<pid>/status that are read; it has about 60 short lines


class ProcessFacts:
    """What the kernel says of one process; from any thread."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def clock(self) -> float:
        """Seconds of processor time that it has used; ProcessLookupError if it is gone."""
        try:
            return time.clock_gettime((~self._pid << 3) | 2)  # the kernel's number for the clock of another process
        except OSError as error:  # it says that there is no such clock
            raise ProcessLookupError(str(error)) from None

    def sleeps(self) -> bool:
        """Whether it waits in the kernel, as a guest does between frames."""
        try:
            stat = Path(f"/proc/{self._pid}/stat").read_text("ascii", "replace")
        except OSError:
            return True  # for good
        return stat.rpartition(") ")[2].startswith("S")

    def size_bytes(self) -> int:
        """Bytes of addresses that it has; OSError if it is gone, or on a system that hides the processes of others."""
        return int(Path(f"/proc/{self._pid}/statm").read_text("ascii").split()[0]) * mmap.PAGESIZE


def status_of(pid: int | str) -> Mapping[str, str] | None:
    """Return the lines of ``STATUS_NAMES`` in the ``/proc/<pid>/status`` of a process, by name; None where it is hidden."""
    try:
        with Path(f"/proc/{pid}/status").open("rb", buffering=0) as file:
            lines = file.read(STATUS_BYTES).decode("ascii", "replace").splitlines()
    except OSError:
        return None
    return {name: value for name, _, value in (line.partition(":\t") for line in lines) if name in STATUS_NAMES}
