"""Writing a file as a whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

EVERYBODY: Final = 0o666  # as far as the mask of the process lets them
OF_THE_USER: Final = 0o600
_NEW: Final = (
    os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
)  # Windows would change the ends of lines


def write_whole(path: Path, data: bytes, mode: int = EVERYBODY) -> None:
    """Write a file beside its place, then move it there; OSError where that cannot be, and then nothing is left beside it.

    ``mode`` says who may read and write it, from the first byte on.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.unlink(missing_ok=True)  # of a run that was killed
        descriptor = os.open(beside, _NEW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
