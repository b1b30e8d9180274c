"""The difference of two texts, line by line, in a time that does not depend on what stands in them."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Line = tuple[Literal[" ", "-", "+"], str]

COMPARED: Final = (
    300  # lines between those that are the same at both ends; where there are more, all of them go and come
)


def line_by_line(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Return all lines in order, each with ``-`` if it goes, ``+`` if it comes, and a space if it stays."""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    yield from ((" ", line) for line in old[:head])
    yield from _between(old[head : len(old) - tail], new[head : len(new) - tail])
    yield from ((" ", line) for line in old[len(old) - tail :])


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """Keep the longest common row of lines; the time is the product of both lengths, so longer ones are not compared."""
    if max(len(old), len(new)) > COMPARED:
        yield from (("-", line) for line in old)
        yield from (("+", line) for line in new)
        return
    common = _table(old, new)
    at, to = 0, 0
    while at < len(old) or to < len(new):
        if at < len(old) and to < len(new) and old[at] == new[to]:
            yield " ", old[at]
            at, to = at + 1, to + 1
        elif to == len(new) or (at < len(old) and common[at + 1][to] >= common[at][to + 1]):
            yield "-", old[at]
            at += 1
        else:
            yield "+", new[to]
            to += 1


def _table(old: Sequence[str], new: Sequence[str]) -> list[list[int]]:
    """Return for each two places how many lines the rests behind them have in common at most."""
    table = [[0] * (len(new) + 1)]
    for line in reversed(old):
        below, row = table[-1], [0] * (len(new) + 1)
        for to in range(len(new) - 1, -1, -1):
            row[to] = below[to + 1] + 1 if line == new[to] else max(below[to], row[to + 1])
        table.append(row)
    table.reverse()
    return table
