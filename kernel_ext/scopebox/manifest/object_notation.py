"""JSON, and the objects of JavaScript as both documents print them.

A key needs no quotes, a text stands in either quotes, a comma may follow the last entry, the outermost braces may be left out, and
several entries may follow each other. What was cut out of a larger text, and so begins with a key, may lack the braces that close it. Everything else is an
error that names its line and what would be right: a manifest is read as a whole, and nothing in it is guessed.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from scopebox.errors import ManifestError
from scopebox.manifest.bounds import check_shape
from scopebox.text.messages import quote

# A text is taken whole, with what it escapes: so the limits are checked on the same texts that are read.
_TEXT: Final = re.compile(r""""(?>(?:[^"\\\n]|\\.)*)("?)|'(?>(?:[^'\\\n]|\\.)*)('?)""", re.DOTALL)
_TOKEN: Final = re.compile(rf"{_TEXT.pattern}|[\w$+-]++|[.=,:\n\[\]{{}}]", re.DOTALL)
_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_WORD: Final = re.compile(r"[\w$-]++")
_NAME: Final = re.compile(r"[^\W\d]\w*")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.$+-])", re.ASCII)
_COMMENTS: Final = ("//", "/*", "#")

# Whether a text is written in this notation: it begins, after comments, with a brace, with a list that is no table of TOML, or
# with a key and a colon; a quote begins it as well, unless the key is one of TOML.
_BEGINNING: Final = re.compile(
    r"""\s*+(?>(?:(?:\#|//)[^\n]*+\n\s*+)*)
    (?:\{
    |\[(?!\[?[ \t]*+(?:[A-Za-z_]|"[^"\n]*+"[ \t]*+[\].]))
    |(?:"[^"\n]*+"?+|'[^'\n]*+'?+)[ \t]*+(?![.=])
    |[\w$-]{2,}+[ \t]*+:)""",
    re.VERBOSE,
)

_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_MEANT: Final = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_TYPES: Final = {
    "boolean": "Write true or false, or leave the key out.",
    "string": 'Write a text in quotes, such as "editor".',
    "string[]": 'Write a list of texts, such as ["https://api.example.com/*"].',
}


class Notation(NamedTuple):
    """What was read, and how many closing braces were missing at the end of what was cut out of a larger text."""

    value: object
    missing: int


def is_notation(text: str) -> bool:
    """Whether ``text`` is written in this notation, and not in TOML."""
    return _BEGINNING.match(text) is not None


def parse(text: str, *, first_line: int = 1, margin: int = 0) -> Notation:
    """Parse ``text``, whose first line is the line ``first_line`` of what the user sees, each ``margin`` characters further right.

    ManifestError names line and column. A text without outermost braces is an object, several objects are a list.
    """
    check_shape(text, first_line, _TOKEN)
    return _Reader(text, first_line, margin).read()


class _Reader:
    """Reads one text from its beginning to its end. It calls itself for what is nested, whose depth was checked before."""

    def __init__(self, text: str, first_line: int, margin: int) -> None:
        self._text = text
        self._first_line = first_line
        self._margin = margin
        self._at = 0  # the character that is looked at
        self._end = 0  # where the last value, or sign, ended
        self._cut = False  # whether the outermost braces were left out
        self._lists = 0  # that are open
        self._missing = 0

    def read(self) -> Notation:
        sign = self._sign()
        if sign not in ("{", "["):
            self._cut = True
            return Notation(self._members(None), self._missing)
        value = self._value()
        if sign == "{" and len(values := self._more(value)) > 1:
            value = values
        if sign := self._sign():
            raise self._error(f"{quote(sign)} stands behind its end", self._at, "Remove what follows.")
        return Notation(value, 0)

    def _more(self, first: object) -> list[object]:
        """Return the objects that follow each other, with a comma between them or none: the entries of a list."""
        values = [first]
        while (sign := self._sign()) in (",", "{"):
            if sign == "{":
                values.append(self._value())
                continue
            self._pass(self._at + 1)
            if self._sign() not in ("{", ""):
                raise self._unexpected("another entry")
        return values

    def _value(self) -> object:
        sign = self._sign()
        if sign == "{":
            opening = self._at
            self._pass(self._at + 1)
            return self._members(opening)
        if sign == "[":
            return self._list()
        return self._text_here() if sign and sign in "\"'" else self._plain()

    def _members(self, opening: int | None) -> dict[str, object]:
        """Return the object whose brace stands at ``opening``; None for one without its braces, which the end of the text closes."""
        members: dict[str, object] = {}
        while not self._closed(opening):
            start = self._at
            key = self._key()
            if key in members:
                raise self._error(f"the key {quote(key)} is there twice in one object", start, "Remove one of them.")
            self._colon(key)
            members[key] = self._value()
            if self._sign() == ",":
                self._pass(self._at + 1)
            elif self._sign() not in ("", "}"):
                raise self._no_comma("}")
        return members

    def _closed(self, opening: int | None) -> bool:
        """Whether the object ends here; its brace is passed."""
        sign = self._sign()
        if sign == "}":
            if opening is None:
                raise self._error("this } closes nothing", self._at, "Remove it.")
            self._pass(self._at + 1)
            return True
        if sign:
            return False
        if opening is not None:
            if not self._cut or self._lists:
                raise self._error("the text ends before this { is closed", opening, "Add } at the end.")
            self._missing += 1
        return True

    def _list(self) -> list[object]:
        opening = self._at
        self._pass(self._at + 1)
        self._lists += 1
        values: list[object] = []
        while self._sign() != "]":
            if not self._sign():
                raise self._error("the text ends before this [ is closed", opening, "Add ] at the end.")
            values.append(self._value())
            if self._sign() == ",":
                self._pass(self._at + 1)
            elif self._sign() not in ("", "]"):
                raise self._no_comma("]")
        self._pass(self._at + 1)
        self._lists -= 1
        return values

    def _key(self) -> str:
        if self._sign() in ('"', "'"):
            return self._text_here()
        word = _WORD.match(self._text, self._at)
        if word is None:
            raise self._unexpected("a key")
        if not _NAME.fullmatch(word[0]) and "$" not in word[0]:
            raise self._error(f"the key {word[0][:40]} needs quotes", self._at, f"Write {quote(word[0])}.")
        self._pass(word.end())
        return word[0]

    def _colon(self, key: str) -> None:
        sign = self._sign()
        if sign == ":":
            self._pass(self._at + 1)
            return
        advice = f"Write {quote(key)}: and its value."
        if sign == "=":
            advice = (
                f"Write {quote(key)}: and its value. TOML, which has =, begins with a key without quotes or braces."
            )
        raise self._error(f"the key {quote(key)} has no colon", self._end, advice)

    def _no_comma(self, closing: str) -> ManifestError:
        if self._sign() in ("}", "]", "=", ":"):
            return self._unexpected(f"a comma or {closing}")
        return self._error("a comma is missing", self._end, "Add it behind this entry.")

    def _text_here(self) -> str:
        found = _TEXT.match(self._text, self._at)
        assert found is not None
        start = self._at
        self._pass(found.end())
        if not found[1] and not found[2]:
            raise self._error("a text is not closed in its line", start, f"Add {found[0][0]} where it ends.")
        try:
            value = json.loads(f'"{_as_json(found[0][1:-1])}"')
        except json.JSONDecodeError as error:
            raise self._error(
                f"{quote(found[0])} is not a valid text",
                start + error.pos,
                r"Write a backslash as \\ and a tab as \t.",
            ) from None
        assert isinstance(value, str)
        return value

    def _plain(self) -> object:
        """Return a number, true, false or null."""
        if number := _NUMBER.match(self._text, self._at):
            self._pass(number.end())
            value: object = json.loads(number[0])
            return value
        word = _WORD.match(self._text, self._at)
        if word is None:
            raise self._unexpected("a value")
        name = word[0]
        if name in _CONSTANTS:
            self._pass(word.end())
            return _CONSTANTS[name]
        kind = f"{name}[]" if self._text.startswith("[]", word.end()) else name
        if kind in _TYPES:
            raise self._error(f"{kind} says what belongs here, and is no value", self._at, _TYPES[kind])
        if name in _MEANT:
            raise self._error(f"{name} is not JSON", self._at, f"Write {_MEANT[name]}.")
        raise self._error(f"{name[:40]} is not JSON", self._at, f"A text stands in quotes: {quote(name)}.")

    def _sign(self) -> str:
        """Pass spaces, and return the character that follows; empty at the end."""
        found = _SPACE.match(self._text, self._at)
        assert found is not None
        self._at = found.end()
        if self._text.startswith(_COMMENTS, self._at):
            raise self._error("a comment stands here", self._at, "Remove it: JSON has none. TOML does, behind #.")
        return self._text[self._at : self._at + 1]

    def _pass(self, end: int) -> None:
        self._at = self._end = end

    def _unexpected(self, wanted: str) -> ManifestError:
        sign = self._sign()
        if not sign:
            return self._error(f"it ends where {wanted} has to stand", self._end, "Write the rest of it.")
        advice = "Write it in plain quotes." if sign == "`" else "Remove it, or write what is meant."
        return self._error(f"{wanted} has to stand here, not {quote(sign)}", self._at, advice)

    def _error(self, what: str, at: int, hint: str) -> ManifestError:
        line = self._first_line + self._text.count("\n", 0, at)
        column = at - self._text.rfind("\n", 0, at) + self._margin
        return ManifestError(f"the JSON does not parse: {what}", place=f"line {line}, column {column}", hint=hint)


def _as_json(text: str) -> str:
    """Return the inside of a text in quotes of either kind as JSON has it in double ones; every other escape stays."""
    return "\\\\".join(part.replace("\\'", "'").replace('\\"', '"').replace('"', '\\"') for part in text.split("\\\\"))
