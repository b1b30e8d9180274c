"""Messages of the engine in the words of V8, which is what a Directus runs and what authors know."""

from __future__ import annotations

import re
from typing import Final

MOST_CHARACTERS: Final = 300  # of a message that is looked at
WINDOW: Final = 200  # characters of a line on each side of the place: minified code is one line
NAMELESS: Final = ("not a function", "not a constructor")
KINDS: Final = {"InternalError": "RangeError"}  # what V8 has no error of that name for
WORDS: Final = {
    "BigInt are forbidden in JSON.stringify": "Do not know how to serialize a BigInt",
    "Date value is NaN": "Invalid time value",
    "cannot convert BigInt to number": "Cannot mix BigInt and other types, use explicit conversions",
    "cannot convert symbol to string": "Cannot convert a Symbol value to a string",
    "circular reference": "Converting circular structure to JSON",
    "empty array": "Reduce of empty array with no initial value",
    "expecting hex digit": "URI malformed",
    "invalid 'instanceof' right operand": "Right-hand side of 'instanceof' is not callable",
    "invalid array buffer length": "Array buffer allocation failed",
    "invalid array length": "Invalid array length",
    "invalid repeat count": "Invalid count value",
    "missing initializer for variable": "Missing initializer in declaration",
    "object is not extensible": "Cannot add property, object is not extensible",
    "return not in a function": "Illegal return statement",
    "string too long": "Invalid string length",
    "unexpected end of regexp": "Invalid regular expression: missing /",
    "unexpected end of string": "Invalid or unexpected token",
    "unexpected token in expression: ''": "Unexpected end of input",
}
PATTERNS: Final = (
    (re.compile(r"cannot read property '(.*)' of (undefined|null)"), r"Cannot read properties of \2 (reading '\1')"),
    (re.compile(r"cannot set property '(.*)' of (undefined|null)"), r"Cannot set properties of \2 (setting '\1')"),
    (re.compile(r"(?:variable )?'?([\w$]+)'? is not initialized"), r"Cannot access '\1' before initialization"),
    (re.compile(r"'(.*)' is not defined"), r"\1 is not defined"),
    (re.compile(r"redeclaration of '?([\w$]+)'?"), r"Identifier '\1' has already been declared"),
    (re.compile(r"unexpected token in expression: '(.+)'"), r"Unexpected token '\1'"),
    (re.compile(r"unexpected token: '(.+)'"), r'"\1" is not valid JSON'),
)
READ_ONLY: Final = re.compile(r"'([\w$]+)' is read-only")
REDEFINED: Final = re.compile(r"invalid redefinition of \w+ identifier")
CALLEE: Final = re.compile(r"((?:[\w$]+\??\.)*[\w$]+)(?:\?\.)?\s*\(")
NAME: Final = re.compile(r"[\w$]+")
KEYWORDS: Final = frozenset({"await", "catch", "for", "function", "if", "new", "return", "switch", "typeof", "while"})


def in_words_of_v8(message: str, line: str = "", column: int = 0, native: str = "") -> str:
    """Return what V8 would say.

    ``line`` is the text of the source line and ``column`` where in it the engine was, about; ``native`` is the built-in function that
    it was in, if it was in one.
    """
    if len(message) > MOST_CHARACTERS:
        return message
    if message in WORDS:
        return WORDS[message]
    for pattern, words in PATTERNS:
        if (found := pattern.fullmatch(message)) is not None:
            return found.expand(words)
    start = max(column - WINDOW, 0)
    return _named(message, line[start : column + WINDOW], column - start, native)


def _named(message: str, near: str, column: int, native: str) -> str:
    """Return a message that lacks a name with the one that the source has ``near`` the place."""
    if message in NAMELESS:
        callee = f"the argument of {native}()" if native else _callee(near, column)
        return f"{callee} is {message}" if callee else message
    if (found := READ_ONLY.fullmatch(message)) is not None:
        return _read_only(found[1], near)
    if REDEFINED.fullmatch(message):
        names = NAME.findall(near[: max(column - 1, 0)])
        return f"Identifier '{names[-1]}' has already been declared" if names else message
    return message


def _read_only(name: str, near: str) -> str:
    """Return what is said of a variable, or of a property: only the source tells which it was."""
    if f".{name}" in near or f"['{name}']" in near:
        return f"Cannot assign to read only property '{name}' of object"
    return "Assignment to constant variable."


def _callee(near: str, column: int) -> str:
    """Return what is called about where the engine was: the call that begins or ends nearest."""
    best, distance = "", len(near) + 1
    for found in CALLEE.finditer(near):
        away = min(abs(found.end() - column), abs(found.start() + 1 - column))
        if away < distance and found[1] not in KEYWORDS:
            best, distance = found[1], away
    return best
