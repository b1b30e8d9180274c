"""Where in unfinished Python the cursor stands: inside which calls and objects, at which key, in which text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

TOKEN: Final = re.compile(
    r"""(?P<comment>\#[^\n]*)
    |(?P<prefix>[rbfuRBFU]{0,2})(?P<quote>\"\"\"|'''|\"|')
    |(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<mark>[,:;=\n])
    |\s+|.""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True, eq=False)
class Level:
    """One open bracket: what stands before it, the arguments or entries so far, and the key that a value belongs to.

    ``last`` is the text and ``word`` the name that the entry at its end holds so far, ``keyed`` whether that has its key.
    """

    bracket: str
    callee: str = ""
    texts: list[str | None] = field(default_factory=list)
    key: str = ""
    last: str | None = None
    word: str | None = None
    keyed: bool = False


@dataclass(slots=True)
class Place:
    """The open brackets, outermost first, and the unfinished text at the cursor (None outside of any).

    ``key`` is the unfinished name at the cursor where a key without quotes may stand (None anywhere else).
    """

    levels: list[Level]
    text: str | None = None
    key: str | None = None

    @property
    def call(self) -> Level | None:
        """The innermost open call of something that has a name."""
        return next((level for level in reversed(self.levels) if level.bracket == "(" and level.callee), None)

    @property
    def path(self) -> tuple[str, ...]:
        """The keys of the objects and lists within that call, outermost first; a list stands as ``[]``."""
        inner = self.levels[self.levels.index(self.call) + 1 :] if self.call is not None else self.levels
        keys = [level.key for level in inner]
        return tuple("[]" if level.bracket == "[" else key for level, key in zip(inner, keys, strict=True))


def place_of(code: str) -> Place:
    """Return the place at the end of ``code``. Nothing is an error: code at a cursor is rarely complete."""
    levels: list[Level] = []
    callee, at = "", 0
    while at < len(code):
        found = TOKEN.match(code, at)
        assert found is not None
        at = found.end()
        if found["quote"]:
            end = end_of_text(code, at, found["quote"])
            if end < 0:
                return Place(levels, code[at:])
            if levels:
                levels[-1].last = code[at : end - len(found["quote"])]
            at = end
        elif found["open"]:
            levels.append(Level(found["open"], callee))
        elif found["close"]:
            del levels[-1:]
        elif found["mark"]:
            mark(levels, found["mark"])
        if not found[0].isspace():
            callee = found["name"] or ""
    return Place(levels)


def mark(levels: list[Level], sign: str) -> None:
    """Take a comma or a colon into account: an entry of the innermost bracket ends, or has its key."""
    if not levels:
        return
    level = levels[-1]
    if sign == ",":
        level.texts.append(level.last)
        level.key, level.last, level.word, level.keyed = "", None, None, False
    elif sign == ":" and level.bracket == "{":
        level.key, level.last, level.keyed = level.last or level.word or "", None, True


def end_of_text(code: str, at: int, quote: str) -> int:
    """Return the index behind the closing quote; -1 if the text is open at the end of the code."""
    while at < len(code):
        if code[at] == "\\":
            at += 2
        elif code.startswith(quote, at):
            return at + len(quote)
        elif code[at] == "\n" and len(quote) == 1:
            return at
        else:
            at += 1
    return -1
