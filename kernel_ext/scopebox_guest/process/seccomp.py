"""The system calls that a guest may make, as a filter in the kernel.

Everything else answers EPERM, an ordinary exception; only another architecture's calls kill. The descriptor of reads and writes
has to be the channel, no mapping may be executable, and a signal may only go to the guest itself (``abort`` does that).

The table for x86-64 was found by leaving out one call at a time. The one for aarch64 has the same calls, and is tried in an emulated
machine (``tests/arm64``). Both count only because :func:`probe` is run by every zygote.
"""

from __future__ import annotations

import ctypes
import os
import struct
import time
from typing import Final

from msgspec import Struct

from scopebox_guest.process.libc import LIBC, call

PR_SET_SECCOMP: Final = 22
SECCOMP_MODE_FILTER: Final = 2
PROT_EXEC: Final = 4
EPERM: Final = 1

LOAD: Final = 0x20  # BPF_LD | BPF_W | BPF_ABS
EQUAL: Final = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
AT_LEAST: Final = 0x35  # BPF_JMP | BPF_JGE | BPF_K
ANY_BIT: Final = 0x45  # BPF_JMP | BPF_JSET | BPF_K
RETURN: Final = 0x06  # BPF_RET | BPF_K
KILL: Final = 0x80000000
ALLOW: Final = 0x7FFF0000
REFUSE: Final = 0x00050000 | EPERM

NUMBER: Final = 0  # offsets into struct seccomp_data
ARCHITECTURE: Final = 4
ARGUMENTS: Final = 16
X32: Final = 0x40000000
OTHER_CLOCKS: Final = 12  # from here on, read without a sign, the clocks of devices and of other processes
# wait, wake, wait_bitset, wake_bitset; each also private, and with the clock of the wall
FUTEX: Final = tuple(operation | flags for operation in (0, 1, 9, 10) for flags in (0, 128, 256, 384))


class Table(Struct, frozen=True):
    """The numbers of the allowed calls on one architecture."""

    audit: int
    channel: tuple[int, ...]  # read, write, recvfrom, sendto: only on the channel
    mapping: tuple[int, ...]  # mmap, mprotect: never executable
    tgkill: int  # only to itself
    clocks: tuple[int, ...]  # clock_gettime, clock_nanosleep: the clocks of everybody, and its own
    futex: int  # waiting and waking; to lock by priority looks processes up
    plain: tuple[int, ...]


# plain: munmap mremap brk madvise getrandom exit exit_group getpid gettid.
# Without brk, malloc crashes. Signals can be neither handled nor blocked, so that the processor limit cannot be evaded: no
# rt_sigreturn either, which takes the signals to block from the caller's stack.
TABLES: Final = {
    "x86_64": Table(
        audit=0xC000003E,
        channel=(0, 1, 45, 44),
        mapping=(9, 10),
        tgkill=234,
        clocks=(228, 230),
        futex=202,
        plain=(11, 25, 12, 28, 318, 60, 231, 39, 186),
    ),
    "aarch64": Table(
        audit=0xC00000B7,
        channel=(63, 64, 207, 206),
        mapping=(222, 226),
        tgkill=131,
        clocks=(113, 115),
        futex=98,
        plain=(215, 216, 214, 233, 278, 93, 94, 172, 178),
    ),
}


def _instruction(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("<HBBI", code, yes, no, value)


def _if_argument(index: int, low: int) -> list[bytes]:
    """Allow if an argument is exactly ``low``, else refuse."""
    at = ARGUMENTS + 8 * index
    return [
        _instruction(LOAD, at),
        _instruction(EQUAL, low, 0, 3),
        _instruction(LOAD, at + 4),
        _instruction(EQUAL, 0, 0, 1),
        _instruction(RETURN, ALLOW),
        _instruction(RETURN, REFUSE),
    ]


def _unless_executable() -> list[bytes]:
    return [
        _instruction(LOAD, ARGUMENTS + 8 * 2),
        _instruction(ANY_BIT, PROT_EXEC, 1, 0),
        _instruction(RETURN, ALLOW),
        _instruction(RETURN, REFUSE),
    ]


def _if_own_clock() -> list[bytes]:
    """Allow the clocks with small numbers; those of other processes are negative. The kernel reads the lower half alone."""
    return [
        _instruction(LOAD, ARGUMENTS),
        _instruction(AT_LEAST, OTHER_CLOCKS, 0, 1),
        _instruction(RETURN, REFUSE),
        _instruction(RETURN, ALLOW),
    ]


def _if_plain_futex() -> list[bytes]:
    known = [_instruction(EQUAL, operation, len(FUTEX) - index, 0) for index, operation in enumerate(FUTEX)]
    return [
        _instruction(LOAD, ARGUMENTS + 8),
        *known,
        _instruction(RETURN, REFUSE),
        _instruction(RETURN, ALLOW),
    ]


def _case(number: int, body: list[bytes]) -> list[bytes]:
    return [_instruction(EQUAL, number, 0, len(body)), *body]


def program(table: Table, channel: int, pid: int) -> bytes:
    """Return the filter for one process: classic BPF over the number and the arguments of a system call."""
    code = [
        _instruction(LOAD, ARCHITECTURE),
        _instruction(EQUAL, table.audit, 1, 0),
        _instruction(RETURN, KILL),
        _instruction(LOAD, NUMBER),
        _instruction(AT_LEAST, X32, 0, 1),
        _instruction(RETURN, KILL),
    ]
    for number in table.channel:
        code += _case(number, _if_argument(0, channel))
    for number in table.plain:
        code += _case(number, [_instruction(RETURN, ALLOW)])
    for number in table.mapping:
        code += _case(number, _unless_executable())
    for number in table.clocks:
        code += _case(number, _if_own_clock())
    code += _case(table.futex, _if_plain_futex())
    code += _case(table.tgkill, _if_argument(0, pid))
    code.append(_instruction(RETURN, REFUSE))
    return b"".join(code)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def install(channel: int) -> None:
    """Confine this process, for good. It must have a single thread. OSError if the kernel refuses, ValueError without a table."""
    machine = os.uname().machine
    if machine not in TABLES:
        raise ValueError(f"there is no table of system calls for {machine}")
    code = program(TABLES[machine], channel, os.getpid())
    filter_ = _Program(len(code) // 8, code)
    call(LIBC.prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(filter_), 0, 0)


def probe() -> str:
    """Use what a guest needs, and try what it must not do; return what went wrong. For a process under the filter."""
    blocks = [bytearray(1 << shift) for shift in range(10, 25)]
    del blocks
    os.urandom(8)
    for name, act in (
        ("open", lambda: os.open("/", os.O_RDONLY)),
        ("fork", os.fork),
        ("pipe", os.pipe),
        ("kill", lambda: os.kill(os.getppid(), 0)),
        ("dup", lambda: os.dup(0)),
        ("the clock of a process by its number", lambda: time.clock_gettime((~os.getpid() << 3) | 2)),
    ):
        try:
            act()
        except PermissionError:
            continue
        return f"{name} is not refused"
    return ""
