"""Call stacks of the engine, which it gives as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox_guest.wire import TOP_LEVEL, Frame

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

LEVEL: Final = re.compile(r"^    at (?:(.*) \()?([^\n()]*):(\d{1,9}):(\d{1,9})\)?$", re.MULTILINE)
NATIVE: Final = re.compile(r"    at ([\w$]{1,100}) \(native\)\n")
LINE: Final = re.compile(r"\d{1,9}")
MOST_CHARACTERS: Final = 20_000  # of a stack that is looked at: names of functions are the extension's own
NAME_CHARACTERS: Final = 100


def levels(stack: str, files: Collection[str]) -> Iterator[tuple[str, str, int, int]]:
    """Yield function, file, line and column of each level in one of the ``files``, innermost first."""
    for function, file, line, column in map(re.Match.groups, LEVEL.finditer(stack[:MOST_CHARACTERS])):
        if file in files:
            yield function, file, int(line), int(column)


def place(stack: str, files: Collection[str]) -> tuple[str, str, int, int]:
    """Return function, file, line and column of the innermost level in one of the ``files``; zeros if there is none."""
    return next(levels(stack, files), ("", "", 0, 0))


def line_of_call(stack: str, files: Iterable[str]) -> int:
    """Return the line of the innermost level in one of the ``files``, 0 if there is none; quicker than :func:`place`."""
    found = 0, len(stack)
    for file in files:
        start = stack.find(f"({file}:", 0, found[1])
        if start >= 0:
            number = LINE.match(stack, start + len(file) + 2)
            found = (int(number[0]) if number else 0), start
    return found[0]


def native(stack: str) -> str:
    """Return the name of the built-in function in which an error arose, empty if it arose in none."""
    found = NATIVE.match(stack)
    return found[1] if found else ""


def frames(stack: str, files: Collection[str], newest: str) -> list[Frame]:
    """Return the levels in the ``files``, outermost first; ``newest`` is the last cell's."""
    found = [
        Frame(_name(function), line, "" if file == newest else file) for function, file, line, _ in levels(stack, files)
    ]
    return found[::-1]


def _name(function: str) -> str:
    return TOP_LEVEL if function in ("<eval>", "") else function[:NAME_CHARACTERS]
