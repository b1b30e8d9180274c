"""Where in a cell stands what an error of its manifest speaks of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.manifest.sources import block_lines, signs_of

if TYPE_CHECKING:
    from scopebox.errors import ManifestError
    from scopebox.languages import Language

MAX_STEPS: Final = 12  # of a place that are followed
_LINE: Final = re.compile(r"line (\d{1,9})(?:, column (\d{1,9}))?")
_STEP: Final = re.compile(r"\[(\d{1,6})\]|([^.\[\]]{1,200})")
_TOKEN: Final = re.compile(r""""(?>(?:[^"\\\n]|\\.)*)"?|'(?>(?:[^'\\\n]|\\.)*)'?|#[^\n]*+|[\w$:+-]++|[=:,\[\]{}]""")
_OPENING: Final = "[{"
_CLOSING: Final = "]}"
_GIVES: Final = ("=", ":")


def locate(error: ManifestError, cell: str, language: Language) -> None:
    """Note in ``error`` in which line of ``cell`` its place is, if the manifest stands there and the place can be found."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    if found := _LINE.fullmatch(error.place):
        error.locate(text, int(found[1]), int(found[2] or 0))
        return
    start, end = block_lines(text, language)
    sign = next((sign for opening, sign in signs_of(language).items() if text.startswith(opening, start)), None)
    if not error.place or start == end or sign is None:
        return
    _, *lines = text[start:end].split("\n")
    at = _position("\n".join(line[len(sign) + 1 :] for line in lines), error.place)
    if at is not None:
        first = text.count("\n", 0, start) + 2
        error.locate(text, first + at, 0)


class _Token(NamedTuple):
    text: str
    line: int


def _position(block: str, place: str) -> int | None:
    """Return in which line of ``block``, counted from 0, ``place`` is: the last of its steps that is found."""
    tokens = _tokens(block)
    low, high, at = 0, len(tokens), None
    for index, name in _STEP.findall(place)[:MAX_STEPS]:
        span = _entry(tokens, low, high, int(index)) if index else _value(tokens, low, high, name)
        if span is None:
            break
        low, high = span
        at = tokens[low - 1 if name and low else low].line if low < len(tokens) else at
    return at


def _tokens(block: str) -> list[_Token]:
    found: list[_Token] = []
    line = at = 0
    for match in _TOKEN.finditer(block):
        line += block.count("\n", at, match.start())
        at = match.start()
        if not match[0].startswith("#"):
            word = match[0].removesuffix(":") if len(match[0]) > 1 and match[0][0] not in "\"'" else match[0]
            found.append(_Token(word.strip("\"'"), line))
            if word != match[0]:
                found.append(_Token(":", line))
    return found


def _value(tokens: list[_Token], low: int, high: int, name: str) -> tuple[int, int] | None:
    """Return where the value of the key ``name`` is; the tables of that name are one value."""
    depth = 0
    for at in range(low, high - 1):
        text = tokens[at].text
        if text == name and depth <= 1 and tokens[at + 1].text in _GIVES:
            return at + 2, high
        if text == name and at > low and tokens[at - 1].text == "[" and tokens[at + 1].text == "]":
            return at - 1, high
        depth += (text in _OPENING) - (text in _CLOSING)
    return None


def _entry(tokens: list[_Token], low: int, high: int, index: int) -> tuple[int, int] | None:
    """Return where the entry ``index`` of the list that begins at ``low`` is."""
    name = tokens[low + 1].text if low + 2 < high and tokens[low + 2].text == "]" else ""
    if low and name and tokens[low - 1].text == "[":
        return _table(tokens, low, high, name, index)
    if low >= high or tokens[low].text != "[":
        return None
    depth, start = 0, low + 1
    for at in range(low + 1, high):
        text = tokens[at].text
        if depth == 0 and text in (",", "]"):
            if not index:
                return start, at
            index, start = index - 1, at + 1
            if text == "]":
                return None
        depth += (text in _OPENING) - (text in _CLOSING)
    return None


def _table(tokens: list[_Token], low: int, high: int, name: str, index: int) -> tuple[int, int] | None:
    """Return where the table ``index`` among those called ``name`` is."""
    heads = [
        at
        for at in range(low, high - 1)
        if (tokens[at].text, tokens[at - 1].text) == ("[", "[") and tokens[at + 1].text == name
    ]
    if index >= len(heads):
        return None
    return heads[index] + 1, heads[index + 1] - 1 if index + 1 < len(heads) else high
