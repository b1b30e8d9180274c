"""A JavaScript or TypeScript text as tokens, roughly: what stands outside of strings, templates, comments and regular expressions.

For hints about texts that do not compile: nothing is refused, whatever the text is, and the time it takes is linear.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE_END: Final = re.compile("\r\n|[\n\r\u2028\u2029]")
CLOSERS: Final = {"(": ")", "[": "]", "{": "}", "${": "}"}

_TOKEN: Final = re.compile(
    r"""
      (?P<space> \s+ | //[^\n\r\u2028\u2029]* | /\*(?>(?:[^*]|\*(?!/))*)\*/ | \A\#![^\n]* )
    | (?P<hash> \#(?=[ \t\n\r\u2028\u2029]|\Z)[^\n\r\u2028\u2029]* )
    | (?P<open_comment> /\* [\s\S]* )
    | (?P<string> "(?>(?:[^"\\\n\r]|\\[\s\S])*)" | '(?>(?:[^'\\\n\r]|\\[\s\S])*)' )
    | (?P<open_string> ["'][^\n\r]* )
    | (?P<number> \.?\d[\w.]* )
    | (?P<word> [#@]?[\w$]+ )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | (?P<template> ` )
    | (?P<sign> => | \?\. | \.\.\. | \+\+ | -- | [\s\S] )
    """,
    re.VERBOSE,
)
_TEMPLATE: Final = re.compile(r"(?>(?:[^`\\$]|\\[\s\S]|\$(?!\{))*)(`|\$\{)?")
_REGEX: Final = re.compile(r"/(?>(?:[^/\\\[\n\r]|\\[^\n\r]|\[(?>(?:[^\]\\\n\r]|\\[^\n\r])*)\])+)/\w*")
_VALUES: Final = frozenset({"word", "number", "string", "template", "regex", "close"})
# After these words comes a value, and a slash begins a regular expression.
OPERATORS: Final = frozenset(
    [
        "await",
        "case",
        "delete",
        "do",
        "else",
        "extends",
        "in",
        "instanceof",
        "new",
        "of",
        "return",
        "throw",
        "typeof",
        "void",
        "yield",
        "as",
        "is",
        "keyof",
        "satisfies",
    ]
)


class Token(NamedTuple):
    """``kind`` is that of the pattern, or ``regex``; what begins with ``open_`` has no end, ``hash`` is a comment of Python."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where the next character stands."""
        return self.start + len(self.text)

    @property
    def is_value(self) -> bool:
        """Tell if a value may end with this token."""
        return self.kind in _VALUES and self.text not in OPERATORS


class Lines:
    """The lines of a text, from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(found.end() for found in LINE_END.finditer(text))]

    def of(self, offset: int) -> int:
        """The line of a character."""
        return bisect_right(self._starts, offset)

    def offset(self, line: int, column: int) -> int:
        """Where the character at a line and column stands, counted from 1."""
        return self._starts[min(max(line, 1), len(self._starts)) - 1] + max(column - 1, 0)


def tokens(text: str) -> Iterator[Token]:
    """The tokens of ``text`` without comments and spaces. A template comes as parts around ``${`` and ``}``."""
    position = barren = 0  # before the second no regular expression begins: one that had no end was looked for already
    last: Token | None = None
    opened: list[str] = []
    while position < len(text):
        token = _token(text, position)
        if token.text == "/" and position >= barren and not (last is not None and last.is_value):
            token = _regex(text, position)
            if token.kind != "regex":
                ending = LINE_END.search(text, position)
                barren = len(text) if ending is None else ending.end()
        position = token.end
        if token.kind == "space":
            continue
        yield token
        if token.kind == "hash":
            continue
        if token.kind == "open":
            opened.append(token.text)
        elif token.kind == "close" and opened and opened.pop() == "${" and token.text == "}":
            token = _template(text, position, position)
            yield token
        if token.kind == "template" and token.text.endswith("${"):
            token = Token("open", "${", token.end - 2)
            opened.append("${")
            yield token
        last, position = token, token.end


def _token(text: str, position: int) -> Token:
    found = _TOKEN.match(text, position)
    assert found is not None  # its last branch takes any character
    if found.lastgroup == "template":
        return _template(text, position, position + 1)
    return Token(found.lastgroup or "", found[0], position)


def _regex(text: str, position: int) -> Token:
    found = _REGEX.match(text, position)
    return Token("sign", "/", position) if found is None else Token("regex", found[0], position)


def _template(text: str, start: int, inside: int) -> Token:
    """The part of a template from ``start``, up to its end or ``${``."""
    found = _TEMPLATE.match(text, inside)
    assert found is not None  # it matches nothing as well
    return Token("template" if found[1] else "open_template", text[start : found.end()], start)
