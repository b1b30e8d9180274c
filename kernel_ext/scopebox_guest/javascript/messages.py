"""Messages of the engine in the words of V8, which is what a Directus runs and what authors know."""

from __future__ import annotations

import re
from typing import Final

MOST_CHARACTERS: Final = 300  # of a message or a line that is looked at
PATTERNS: Final = (
    (re.compile(r"cannot read property '(.*)' of (undefined|null)"), r"Cannot read properties of \2 (reading '\1')"),
    (re.compile(r"cannot set property '(.*)' of (undefined|null)"), r"Cannot set properties of \2 (setting '\1')"),
    (re.compile(r"'(.*)' is read-only"), r"Assignment to constant variable."),
    (re.compile(r"(?:variable )?'?([\w$]+)'? is not initialized"), r"Cannot access '\1' before initialization"),
    (re.compile(r"'(.*)' is not defined"), r"\1 is not defined"),
    (
        re.compile(r"invalid redefinition of (?:lexical|global) identifier|redeclaration of '?([\w$]+)'?"),
        r"Identifier '\1' has already been declared",
    ),
    (re.compile(r"circular reference"), r"Converting circular structure to JSON"),
)
CALLEE: Final = re.compile(r"((?:[\w$]+(?:\?\.|\.))*[\w$]+)(?:\?\.)?\s*\(")


def in_words_of_v8(message: str, line: str, column: int) -> str:
    """Return what V8 would say; ``line`` is the text of the source line, ``column`` where the engine was, about."""
    if len(message) > MOST_CHARACTERS:
        return message
    if message in ("not a function", "not a constructor"):
        callee = _callee(line[: MOST_CHARACTERS * 4], column)
        return f"{callee} is {message}" if callee else message
    for pattern, words in PATTERNS:
        found = pattern.fullmatch(message)
        if found:
            return found.expand(words)
    return message


def _callee(line: str, column: int) -> str:
    """Return what is called about where the engine was: the call that ends nearest."""
    best, distance = "", len(line) + 1
    for found in CALLEE.finditer(line):
        away = min(abs(found.end() - column), abs(found.start() + 1 - column))
        if away < distance:
            best, distance = found[1], away
    return best
