"""Where in an unfinished manifest of TOML the cursor stands, in the terms of :mod:`scopebox.notebook.completion.cursor`."""

from __future__ import annotations

import re
from typing import Final

from scopebox.notebook.completion.cursor import TOKEN, Level, Place, end_of_text, mark

_HEADING: Final = re.compile(
    r"^[ \t]{0,99}\[{1,2}[ \t]{0,99}([A-Za-z_][\w.-]{0,199})[ \t]{0,99}\]{1,2}[ \t]*+\n", re.MULTILINE
)


def place_of(text: str) -> tuple[tuple[str, ...], Place]:
    """Return the keys of the heading that the end of ``text`` stands below, and the place there: the outermost braces are those of the table."""
    headings = list(_HEADING.finditer(text))
    if not headings:
        return (), _place(text)
    return tuple(headings[-1][1].split(".")), _place(text[headings[-1].end() :])


def _place(text: str) -> Place:
    table = Level("{")
    levels = [table]
    at, at_end = 0, False
    while at < len(text):
        found = TOKEN.match(text, at)
        assert found is not None
        at = found.end()
        at_end = bool(found["name"])
        if found["comment"] and at == len(text):
            return Place([])
        if found["quote"]:
            end = end_of_text(text, at, found["quote"])
            if end < 0:
                return Place(levels, text[at:])
            levels[-1].last = text[at : end - len(found["quote"])]
            at = end
        elif found["open"] and (table.keyed or len(levels) > 1):  # else it opens a heading
            levels.append(Level(found["open"]))
        elif found["close"] and len(levels) > 1:
            levels.pop()
        elif found["mark"]:
            _mark(levels, found["mark"])
        elif found["name"]:
            levels[-1].word = found["name"]
    inner = levels[-1]
    can_be_key = inner.bracket == "{" and not inner.keyed and inner.last is None
    return Place(levels, key=(inner.word or "" if at_end else "") if can_be_key else None)


def _mark(levels: list[Level], sign: str) -> None:
    if sign == "=":
        mark(levels, ":")
    elif sign == "," or (sign == "\n" and len(levels) == 1):
        mark(levels, ",")
