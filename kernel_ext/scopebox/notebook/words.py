"""The words of a line, in quotes as in a shell. A JSON object or list is one word, or the end of one, as it stands.

A shell takes quotes away wherever they are: ``/items?filter={"id":1}`` would arrive as ``/items?filter={id:1}``. Here the quotes
around a word go, JSON keeps its own, and any others are an error that shows the line as it should be.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_JSON_ATTEMPTS: Final = 20  # of brackets on a line that turn out to begin something else
_QUOTES: Final = "\"'"
_BRACKETS: Final = "{["
_DECODER: Final = json.JSONDecoder()
# Read in one: JSON begins behind a = within a word, so that ends it. Of a backslash in quotes, what it escapes alone is left.
_BARE: Final = re.compile(r"[^\s\"'\\=]+=?")
_WITHIN: Final = {'"': re.compile(r'([^"\\]+)|\\(["\\]?)'), "'": re.compile(r"([^']+)")}
_PLAIN_KEY: Final = re.compile(r'([{,]\s{0,9})([A-Za-z_]\w{0,99})"?(?=\s{0,9}:)')
_GIVEN: Final = re.compile(r"([A-Za-z_]\w{0,99})=(?:\"([^\"\\]{0,1000})\"|'([^'\"\\]{0,1000})')(?=\s|$)")


class QuotesError(ValueError):
    """The quotes of a line do not say what its words are. ``mended`` is the line as it should be, if that can be told."""

    def __init__(self, message: str, mended: str = "") -> None:
        super().__init__(message)
        self.mended = mended


@dataclass(slots=True)
class _Word:
    """A word that is being read: its pieces, and whether some of them had quotes, or none, around them."""

    start: int
    opened: int  # where on the line a bracket began something else than JSON, the line's length if none did
    pieces: list[str] = field(default_factory=list)
    quoted: bool = False
    bare: bool = False

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def takes_json(self, line: str, at: int) -> bool:
        """Whether JSON can begin here: at the beginning, or as a value."""
        return line[at] in _BRACKETS and not self.quoted and (at == self.start or line[at - 1] == "=")

    def takes_quotes(self, line: str, at: int) -> bool:
        """Whether quotes here are around all of it, or around all that an option takes."""
        return not self.bare or (line[self.start] == "-" and (line[at - 1] == "=" or at == self.start + 2))


def words(line: str) -> list[str]:
    """Return the words of a line; QuotesError if quotes do not match, or if some of them would be lost."""
    return list(_words(line))


def _words(line: str) -> Iterator[str]:
    at, opened, attempts = 0, len(line), MAX_JSON_ATTEMPTS
    word: _Word | None = None
    while at < len(line):
        if line[at].isspace():
            if word is not None:
                yield word.text
            word, at = None, at + 1
            continue
        word = word or _Word(at, opened)
        end = at
        if attempts and word.takes_json(line, at):
            end = _json_end(line, at)
            attempts -= end == at
            if end == at == word.start:
                opened = word.opened = min(opened, at)
        if end > at:
            word.pieces.append(line[at:end])
            word.bare = True
            at = end
        else:
            at = _read_piece(word, line, at)
    if word is not None:
        yield word.text


def _read_piece(word: _Word, line: str, at: int) -> int:
    """Add what stands in quotes at a place, or what is written without any; return the place behind it."""
    if line[at] in _QUOTES:
        if not word.takes_quotes(line, at):
            raise _lost(line, word, at)
        piece, at = _quoted(line, at)
        word.quoted, word.bare = True, False
    else:
        if word.quoted:
            raise _lost(line, word, at)
        at += line[at] == "\\" and at + 1 < len(line)
        found = _BARE.match(line, at)
        piece = found[0] if found else line[at]
        at += len(piece)
        word.bare = True
    word.pieces.append(piece)
    return at


def _json_end(line: str, at: int) -> int:
    """Return where the JSON ends that begins at a place, the place itself if none does."""
    try:
        return _DECODER.raw_decode(line, at)[1]
    except (ValueError, RecursionError):
        return at


def _quoted(line: str, at: int) -> tuple[str, int]:
    """Return what stands in the quotes that open at a place, and where they end."""
    quote, pieces, at = line[at], [], at + 1
    while found := _WITHIN[quote].match(line, at):
        pieces.append(found[found.lastindex or 0] or "\\")
        at = found.end()
    if at == len(line):
        raise QuotesError("the quotes do not match (No closing quotation)")
    return "".join(pieces), at + 1


def _lost(line: str, word: _Word, at: int) -> QuotesError:
    """Return what is wrong with a word that has quotes within, at or before ``at``."""
    if word.opened < len(line):
        double = _PLAIN_KEY.sub(r'\1"\2"', line[word.opened :].replace("'", '"'))
        end = _json_end(double, 0)
        return QuotesError(
            'JSON has double quotes around names and text, as in {"name": "text"}',
            f"{line[: word.opened]}{double[:end]}{line[word.opened + end :]}" if end else "",
        )
    given = _GIVEN.match(line, word.start)
    is_of_option = line[: word.start].rstrip().rpartition(" ")[2].startswith("-")
    if given is not None and not is_of_option:
        mended = f'{{"{given[1]}": "{given[2] or given[3] or ""}"}}'
        return QuotesError("data is JSON", line[: word.start] + mended + line[given.end() :])
    closing = line.find(line[at], at + 1) if line[at] in _QUOTES else -1
    end = max(at, closing)
    while end < len(line) and not line[end].isspace():
        end += 1
    whole = line[word.start : end]
    inner = whole[1:-1] if whole[0] in _QUOTES and whole[-1] == whole[0] else whole
    return QuotesError(
        "quotes within a word would be lost, put all of it in quotes",
        line[: word.start] + _in_quotes(inner) + line[end:],
    )


def _in_quotes(word: str) -> str:
    return shlex.quote(word) if '"' in word or "\\" in word else f'"{word}"'
