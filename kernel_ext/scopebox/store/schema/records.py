"""What a snapshot says of collections, fields and relations besides what the store follows: kept as it is, for who asks for it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.store.steps import at_once

if TYPE_CHECKING:
    from collections.abc import Iterable

Record = Mapping[str, object]
Place = tuple[str, ...]
MAX_BYTES: Final = 4 * 2**20
"""Bytes of all records of a schema, as JSON."""
PARTS: Final[Mapping[str, Place]] = {
    "collections": ("collection",),
    "fields": ("collection", "field"),
    "relations": ("collection", "field"),
}
"""The parts of a snapshot, and what tells the entries of each apart."""


class Records(Mapping[Place, bytes]):
    """Entries of snapshots that were checked, as JSON, in order, by their part and their names: ``("fields", "articles", "title")``."""

    def __init__(self, entries: Mapping[Place, bytes] | None = None, vendor: str = "") -> None:
        self._entries = dict(entries or {})
        self._below: dict[Place, list[str]] = {}
        for place in self._entries:
            self._below.setdefault(place[:-1], []).append(place[-1])
        self.vendor = vendor

    @classmethod
    def steps(cls, snapshot: Mapping[str, object]) -> Generator[None, None, Records]:
        """Return the records of a checked ``snapshot``, made in steps; none of them where they take too much room."""
        entries: dict[Place, bytes] = {}
        size = 0
        for place, record in _entries(snapshot):
            entries[place] = msgspec.json.encode(record)
            size += len(entries[place])
            if size > MAX_BYTES:
                return cls()
            yield
        vendor = snapshot.get("vendor")
        return cls(entries, vendor if isinstance(vendor, str) else "")

    @classmethod
    def read(cls, data: object) -> Records:
        """Return the records that :attr:`data` wrote."""
        return at_once(cls.steps(data)) if isinstance(data, dict) else cls()

    @property
    def data(self) -> dict[str, object]:
        """The records as JSON data, in the form of a snapshot."""
        parts: dict[str, object] = {
            part: [wire.decode_json(entry) for place, entry in self._entries.items() if place[0] == part]
            for part in PARTS
        }
        return {**parts, "vendor": self.vendor}

    def find(self, *place: str) -> dict[str, object]:
        """Return the record of ``place``, an empty one if there is none."""
        found = self._entries.get(place)
        return wire.decode_as(found, dict[str, object]) if found is not None else {}

    def names(self, *place: str) -> list[str]:
        """Return the names of the entries below ``place``, in order."""
        return list(self._below.get(place, ()))

    def joined(self, other: Records) -> Records:
        """Return both as one; what ``other`` says counts where both say something."""
        return Records({**self._entries, **other}, other.vendor or self.vendor)

    def __getitem__(self, place: Place) -> bytes:
        return self._entries[place]

    def __iter__(self) -> Iterator[Place]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _entries(snapshot: Mapping[str, object]) -> Iterator[tuple[Place, Record]]:
    for part, names in PARTS.items():
        listed: Iterable[object] = snapshot.get(part) or ()  # type: ignore[assignment]
        for record in listed:
            if isinstance(record, dict) and all(isinstance(record.get(name), str) for name in names):
                yield (part, *(record[name] for name in names)), record
