"""The C library, for the few calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LIBC: Final = ctypes.CDLL(None, use_errno=True)
CLOSE_RANGE: Final = 436  # the same number on every architecture
MAX_DESCRIPTOR: Final = 0xFFFFFFFF


def call(function: Callable[..., int], *args: object) -> int:
    """Call a C function that answers a negative number on failure; OSError then."""
    result = function(*(ctypes.c_ulong(arg) if isinstance(arg, int) else arg for arg in args))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def close_from(first: int, few: int) -> None:
    """Close every descriptor from ``first`` on; before Linux 5.9 those below ``few``."""
    try:
        call(LIBC.syscall, CLOSE_RANGE, first, MAX_DESCRIPTOR, 0)
    except OSError:
        os.closerange(first, few)
