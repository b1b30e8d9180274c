"""What is told about a project beside its data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.text.messages import MAX_QUOTED_CHARACTERS, closest
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NOTES: Final = 500
MAX_PLACES: Final = 20_000
MAX_MEANT: Final = 20  # unknown names for which the one that was meant is looked for, which takes milliseconds
SHOWN_PLACES: Final = 3  # of one kind, by name


@dataclass
class _Places:
    """The places of one kind: how many, and the first of them."""

    number: int = 0
    first: dict[str, None] = field(default_factory=dict)


@dataclass
class Notes:
    """What a project asks for and the store does not know, each said once; many of one kind as one, with their number."""

    _lines: dict[str | tuple[str, str], _Places] = field(default_factory=dict)
    more: int = 0
    _meant: int = 0
    by_place: dict[str, str] = field(
        default_factory=dict
    )  # what was counted there, to be said again to who comes there

    @property
    def lines(self) -> list[str]:
        """The notes; the last one says how many were left out."""
        found = [line if isinstance(line, str) else _counted(*line, places) for line, places in self._lines.items()]
        return [*found, *([f"{self.more:,} more notes are left out"] if self.more else [])]

    @property
    def full(self) -> bool:
        """Whether no more can be said."""
        return len(self._lines) >= MAX_NOTES

    def add(self, line: str) -> None:
        """Add ``line`` unless it was said before."""
        self._places(line)

    def count(self, thing: str, what: str, place: str) -> None:
        """Say that one more ``thing`` at ``place`` is ``what``: ``12 relations to x: not kept (a.b, a.c and 10 more)``.

        ``thing`` stands in the singular and begins with its noun.
        """
        if len(self.by_place) < MAX_PLACES:
            self.by_place.setdefault(place, f"{thing}: {what}")
        places = self._places((thing, what))
        if places is not None:
            places.number += 1
            if len(places.first) < SHOWN_PLACES:
                places.first[place] = None

    def meant(self, unknown: str, known: Iterable[str]) -> str:
        """Return which of ``known`` was probably meant; ``""`` if none was, and for all but the first names that are asked about."""
        self._meant += 1
        return closest(unknown, known) if self._meant <= MAX_MEANT else ""

    def _places(self, key: str | tuple[str, str]) -> _Places | None:
        if self.full and key not in self._lines:
            self.more += 1
            return None
        return self._lines.setdefault(key, _Places())


def _counted(thing: str, what: str, places: _Places) -> str:
    noun, space, rest = thing.partition(" ")
    things = thing if places.number == 1 else f"{_plural(noun)}{space}{rest}"
    shown = ", ".join(clean(place, MAX_QUOTED_CHARACTERS) for place in places.first)
    more = places.number - len(places.first)
    return f"{places.number:,} {things}: {what} ({shown}{f' and {more:,} more' if more else ''})"


def _plural(noun: str) -> str:
    return (
        f"{noun[:-1]}ies"
        if noun.endswith("y") and noun[-2:-1] not in "aeiou"
        else f"{noun}{'es' if noun.endswith('s') else 's'}"
    )
