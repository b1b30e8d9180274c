"""Reading items: hooks around one compiled statement, or one a level of relations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from scopebox.store.emitting import Emitter, Silence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.store.access import Access, Accountability
    from scopebox.store.database import Database
    from scopebox.store.schema import Schema


class Rows:
    """What was read: JSON text straight from the database, or data. Each is made from the other when asked for."""

    __slots__ = ("_data", "_json")

    def __init__(self, json: bytes | None = None, data: object = None) -> None:
        self._json = json
        self._data = data

    def json(self) -> bytes:
        """Return the JSON text."""
        if self._json is None:
            self._json = msgspec.json.encode(self._data)
        return self._json

    @property
    def data(self) -> object:
        """The JSON data: a list, or what a read filter made of it."""
        if self._data is None and self._json is not None:
            self._data = msgspec.json.decode(self._json)
        return self._data


@dataclass(frozen=True, slots=True)
class Request:
    """In whose name something is read, who is told (``emitter``), and why (``cause``, handed on to the hooks).

    ``accountability`` None reads everything, as the store itself does.
    """

    accountability: Accountability | None = None
    emitter: Emitter = field(default_factory=Silence)
    cause: object = None


class Reader:
    """Reads the items of one store, under one schema and one access (a change of either makes another reader)."""

    def __init__(self, database: Database, schema: Schema, access: Access) -> None:
        self.database = database
        self.schema = schema
        self.access = access

    async def read(
        self,
        collection: str,
        query: Mapping[str, object] | None = None,
        request: Request = Request(),
        *,
        keys: Sequence[object] | None = None,
    ) -> Rows:
        """Return the items that ``query`` asks for, those with ``keys`` if given. Raises DirectusError."""
        raise NotImplementedError

    async def read_one(
        self,
        collection: str,
        key: object,
        query: Mapping[str, object] | None = None,
        request: Request = Request(),
    ) -> Rows:
        """Return the one item with ``key``; DirectusError 403 if there is none."""
        raise NotImplementedError

    async def keys(
        self, collection: str, query: Mapping[str, object] | None, request: Request = Request()
    ) -> list[object]:
        """Return the keys of the items that ``query`` selects, for an update or a delete by query."""
        raise NotImplementedError

    async def counts(
        self,
        collection: str,
        query: Mapping[str, object] | None,
        request: Request = Request(),
    ) -> dict[str, int]:
        """Return the counts that the ``meta`` of ``query`` asks for: ``total_count``, ``filter_count``."""
        raise NotImplementedError
