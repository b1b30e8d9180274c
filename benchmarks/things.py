"""What the benchmarks read and write: things of ten fields, many of them, few and none, and shelves of books."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Record = dict[str, object]
NAME: Final = "things"
SHELVES: Final = "shelves"
BOOKS: Final = "books"
HOOKED: Final = "things_hooked"
EMPTY: Final = "things_0"
FIELDS: Final = {
    "id": ("integer", "INTEGER"),
    "title": ("string", "VARCHAR"),
    "slug": ("string", "VARCHAR"),
    "body": ("text", "VARCHAR"),
    "status": ("string", "VARCHAR"),
    "section": ("integer", "INTEGER"),
    "views": ("integer", "INTEGER"),
    "rating": ("float", "DOUBLE"),
    "featured": ("boolean", "BOOLEAN"),
    "published": ("dateTime", "TIMESTAMP"),
}
STATUSES: Final = ("draft", "review", "published", "archived")
CHUNK: Final = 10_000
PER_SHELF: Final = 10  # books


def item(number: int) -> Record:
    """One item without its key; neighbours differ in every field."""
    return {
        "title": f"Thing number {number}",
        "slug": f"thing-{number}",
        "body": f"What there is to say about thing number {number}.",
        "status": STATUSES[number % 4],
        "section": number % 97,
        "views": number * 7919 % 100_003,
        "rating": number % 50 / 10,
        "featured": number % 13 == 0,
        "published": f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:00:00",
    }


def shelf(number: int) -> Record:
    """One shelf without its key."""
    return {"name": f"Shelf {number}"}


def book(number: int) -> Record:
    """One book without its key."""
    return {"title": f"Book {number}", "shelf": number // PER_SHELF + 1}


@dataclass(frozen=True, slots=True)
class Collection:
    """The fields of a collection, each with its type in Directus and in SQL, and what its items are."""

    fields: Mapping[str, tuple[str, str]]
    make: Callable[[int], Record]


_THINGS: Final = Collection(FIELDS, item)
_NUMBER: Final = ("integer", "INTEGER")
_TEXT: Final = ("string", "VARCHAR")
COLLECTIONS: Final = {
    NAME: _THINGS,
    "things_1000": _THINGS,
    "things_12": _THINGS,
    EMPTY: _THINGS,
    HOOKED: _THINGS,
    SHELVES: Collection({"id": _NUMBER, "name": _TEXT}, shelf),
    BOOKS: Collection({"id": _NUMBER, "title": _TEXT, "shelf": _NUMBER}, book),
}


def counts(items: int) -> dict[str, int]:
    """How many items each collection has, where the large one has ``items``."""
    shelves = max(1, items // 1_000)
    return {
        NAME: items,
        "things_1000": min(1_000, items),
        "things_12": min(12, items),
        EMPTY: 0,
        HOOKED: 0,
        SHELVES: shelves,
        BOOKS: shelves * PER_SHELF,
    }


def stock(items: int) -> Iterator[tuple[str, list[Record]]]:
    """All items of all collections, in parts of a size that can be sent."""
    for name, count in counts(items).items():
        for begin in range(0, count, CHUNK):
            yield name, [COLLECTIONS[name].make(number) for number in range(begin, min(begin + CHUNK, count))]


def as_json(data: object) -> str:
    """JSON text without spaces."""
    return json.dumps(data, separators=(",", ":"))
