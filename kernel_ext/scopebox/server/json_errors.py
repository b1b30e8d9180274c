"""What the engine of a Directus (V8, in Node 22) says about text that is no JSON.

The text is followed token by token up to the mistake, by expressions that read each character once.
"""

from __future__ import annotations

import re
from typing import Final

MAX_FOLLOWED: Final = 2**16  # characters; of mistakes behind them no more is said than that there is one
NOT_JSON: Final = "The body is not valid JSON"
_CUT: Final = 64  # characters before the end of a text that was cut: what seems wrong there may be right
_CONTEXT_CHARACTERS: Final = 10
_SPECIAL: Final = frozenset({"[object Object]", "Infinity", "undefined", "NaN"})  # texts that are no JSON on purpose
_BLANK: Final = re.compile(r"[ \t\n\r]*+")
_TOKEN: Final = re.compile(r'"|[-0-9]|true|false|null|[{}\[\]:,]')
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*+(?>(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*)')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*+)(?>(?:\.[0-9]++)?)(?>(?:[eE][+-]?[0-9]++)?)")
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_AFTER: Final = "Unexpected non-whitespace character after JSON"
_WORDS: Final = ("true", "false", "null")
_NAMED: Final = {'"': "Unexpected string", "-": "Unexpected number", **dict.fromkeys("0123456789", "Unexpected number")}


class _MistakeError(Exception):
    """Where the text stops being JSON, and what would have been right; "" where only what stands there is told."""

    def __init__(self, at: int, said: str = "") -> None:
        super().__init__(said)
        self.at = at
        self.said = said


def body_error(text: str) -> str:
    """Return what is said about the body of a request, which has to be an object or a list of JSON and is none."""
    units = _units(text)
    start = _blank(units, 0)
    if units[start : start + 1] in ("", "{", "["):
        return syntax_error(text)
    return _whole(_unexpected(units, start))


def syntax_error(text: str) -> str:
    """Return what ``JSON.parse(text)`` says, for ``text`` that is no JSON."""
    units = _units(text)
    try:
        _follow(units)
    except _MistakeError as mistake:
        if len(text) <= MAX_FOLLOWED or mistake.at < MAX_FOLLOWED - _CUT:
            return _whole(_told(units, mistake.at, mistake.said))
    return NOT_JSON


def _units(text: str) -> str:
    return _ASTRAL.sub(_pair, text[:MAX_FOLLOWED])


def _whole(units: str) -> str:
    """Return a text of units with its characters put together again; halves that were cut off are replaced."""
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _pair(match: re.Match[str]) -> str:
    """Return the two units that a JavaScript engine has for a character beyond the first 65,536: places count them."""
    point = ord(match[0]) - 0x10000
    return chr(0xD800 + (point >> 10)) + chr(0xDC00 + (point & 0x3FF))


def _told(text: str, at: int, said: str) -> str:
    sign = text[at : at + 1]
    if not said and not sign:
        return "Unexpected end of JSON input"
    said = said or _NAMED.get(sign, "")
    if said:
        line = 1 + text.count("\n", 0, at) + text.count("\r", 0, at) - text.count("\r\n", 0, at)
        column = at - max(text.rfind("\n", 0, at), text.rfind("\r", 0, at))
        place = "at" if said == _AFTER else "in JSON at"
        return f"{said} {place} position {at} (line {line} column {column})"
    return f'"{text}" is not valid JSON' if text in _SPECIAL else _unexpected(text, at)


def _unexpected(text: str, at: int) -> str:
    """Return what is said about the character at ``at``, which no JSON has there."""
    shown = f'"{text}"'
    if len(text) > 2 * _CONTEXT_CHARACTERS:
        start = max(0, at - _CONTEXT_CHARACTERS)
        stop = at + _CONTEXT_CHARACTERS
        after = "" if at >= _CONTEXT_CHARACTERS and stop >= len(text) else "..."
        shown = f'{"..." if at >= _CONTEXT_CHARACTERS else ""}"{text[start:stop]}"{after}'
    return f"Unexpected token '{text[at]}', {shown} is not valid JSON"


def _follow(text: str) -> None:
    """Raise the first mistake of ``text``; nothing where there is none."""
    ends: list[str] = []  # of the objects and lists that are open
    at = _value(text, _blank(text, 0), ends)
    while True:
        at = _blank(text, at)
        sign = text[at : at + 1]
        if not ends:
            if sign:
                raise _MistakeError(at, _AFTER)
            return
        if sign == ends[-1]:
            ends.pop()
            at += 1
        elif sign == ",":
            at = _blank(text, at + 1)
            at = _named(text, at, ends) if ends[-1] == "}" else _value(text, at, ends)
        else:
            what = "'}' after property value" if ends[-1] == "}" else "']' after array element"
            raise _MistakeError(at, f"Expected ',' or {what}")


def _value(text: str, at: int, ends: list[str]) -> int:
    """Return where the value that begins at ``at`` ends; for objects and lists, where the first one inside does."""
    while True:
        sign = text[at : at + 1]
        if sign == '"':
            return _string(text, at)
        if sign and sign in "-0123456789":
            return _number(text, at)
        if sign == "{":
            at = _blank(text, at + 1)
            if text.startswith("}", at):
                return at + 1
            ends.append("}")
            if not text.startswith('"', at):
                raise _MistakeError(at, "Expected property name or '}'")
            at = _colon(text, _string(text, at))
        elif sign == "[":
            at = _blank(text, at + 1)
            if text.startswith("]", at):
                return at + 1
            ends.append("]")
        else:
            return _word(text, at)


def _named(text: str, at: int, ends: list[str]) -> int:
    if not text.startswith('"', at):
        raise _MistakeError(at, "Expected double-quoted property name")
    return _value(text, _colon(text, _string(text, at)), ends)


def _colon(text: str, at: int) -> int:
    at = _blank(text, at)
    if not text.startswith(":", at):
        raise _MistakeError(at, "Expected ':' after property name")
    return _blank(text, at + 1)


def _word(text: str, at: int) -> int:
    for word in _WORDS:
        if text.startswith(word[:1], at):
            for ahead, sign in enumerate(word):
                if not text.startswith(sign, at + ahead):
                    raise _MistakeError(at + ahead)
            return at + len(word)
    raise _MistakeError(at)


def _string(text: str, at: int) -> int:
    end = _end(_PLAIN.match(text, at + 1), at + 1)
    sign = text[end : end + 1]
    if sign == '"':
        return end + 1
    if not sign:
        raise _MistakeError(end, "Unterminated string")
    if sign != "\\":
        raise _MistakeError(end, "Bad control character in string literal")
    escape = text[end + 1 : end + 2]
    if escape != "u":
        raise _MistakeError(end + 1, "Bad escaped character" if "" < escape <= "\xff" else "")
    digits = next((n for n in range(4) if text[end + 2 + n : end + 3 + n] not in _HEX), 4)
    raise _MistakeError(end + 2 + digits, "Bad Unicode escape")


def _number(text: str, at: int) -> int:
    end = _end(_NUMBER.match(text, at), at)
    if end == at:
        raise _MistakeError(at + 1, "No number after minus sign")
    number, sign = text[at:end], text[end : end + 1]
    if number in ("0", "-0") and "0" <= sign <= "9":
        raise _MistakeError(end)
    if sign == "." and "." not in number and "e" not in number.lower():
        raise _MistakeError(end + 1, "Unterminated fractional number")
    if sign and sign in "eE" and "e" not in number.lower():
        raise _MistakeError(
            end + (2 if text[end + 1 : end + 2] in ("+", "-") else 1), "Exponent part is missing a number"
        )
    return end


def _blank(text: str, at: int) -> int:
    return _end(_BLANK.match(text, at), at)


def _end(match: re.Match[str] | None, at: int) -> int:
    return match.end() if match else at


_HEX: Final = frozenset("0123456789abcdefABCDEF")
