"""The memory that was freed, and an allocator keeps: a large answer would seem to cost the notebook several times its size."""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from typing import Final

MUCH: Final = 2**19  # characters that one statement writes
VERY_MUCH: Final = 2**22  # characters of an answer
KEPT_MILLISECONDS: Final = 0
NAMES: Final = ("dirty_decay_ms", "muzzy_decay_ms")
ALL_ARENAS: Final = b"arena.4096"
APART: Final = 2**19  # bytes of a block that has its memory for itself
TOP: Final = 2**20  # bytes that may be free behind all others
_TRIM_THRESHOLD: Final = -1  # of glibc's mallopt
_MMAP_THRESHOLD: Final = -3


def give_back() -> bool:
    """Have freed memory go back to the system, now and from now on; False where DuckDB does not let one say so.

    To be called where much is written or read: a statement takes up to a fifth more of time from then on. DuckDB has jemalloc in its
    builds for Linux, which keeps what was freed for ten seconds of work otherwise.
    """
    keep_large_apart()
    control = _control()
    if control is None:
        return False
    kept = ctypes.c_ssize_t(KEPT_MILLISECONDS)
    count = ctypes.c_uint()
    size = ctypes.c_size_t(ctypes.sizeof(count))
    if control(b"arenas.narenas", ctypes.byref(count), ctypes.byref(size), None, 0):
        return False
    places = ["arenas", *(f"arena.{number}" for number in range(count.value))]
    results = [
        control(f"{place}.{name}".encode(), None, None, ctypes.byref(kept), ctypes.sizeof(kept))
        for place in places
        for name in NAMES
    ]
    return not any(results[: len(NAMES)])  # an arena that nobody has used yet is refused, and takes what is said of all


def give_back_once() -> bool:
    """Have what is freed by now go back to the system, and nothing else; False where DuckDB does not let one say so."""
    control = _control()
    return control is not None and not control(ALL_ARENAS + b".purge", None, None, None, 0)


@cache
def keep_large_apart() -> bool:
    """Have Python's large blocks be mapped each by itself, from now on; False where the C library does not let one say so.

    glibc begins with that, and gives it up with the first large block that is freed: from then on blocks of up to 32 MB are cut out of
    heaps, one for each thread, which keep up to twice as much when all is freed.
    """
    if sys.platform != "linux":
        return False
    try:
        say = ctypes.CDLL(None).mallopt
    except AttributeError:  # a C library that has no such function
        return False
    return bool(say(_MMAP_THRESHOLD, APART) and say(_TRIM_THRESHOLD, TOP))


def _control() -> ctypes._NamedFuncPointer | None:
    module = sys.modules.get("_duckdb")
    path = getattr(module, "__file__", None)
    if path is None:
        return None
    try:
        control = ctypes.CDLL(path).duckdb_je_mallctl
    except (OSError, AttributeError):
        return None
    control.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    control.restype = ctypes.c_int
    return control
