"""A job object of Windows: the guest in it starts no process, has so much memory, and ends with the host. It confines nothing else.

Never run by us: the sizes of the structures are those of the documents, and a test compares them.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import subprocess

ACTIVE_PROCESS: Final = 0x0008
PROCESS_MEMORY: Final = 0x0100
DIE_ON_UNHANDLED_EXCEPTION: Final = 0x0400
KILL_ON_JOB_CLOSE: Final = 0x2000
LIMITS: Final = ACTIVE_PROCESS | DIE_ON_UNHANDLED_EXCEPTION | KILL_ON_JOB_CLOSE
EXTENDED_LIMITS: Final = 9  # the class of the structure that is set
PAGES: Final = (
    32 * 2**20
)  # bytes that a guest may have promised and not touched, which count here and are not seen from outside


class BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("process_time", ctypes.c_int64),
        ("job_time", ctypes.c_int64),
        ("flags", ctypes.c_uint32),
        ("smallest_set", ctypes.c_size_t),
        ("largest_set", ctypes.c_size_t),
        ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority", ctypes.c_uint32),
        ("scheduling", ctypes.c_uint32),
    )


class ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("basic", BasicLimits),
        ("counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process", ctypes.c_size_t),
        ("peak_job", ctypes.c_size_t),
    )


class Kernel(Protocol):
    """The functions of kernel32.dll that are called here; each returns zero when it fails."""

    def CreateJobObjectW(self, security: None, name: None) -> int:  # noqa: N802 - its own name
        """Return the handle of a new job."""

    def SetInformationJobObject(self, job: int, kind: int, data: object, size: int) -> int:  # noqa: N802 - as above
        """Set limits of a job."""

    def AssignProcessToJobObject(self, job: int, process: int) -> int:  # noqa: N802 - as above
        """Put a process into a job."""

    def CloseHandle(self, handle: int) -> int:  # noqa: N802 - as above
        """Close a handle; with the last of a job its processes end."""


def kernel32() -> Kernel:
    """Return the functions, with the types that they take."""
    library = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
    library.CreateJobObjectW.restype = ctypes.c_void_p
    library.SetInformationJobObject.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)
    library.AssignProcessToJobObject.argtypes = (ctypes.c_void_p, ctypes.c_void_p)
    library.CloseHandle.argtypes = (ctypes.c_void_p,)
    return library  # type: ignore[no-any-return]


class Job:
    """The job of one guest. OSError if the system refuses it: then nothing would end the guest with the host."""

    def __init__(self, process: subprocess.Popen[bytes], kernel: Kernel | None = None) -> None:
        self._kernel = kernel or kernel32()
        self._limits = ExtendedLimits(BasicLimits(flags=LIMITS, processes=1))
        self._job = self._kernel.CreateJobObjectW(None, None)
        handle = int(process._handle)  # type: ignore[attr-defined] # noqa: SLF001 - there is no other way to it
        if not (self._job and self._set() and self._kernel.AssignProcessToJobObject(self._job, handle)):
            self.close()
            raise OSError("Windows refuses a job object")

    def _set(self) -> int:
        size = ctypes.sizeof(self._limits)
        return self._kernel.SetInformationJobObject(self._job, EXTENDED_LIMITS, ctypes.byref(self._limits), size)

    def allow_memory(self, size: int) -> None:
        """Let the guest have ``size`` bytes. OSError if the system refuses it."""
        self._limits.basic.flags = LIMITS | PROCESS_MEMORY
        self._limits.process_memory = size + PAGES
        if not self._set():
            raise OSError("Windows refuses the limit of a job object")

    def close(self) -> None:
        """Let go of it, which ends the guest."""
        job, self._job = self._job, 0
        if job:
            self._kernel.CloseHandle(job)
