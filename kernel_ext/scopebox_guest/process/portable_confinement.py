"""What a portable guest does to confine itself with what its system has. Its host takes nothing of it for a boundary."""

from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Final

from scopebox_guest.process.mechanisms import Mechanisms, put_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

resource: ModuleType | None
try:  # here, since nothing can be imported once the guest forgot where it was installed
    import resource
except ImportError:  # on Windows
    resource = None

DESCRIPTORS: Final = 5  # the standard ones are closed; the channel and the lifeline come after them
LIMITS: Final = {"RLIMIT_NOFILE": DESCRIPTORS, "RLIMIT_NPROC": 0, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0}
LIBRARY: Final = "/usr/lib/libsandbox.1.dylib"
PROFILE: Final = b"(version 1)(deny default)"
HARMLESS: Final = frozenset({"start a thread"})  # what a profile leaves to a guest
OF_MACOS: Final = "only macOS has profiles"


def confine(without: frozenset[str], program: str, folder: str, host: int) -> Mechanisms:
    """Confine this process, for good. Returns each mechanism with why it is missing, empty if it is not."""
    mechanisms = {"language": "", "watch": ""}
    put_on(mechanisms, without, "limits", limit)
    put_on(mechanisms, without, "profile", lambda: take_profile(program, folder, host))
    return mechanisms


def limit() -> None:
    """Let this process start no other, write to no file and leave no core. OSError or ValueError where a system has no such limits."""
    if resource is None:
        raise OSError("this system has none that a process can set for itself")
    for name, value in LIMITS.items():
        which = getattr(resource, name)
        resource.setrlimit(which, (value, value))


def take_profile(
    program: str, folder: str, host: int, load: Callable[[str], ctypes.CDLL] = ctypes.CDLL, system: str = sys.platform
) -> None:
    """Have macOS deny everything from now on, and try whether it does. OSError if it does not."""
    if system != "darwin":
        raise OSError(OF_MACOS)
    from scopebox_guest.process.attempts import attempts  # noqa: PLC0415 - nobody else tries anything at every start

    message = ctypes.c_char_p()
    if load(LIBRARY).sandbox_init(PROFILE, ctypes.c_uint64(0), ctypes.byref(message)):
        raise OSError((message.value or b"the profile was refused").decode("utf-8", "replace")[:200])
    possible = [name for name, attempt in attempts(program, folder, host).items() if _is_possible(name, attempt)]
    if possible:
        raise OSError(f"it was taken, and does not hold: a guest could {', '.join(possible)}")


def _is_possible(name: str, attempt: Callable[[], object]) -> bool:
    if name in HARMLESS:
        return False
    try:
        attempt()
    except (OSError, RuntimeError, ValueError, MemoryError):
        return False
    return True
