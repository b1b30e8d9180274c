"""Call stacks of the engine, which it gives as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox_guest.wire import TOP_LEVEL, Frame

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

LEVEL: Final = re.compile(r"^    at (?:(.*) \()?([^\n()]*):(\d{1,9}):(\d{1,9})\)?$", re.MULTILINE)
MOST_CHARACTERS: Final = 20_000  # of a stack that is looked at: names of functions are the extension's own
NAME_CHARACTERS: Final = 100


def levels(stack: str, files: Collection[str]) -> Iterator[tuple[str, str, int, int]]:
    """Yield function, file, line and column of each level in one of the ``files``, innermost first."""
    for function, file, line, column in LEVEL.findall(stack[:MOST_CHARACTERS]):
        if file in files:
            yield function, file, int(line), int(column)


def place(stack: str, files: Collection[str]) -> tuple[str, int, int]:
    """Return file, line and column of the innermost level in one of the ``files``; zeros if there is none."""
    return next((found[1:] for found in levels(stack, files)), ("", 0, 0))


def frames(stack: str, files: Collection[str], newest: str) -> list[Frame]:
    """Return the levels in the ``files``, outermost first; ``newest`` is the last cell's."""
    found = [
        Frame(_name(function), line, "" if file == newest else file) for function, file, line, _ in levels(stack, files)
    ]
    return found[::-1]


def _name(function: str) -> str:
    return TOP_LEVEL if function in ("<eval>", "") else function[:NAME_CHARACTERS]
