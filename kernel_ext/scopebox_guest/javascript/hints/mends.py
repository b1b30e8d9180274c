"""How to mend a text whose brackets, texts or commas are not complete: what is missing, where, and what to add."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from scopebox_guest.javascript.source.tokens import CLOSERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox_guest.javascript.source.structure import Bracket, MissingComma, Structure
    from scopebox_guest.javascript.source.tokens import Token

MAX_SHOWN: Final = 40  # characters of a token, and brackets: a text may leave any number of them open
_ENDS: Final = {
    "open_string": "The text in quotes in line {line} has no end: add {sign}.",
    "open_template": "The text in backticks that begins in line {line} has no end: add `.",
    "open_comment": "The comment that begins in line {line} has no end: add */.",
}


def mend(structure: Structure, line: int, column: int) -> str:
    """Say what to add, or to take away, so that the text gets further; empty if nothing is known to be missing.

    ``line`` and ``column`` are where the engine stopped, 0 when unknown.
    """
    stopped = structure.lines.offset(line, column) if line else None
    comma = _comma_at(structure, line)
    if structure.unended is not None and (stopped is None or structure.unended.end >= stopped):
        return _unended(structure, structure.unended)
    if comma is not None:
        return _comma(structure, comma)
    if structure.wrong is not None:
        return _wrong(structure, *structure.wrong)
    return _unclosed(structure, structure.unclosed, stopped) if structure.unclosed else ""


def _comma_at(structure: Structure, line: int) -> MissingComma | None:
    """The comma that is missing where the engine stopped, in a bracket that is closed: else that is the mistake."""
    unclosed = {bracket.token.start for bracket in structure.unclosed}
    found = (comma for comma in structure.commas if line in {0, structure.lines.of(comma.after.start)})
    return next((comma for comma in found if comma.bracket.token.start not in unclosed), None)


def _comma(structure: Structure, comma: MissingComma) -> str:
    line = structure.lines.of(comma.before.end)
    if line < structure.lines.of(comma.after.start):
        return f"A comma is missing at the end of line {line}."
    return f"A comma is missing in line {line} before {_shown(comma.after)}."


def _unended(structure: Structure, token: Token) -> str:
    return _ENDS[token.kind].format(line=structure.lines.of(token.start), sign=token.text[0])


def _wrong(structure: Structure, token: Token, bracket: Bracket | None) -> str:
    line = structure.lines.of(token.start)
    if bracket is None:
        return f"The {token.text} in line {line} closes nothing: take it away, or open it before."
    opened = bracket.token
    return (
        f"The {opened.text} of line {structure.lines.of(opened.start)} is not closed"
        f" before the {token.text} in line {line}: add {CLOSERS[opened.text]}."
    )


def _unclosed(structure: Structure, brackets: Sequence[Bracket], stopped: int | None) -> str:
    inner = brackets[-1]
    line = structure.lines.of(inner.token.start)
    end = structure.tokens[-1].end
    if stopped is not None and stopped < end and not inner.is_block:
        return f"The {inner.token.text} of line {line} is not closed: add {CLOSERS[inner.token.text]}."
    if len(brackets) > MAX_SHOWN:
        return f"The text ends before the {inner.token.text} of line {line} is closed, and {len(brackets) - 1} brackets before it."
    added = " and ".join(f"`{text}`" for text in _closers(structure, brackets))
    return f"The text ends before the {inner.token.text} of line {line} is closed: add {added} at its end."


def _closers(structure: Structure, brackets: Sequence[Bracket]) -> list[str]:
    """The missing lines: what was opened in one line is closed in one line."""
    found: list[str] = []
    for _, group in groupby(reversed(brackets), key=lambda bracket: structure.lines.of(bracket.token.start)):
        row = list(group)
        found.append("".join(CLOSERS[bracket.token.text] for bracket in row) + _ending(row[-1], brackets))
    return found


def _ending(outer: Bracket, brackets: Sequence[Bracket]) -> str:
    """A semicolon where the closed bracket ends a statement that wants one."""
    place = brackets.index(outer)
    if place and not brackets[place - 1].is_block:
        return ""
    before = "" if outer.before is None else outer.before.text
    is_statement = outer.token.text == "{" and outer.is_block and before != "=>"
    return "" if is_statement or outer.token.text == "${" else ";"


def _shown(token: Token) -> str:
    return token.text if len(token.text) <= MAX_SHOWN else token.text[:MAX_SHOWN] + "…"
