"""The confinement of a guest: what the kernel enforces even if the language of the cells is broken.

Each mechanism is tried by itself; where one is missing, the reason is reported and the others still count. The zygote confines
itself with those that its guests inherit, a guest adds the rest after the fork.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from typing import Final

from scopebox_guest.process import seccomp
from scopebox_guest.process.libc import LIBC, call
from scopebox_guest.process.mappings import mappings
from scopebox_guest.process.mechanisms import Mechanisms, put_on
from scopebox_guest.wire import decode_as, encode

CHANNEL: Final = 3  # the only descriptor of a guest

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_NO_NEW_PRIVS: Final = 38
CAPABILITY_VERSION: Final = 0x20080522

LANDLOCK_CREATE_RULESET: Final = 444  # the same numbers on every architecture
LANDLOCK_RESTRICT_SELF: Final = 446
LANDLOCK_VERSION: Final = 1
FILES_BY_VERSION: Final = ((1, 13), (2, 14), (3, 15), (5, 16))  # version, how many kinds of access to files it handles
NET_FROM, SCOPES_FROM = 4, 6  # versions that handle TCP, and signals and abstract sockets
BOTH: Final = 0b11

LIMITS: Final = (
    (resource.RLIMIT_NOFILE, CHANNEL + 1),
    (resource.RLIMIT_NPROC, 0),
    (resource.RLIMIT_FSIZE, 0),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_MEMLOCK, 0),
    (resource.RLIMIT_MSGQUEUE, 0),
)


def confine_zygote(without: frozenset[str]) -> Mechanisms:
    """Confine the zygote with what its guests inherit, and prove the rest in a process that is confined as a guest is.

    Returns each mechanism with why it is missing, empty if it is not: exactly what every guest has to say of itself.
    """
    mechanisms: Mechanisms = {}
    put_on(mechanisms, without, "pages", _prove_pages)
    put_on(mechanisms, without, "no_new_privs", lambda: call(LIBC.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    put_on(mechanisms, without, "capabilities", _drop_capabilities)
    put_on(mechanisms, without, "dumpable", lambda: call(LIBC.prctl, PR_SET_DUMPABLE, 0, 0, 0, 0))
    put_on(mechanisms, without, "landlock", _landlock)
    put_on(mechanisms, without, "pidfd", lambda: os.close(os.pidfd_open(os.getpid())))
    return _proven(mechanisms, without)


def confine_guest(mechanisms: Mechanisms, without: frozenset[str], parent: int, channel: int = CHANNEL) -> Mechanisms:
    """Confine a guest that was just forked, for good; ``mechanisms`` are the zygote's. Returns them with the guest's own."""
    mechanisms = dict(mechanisms)
    put_on(mechanisms, without, "pdeathsig", lambda: die_with(parent))
    put_on(mechanisms, without, "rlimits", _limit)
    if mechanisms.get("seccomp"):
        put_on(mechanisms, without, "landlock", _landlock)  # a layer of its own, so that it cannot signal the zygote
    else:
        put_on(mechanisms, without, "seccomp", lambda: seccomp.install(channel))
    return mechanisms


def _proven(mechanisms: Mechanisms, without: frozenset[str]) -> Mechanisms:
    """Return the mechanisms of a guest, as a process of its own found them, which then tried whether its filter holds.

    It proves that the numbers of the table of system calls are right for this kernel.
    """
    parent = os.getpid()
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        try:
            found = confine_guest(mechanisms, without, parent, theirs)
            found["seccomp"] = found["seccomp"] or seccomp.probe()
            os.write(theirs, encode(found))
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if said and not status:
        return decode_as(said, Mechanisms)
    missing = {**mechanisms, "seccomp": f"a process under the filter ended with {status}"}
    return missing if "seccomp" in mechanisms else _proven(missing, without)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent ends. Not inherited by a fork."""
    call(LIBC.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _prove_pages() -> None:
    """Raise ValueError if what is written somewhere can be run: by one mapping, or by two of the same file."""
    found = tuple(mappings())
    if any(each.written and each.run for each in found):
        raise ValueError("there is memory that is both writable and executable")
    run = {each.file for each in found if each.run and each.file}
    if any(each.written and each.shared and each.file in run for each in found):
        raise ValueError("there is a file that is mapped both writable and executable")


def _limit() -> None:
    for which, value in LIMITS:
        resource.setrlimit(which, (value, value))


def _drop_capabilities() -> None:
    header = struct.pack("<Ii", CAPABILITY_VERSION, 0)
    call(LIBC.capset, header, bytes(24))


def _landlock() -> None:
    version = LIBC.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_VERSION)
    if version < 1:
        raise OSError(ctypes.get_errno(), "the kernel has no landlock")
    files = (1 << max(count for since, count in FILES_BY_VERSION if version >= since)) - 1
    parts = [files, *([BOTH] if version >= NET_FROM else []), *([BOTH] if version >= SCOPES_FROM else [])]
    attributes = struct.pack(f"<{len(parts)}Q", *parts)
    ruleset = call(LIBC.syscall, LANDLOCK_CREATE_RULESET, attributes, len(attributes), 0)
    try:
        call(LIBC.syscall, LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
