"""Writing a file as a whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place, then move it there; OSError where that cannot be, and then nothing is left beside it."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.unlink(missing_ok=True)  # of a run that was killed
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
