"""What a guest tries, confined as every guest is, to learn what it cannot do. Run for ``%sandbox doctor`` and for tests."""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import resource
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from scopebox_guest.process.confinement import CHANNEL
from scopebox_guest.process.libc import LIBC, call
from scopebox_guest.process.mechanisms import tried
from scopebox_guest.process.seccomp import EPERM, TABLES

if TYPE_CHECKING:
    from collections.abc import Callable

PTRACE_ATTACH: Final = 16
NEW_USERS: Final = 0x10000000  # CLONE_NEWUSER
IO_URING_SETUP: Final = 425  # the same number on every architecture
PIDFD_OPEN: Final = 434
FUTEX_TRYLOCK_PI: Final = 8
RWX: Final = mmap.PROT_READ | mmap.PROT_WRITE | 4


def _read(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY))


def _create() -> None:
    os.close(os.open("/dev/shm/scopebox-probe", os.O_CREAT | os.O_RDWR, 0o600))  # noqa: S108 - that is what is tried
    os.unlink("/dev/shm/scopebox-probe")  # noqa: PTH108, S108


def _socket(family: int, kind: int) -> None:
    socket.socket(family, kind).close()


def _fork() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


def _execute() -> None:
    pid = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(pid, 0)


def _thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    with contextlib.suppress(ProcessLookupError):
        while thread.native_id:  # the system may still be at its end: a process enters a namespace only alone
            os.kill(thread.native_id, 0)


def _map_code() -> None:
    mmap.mmap(-1, mmap.PAGESIZE, prot=RWX).close()


def _make_code() -> None:
    with mmap.mmap(-1, mmap.PAGESIZE) as pages:
        address = ctypes.addressof(ctypes.c_char.from_buffer(pages))
        call(LIBC.mprotect, ctypes.c_void_p(address), ctypes.c_size_t(mmap.PAGESIZE), 5)


def _lock(process: int) -> None:
    """Lock by priority what another process is said to hold: the answer tells whether there is one."""
    word = ctypes.c_int(process)
    futex = TABLES[os.uname().machine].futex if os.uname().machine in TABLES else 0
    if LIBC.syscall(futex, ctypes.byref(word), FUTEX_TRYLOCK_PI, 0, None) < 0 and ctypes.get_errno() != EPERM:
        return
    raise PermissionError


def _raise_limit() -> None:
    which = resource.RLIMIT_NPROC
    resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def attempts(zygote: int) -> dict[str, Callable[[], object]]:
    """Return everything that is tried, by what it is. Each raises if it is refused."""
    return {
        "open a file": lambda: _read("/etc/passwd"),
        "list a directory": lambda: os.listdir("/"),  # noqa: PTH208 - nothing but the system call
        "look at a file": lambda: os.stat("/"),  # noqa: PTH116 - as above
        "create a file": _create,
        "read its own memory map": lambda: _read("/proc/self/maps"),
        "read another process's environment": lambda: _read(f"/proc/{zygote}/environ"),
        "change directory": lambda: os.chdir("/"),
        "open a TCP socket": lambda: _socket(socket.AF_INET, socket.SOCK_STREAM),
        "open a UDP socket": lambda: _socket(socket.AF_INET, socket.SOCK_DGRAM),
        "open a Unix socket": lambda: _socket(socket.AF_UNIX, socket.SOCK_STREAM),
        "open a netlink socket": lambda: _socket(socket.AF_NETLINK, socket.SOCK_RAW),
        "fork": _fork,
        "run a program": _execute,
        "start a thread": _thread,
        "signal the zygote": lambda: os.kill(zygote, 0),
        "signal process 1": lambda: os.kill(1, 0),
        "signal its process group": lambda: os.kill(0, signal.SIGCONT),
        "read the clock of another process": lambda: time.clock_gettime((~zygote << 3) | 2),
        "look another process up by a lock": lambda: _lock(zygote),
        "take hold of another process": lambda: call(LIBC.syscall, PIDFD_OPEN, zygote, 0),
        "trace another process": lambda: call(LIBC.ptrace, PTRACE_ATTACH, zygote, 0, 0),
        "map executable memory": _map_code,
        "make memory executable": _make_code,
        "create a file in memory": lambda: os.close(os.memfd_create("x")),
        "make a pipe": os.pipe,
        "duplicate a descriptor": lambda: os.close(os.dup(CHANNEL)),
        "raise its limits": _raise_limit,
        "enter a namespace": lambda: call(LIBC.unshare, NEW_USERS),
        "use io_uring": lambda: call(LIBC.syscall, IO_URING_SETUP, 1, ctypes.create_string_buffer(120)),
    }


def run(zygote: int) -> dict[str, str]:
    """Try everything. Maps each attempt to an empty text if it was refused, else to what it came to."""
    return tried(attempts(zygote))
