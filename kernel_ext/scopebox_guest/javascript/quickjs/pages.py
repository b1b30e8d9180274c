"""Sealing: no memory of a guest can be both written and run, neither by one mapping nor by two of the same file."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Final

from scopebox_guest.process.libc import LIBC, call
from scopebox_guest.process.mappings import mappings

if TYPE_CHECKING:
    from scopebox_guest.process.mappings import Mapping

READ: Final = 1
READ_AND_RUN: Final = 5


def seal() -> None:
    """Take the writing from whatever can be run: the pages of the callbacks. There may be none; OSError if it cannot be done."""
    found = tuple(mappings())
    run = {each.file for each in found if each.run and each.file}
    for each in found:
        if not each.written:
            continue
        if each.run:
            _protect(each, READ_AND_RUN)
        elif each.shared and each.file in run:
            _protect(each, READ)


def _protect(mapping: Mapping, access: int) -> None:
    call(
        LIBC.mprotect,
        ctypes.c_void_p(mapping.start),
        ctypes.c_size_t(mapping.end - mapping.start),
        access,
    )
