"""Job objects of Windows, as far as they can be tried elsewhere: what is set, in which structure, and what a refusal leaves behind."""

from __future__ import annotations

import ctypes
import subprocess
from typing import Final, cast

import pytest
from scopebox.isolate.windows_job import LIMITS, PAGES, PROCESS_MEMORY, BasicLimits, ExtendedLimits, Job

HANDLE: Final = 77


class FakeKernel:
    """Notes what it is asked for; ``refuses`` is the function that fails."""

    def __init__(self, refuses: str = "") -> None:
        self.refuses = refuses
        self.limits: list[tuple[int, int, int]] = []
        self.assigned: list[tuple[int, int]] = []
        self.closed: list[int] = []

    def CreateJobObjectW(self, security: None, name: None) -> int:  # noqa: N802
        return 0 if self.refuses == "create" else 5

    def SetInformationJobObject(self, job: int, kind: int, data: object, size: int) -> int:  # noqa: N802
        found = ctypes.cast(cast("ctypes.c_void_p", data), ctypes.POINTER(ExtendedLimits)).contents
        self.limits.append((found.basic.flags, found.basic.processes, found.process_memory))
        return int((job, kind, size) == (5, 9, ctypes.sizeof(ExtendedLimits)) and self.refuses != "set")

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802
        self.assigned.append((job, process))
        return int(self.refuses != "assign")

    def CloseHandle(self, handle: int) -> int:  # noqa: N802
        self.closed.append(handle)
        return 1


class Process:
    _handle = HANDLE


PROCESS: Final = cast("subprocess.Popen[bytes]", Process())


@pytest.mark.skipif(ctypes.sizeof(ctypes.c_void_p) != 8, reason="the sizes are those of 64 bits")
def test_the_structures_have_the_sizes_of_the_documents() -> None:
    assert ctypes.sizeof(BasicLimits) == 64
    assert ctypes.sizeof(ExtendedLimits) == 144


def test_a_guest_starts_no_process_and_ends_with_the_host() -> None:
    kernel = FakeKernel()
    job = Job(PROCESS, kernel)
    assert kernel.limits == [(LIMITS, 1, 0)]
    assert LIMITS == 0x2000 | 0x0400 | 0x0008
    assert kernel.assigned == [(5, HANDLE)]
    job.allow_memory(1000)
    assert kernel.limits[-1] == (LIMITS | PROCESS_MEMORY, 1, 1000 + PAGES)
    job.close()
    job.close()
    assert kernel.closed == [5]


@pytest.mark.parametrize("refuses", ["create", "set", "assign"])
def test_without_a_job_there_is_no_guest(refuses: str) -> None:
    kernel = FakeKernel(refuses)
    with pytest.raises(OSError, match="refuses a job object"):
        Job(PROCESS, kernel)
    assert kernel.closed == ([] if refuses == "create" else [5])


def test_a_limit_that_is_refused_is_an_error() -> None:
    kernel = FakeKernel()
    job = Job(PROCESS, kernel)
    kernel.refuses = "set"
    with pytest.raises(OSError, match="refuses the limit"):
        job.allow_memory(1000)
