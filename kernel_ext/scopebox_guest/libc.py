"""The C library, for the few calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

LIBC: Final = ctypes.CDLL(None, use_errno=True)


def call(function: Callable[..., int], *args: object) -> int:
    """Call a C function that answers a negative number on failure; OSError then."""
    result = function(*(ctypes.c_ulong(arg) if isinstance(arg, int) else arg for arg in args))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
