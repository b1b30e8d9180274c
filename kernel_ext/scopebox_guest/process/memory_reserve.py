"""Address space that is kept back, so that a guest out of memory can still say so."""

from __future__ import annotations

import mmap
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

RESERVED_BYTES: Final = 4 * 2**20  # bytes; never touched, so it counts as address space only
FLAGS: Final = (
    {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
)  # not on Windows


class MemoryReserve:
    """A mapping that nothing uses."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: mmap.mmap | None = None
        self._take()

    def _take(self) -> None:
        try:
            self._kept = mmap.mmap(-1, RESERVED_BYTES, **FLAGS)
        except (OSError, MemoryError):
            self._kept = None  # memory is out still; the next run that needs it ends the process

    @contextmanager
    def _released(self) -> Iterator[None]:
        """Give the reserve back for what is done here, then keep it again."""
        if self._kept is not None:
            self._kept.close()
        try:
            yield
        finally:
            self._take()
