"""What Python imports only when it is first used; a guest finds no file any more."""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import Final

IMPORTED_LATE: Final = (
    "_colorize",
    "_strptime",
    "_suggestions",
    "datetime",
    "decimal",
    "encodings.idna",
    "linecache",
    "random",
    "re",
    "tokenize",
    "traceback",
    "unicodedata",
)


def import_late() -> None:
    """Import all of it."""
    for name in IMPORTED_LATE:
        with suppress(ModuleNotFoundError):  # newer or older Pythons have other helpers
            import_module(name)
