"""Sealing: no memory of a guest can be both written and run, neither by one mapping nor by two of the same file."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox_guest.process.libc import LIBC, call

if TYPE_CHECKING:
    from collections.abc import Iterator

READ: Final = 1
READ_AND_RUN: Final = 5


class Mapping(NamedTuple):
    """A line of /proc/self/maps."""

    start: int
    end: int
    access: str
    file: tuple[str, str]  # device and inode; the inode of no file is 0


def _mappings() -> Iterator[Mapping]:
    for line in Path("/proc/self/maps").read_text("utf-8", "replace").splitlines():
        bounds, access, _, device, inode, *_ = line.split(maxsplit=5)
        start, _, end = bounds.partition("-")
        yield Mapping(int(start, 16), int(end, 16), access, (device, inode))


def seal() -> None:
    """Take the writing from whatever can be run: the pages of the callbacks. There may be none; OSError if it cannot be done."""
    mappings = tuple(_mappings())
    run = {each.file for each in mappings if "x" in each.access and each.file[1] != "0"}
    for each in mappings:
        if "w" not in each.access:
            continue
        if "x" in each.access:
            _protect(each, READ_AND_RUN)
        elif each.access.endswith("s") and each.file in run:
            _protect(each, READ)


def _protect(mapping: Mapping, access: int) -> None:
    call(
        LIBC.mprotect,
        ctypes.c_void_p(mapping.start),
        ctypes.c_size_t(mapping.end - mapping.start),
        access,
    )
