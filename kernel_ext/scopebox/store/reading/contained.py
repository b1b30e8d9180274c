"""What the lists and objects in the fields of items, and long names, take in memory as data, told before they are decoded.

Items that somebody wants as data are decoded however many they are. But one value of a field may be made of hundreds of thousands of
others, which take fifty times as much as their text: those are not made of what an extension may have stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire
from scopebox_guest.weight import weight_of

from scopebox.store.errors import invalid
from scopebox.store.reading.weights import LISTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.errors import DirectusError
    from scopebox.store.reading.tree import Level

MAX_CONTAINED: Final = 24 * 2**20  # bytes of memory that the lists and objects in fields take in one answer
CONTAINED_IN_EACH: Final = 2 * 2**10  # bytes more for each item: whoever wants many has room for them
SHORT: Final = 64 * 2**10  # bytes of JSON of an answer that are not looked into
NAMED: Final = 5  # of many fields, in an error
LEAST: Final = 32  # bytes of memory that what stands behind a comma takes
AT_ONCE: Final = 2**19  # bytes of JSON that are weighed before what they come to is compared with the limit
_REMEDY: Final = 'name in "fields" what you need without it, read fewer items at a time with "limit" and "page", or take its text with store.sql'

Item = dict[str, msgspec.Raw]


def _room(items: int) -> int:
    """Return how many bytes of memory so many items may take besides what they take anyway."""
    return MAX_CONTAINED + CONTAINED_IN_EACH * items


def _listed(level: Level) -> frozenset[str]:
    """Return the keys under which a level shows lists and objects of its own fields."""
    if level.bare:
        return frozenset()
    fields = level.collection.fields
    return frozenset(
        column.key
        for column in level.shown
        if fields[column.name].type in LISTS and (column.call is None or column.call.name == "json")
    )


def shows_lists(level: Level) -> bool:
    """Whether a level shows lists or objects of its own fields."""
    return bool(_listed(level))


def shows_texts_as_lists(level: Level) -> bool:
    """Whether a level shows fields whose texts are kept as such, and become lists when they are read."""
    return any(level.collection.fields[column.name].type == "csv" for column in level.shown)


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of some ``keys`` that items or groups of a ``collection`` show, and what to do if they are too much."""

    collection: str
    keys: tuple[str, ...]
    remedy: str = _REMEDY

    def check_commas(self, commas: int, items: int) -> None:
        """Raise DirectusError 400 for ``items`` whose lists are too much by their commas alone: those of texts become lists at once."""
        if LEAST * commas > _room(items):
            raise self.too_much('", "'.join([*self.keys[:NAMED], *(["…"] if len(self.keys) > NAMED else [])]), "")

    def too_much(self, key: str, which: str) -> DirectusError:
        """Return the error of lists that are too much; ``which`` says where the largest is, if that is known."""
        return invalid(
            f'The lists and objects in "{key}" of "{self.collection}" would take more than {MAX_CONTAINED:,} bytes of memory{which}; '
            + self.remedy
        )


def lists_of(level: Level) -> Lists:
    """Return the lists that a level shows."""
    return Lists(level.collection.name, tuple(sorted(_listed(level))))


def check_names(level: Level, items: int) -> None:
    """Raise DirectusError 400 for ``items`` whose aliases and paths are too much: a null under each takes a place, besides its name."""
    taken = sum(len(column.key) + LEAST for column in level.shown if column.made_up)
    if items * taken > _room(items):
        raise invalid(
            f'The aliases and paths that items of "{level.collection.name}" are shown under would take more than {MAX_CONTAINED:,} bytes of memory; '
            'make them shorter, name less in "fields", or read fewer items at a time with "limit" and "page"'
        )


class Contained:
    """Adds up what the lists and objects in the fields of one answer take, level by level."""

    def __init__(self) -> None:
        self._read = self._items = self._held = 0

    def check(self, level: Level, renamed: Mapping[str, str], text: bytes) -> None:
        """Count those in the JSON ``text`` of a list of items; DirectusError 400 for too much. Some keys are ``renamed`` later."""
        keys = _listed(level)
        self._read += len(text)
        if not keys or self._read <= SHORT:
            return
        items = wire.decode_as(text, list[Item])
        names = {name: key for name in (items[0] if items else ()) if (key := renamed.get(name, name)) in keys}
        together = max(1, len(items) * AT_ONCE // len(text))
        for start in range(0, len(items), together):
            self._count(level, names, items[start : start + together])

    def _count(self, level: Level, names: Mapping[str, str], items: list[Item]) -> None:
        self._items += len(items)
        for name, key in names.items():
            self._held += weight_of(b",".join([item[name] for item in items]))
            if self._held > _room(self._items):
                raise lists_of(level).too_much(key, _largest(level, name, items))


def _largest(level: Level, name: str, items: list[Item]) -> str:
    largest = max(items, key=lambda item: len(bytes(item[name])))
    primary = level.collection.primary_key.name
    return (
        f", one of them in the item with the {primary} {bytes(largest[primary]).decode()}" if primary in largest else ""
    )
