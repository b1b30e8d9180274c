"""Reading one file that may be anybody's: a pipe waits for its other end, a device never ends, and a file may be longer than it says.

What is wrong is an OSError whose ``strerror`` says it; who reads knows what the file is for, and makes it an error of its own.
"""

from __future__ import annotations

import errno
import io
import os
import stat
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from pathlib import Path

FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
"""How a file is opened: without waiting for a pipe, and on Windows with the ends of its lines as they are."""
_MIB: Final = 2**20


def opened(path: Path) -> BinaryIO:
    """Return the plain file ``path``, open to be read."""
    descriptor = os.open(path, FLAGS)
    try:
        size_of(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def size_of(descriptor: int) -> int:
    """Return how many bytes the plain file has that is open as ``descriptor``."""
    facts = os.fstat(descriptor)
    if stat.S_ISDIR(facts.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(facts.st_mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")
    return facts.st_size


def content(path: Path, most: int) -> bytes:
    """Return the bytes of the plain file ``path``, which has ``most`` of them at most."""
    with opened(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        limit = f"{most:,} bytes" if most % _MIB else f"{most // _MIB} MiB"
        raise OSError(errno.EFBIG, f"it has more than {limit}, which are the limit")
    return data


def text(path: Path, most: int) -> str:
    """Return the text of the plain file ``path``, whose lines end as they do in Python. UnicodeDecodeError if it is not UTF-8."""
    return io.TextIOWrapper(io.BytesIO(content(path, most)), "utf-8").read()
