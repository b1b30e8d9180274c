"""The heap of C, from which the engine takes its memory."""

from __future__ import annotations

from typing import Final

from scopebox_guest.process.libc import LIBC

M_TRIM_THRESHOLD: Final = -1
M_MMAP_THRESHOLD: Final = -3
KEPT_BYTES: Final = 4 * 2**20
APART_BYTES: Final = 2 * 2**20


def keep_freed() -> None:
    """Keep a few megabytes that are free, for the next call: to hand them back and fetch them anew takes a twentieth of a large call.

    The largest texts have pages of their own, which grow without being copied, and are given back at once. Where the library of
    C has no such settings (outside glibc) it goes on as it is.
    """
    set_option = getattr(LIBC, "mallopt", None)
    if set_option is not None:
        set_option(M_MMAP_THRESHOLD, APART_BYTES)
        set_option(M_TRIM_THRESHOLD, KEPT_BYTES)
