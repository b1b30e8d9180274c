"""A page of help, as plain text and as markdown. Whatever stands in it may be foreign: it is shortened, made visible, and never markup."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.languages import Language

HEAD: Final = 2_000  # characters of what is explained
SENTENCE: Final = 1_000
CODE: Final = 8_000  # characters of code
CELL: Final = 200  # characters of a cell of a table
MAX_ROWS: Final = 100
MAX_COLUMNS: Final = 6
_EXAMPLE: Final = "For example:"
# What could be the beginning of markup, of a link or of a formula, each of which an entity stands for.
_SIGNS: Final = re.compile(r"[!#$&*+\-.:<>@\[\\\]^_`{|}~]")
_PLAIN_CODE: Final = re.compile(r"[\w .:/=,*(){}\[\]'\"…-]{1,400}")
_TICKS: Final = re.compile("`+")


@dataclass(frozen=True, slots=True)
class Code:
    """Something that keeps its lines."""

    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """A table, whose first column holds names."""

    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Page:
    """What is explained, as code; then sentences, tables and code; then an example. ``language`` is that of the code."""

    head: str
    parts: tuple[str | Rows | Code, ...] = ()
    example: str = ""
    language: Language | None = None

    def plain(self) -> str:
        """Return the page as text."""
        pieces = [clean(self.head, HEAD, lines=True), *(_plain(part) for part in self.parts)]
        if self.example:
            pieces += [_EXAMPLE, clean(self.example, CODE, lines=True)]
        return "\n\n".join(filter(None, pieces))

    def markdown(self) -> str:
        """Return the page as markdown."""
        name = "" if self.language is None else self.language.title.lower()
        pieces = [_fenced(self.head, HEAD, name), *(_markdown(part) for part in self.parts)]
        if self.example:
            pieces += [_EXAMPLE, _fenced(self.example, CODE, name)]
        return "\n\n".join(filter(None, pieces))


def _plain(part: str | Rows | Code) -> str:
    match part:
        case Code():
            return clean(part.text, CODE, lines=True)
        case Rows():
            rows = _cells(part)
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
            return "\n".join([*(line.rstrip() for line in lines), *_left_out(part)])
        case _:
            return clean(part, SENTENCE)


def _markdown(part: str | Rows | Code) -> str:
    match part:
        case Code():
            return _fenced(part.text, CODE)
        case Rows():
            heads, *rows = _cells(part)
            lines = [_row(map(_escaped, heads)), _row("---" for _ in heads)]
            lines += [_row([_named(first), *map(_escaped, rest)]) for first, *rest in rows]
            return "\n".join([*lines, *(f"\n{line}" for line in _left_out(part))])
        case _:
            return _escaped(clean(part, SENTENCE))


def _cells(part: Rows) -> list[tuple[str, ...]]:
    width = min(len(part.heads), MAX_COLUMNS)
    return [tuple(clean(cell, CELL) for cell in row[:width]) for row in (part.heads, *part.rows[:MAX_ROWS])]


def _left_out(part: Rows) -> list[str]:
    more = len(part.rows) - MAX_ROWS
    return [f"and {more:,} more"] if more > 0 else []


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _named(text: str) -> str:
    return f"`{text}`" if _PLAIN_CODE.fullmatch(text) and text.strip() == text else _escaped(text)


def _escaped(text: str) -> str:
    """Return a line of text in which nothing is markdown: in a text, an entity is a character and nothing else."""
    return _SIGNS.sub(lambda found: f"&#{ord(found[0])};", text)


def _fenced(text: str, limit: int, name: str = "") -> str:
    shown = clean(text, limit, lines=True)
    if not shown:
        return ""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(shown)), default=0))
    return f"{fence}{name}\n{shown}\n{fence}"
