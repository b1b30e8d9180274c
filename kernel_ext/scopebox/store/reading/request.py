"""Who reads, which emitter is notified, and what caused it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.store.emitter import Emitter, EventContext, Silence

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from scopebox.store.access import Accountability


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

    def only(self) -> Rows | None:
        """Return the one item of a list that has no more, None of an empty list. JSON text is not looked into."""
        if self._data is None and self._json is not None:
            return Rows(json=self._json[1:-1]) if self._json != b"[]" else None
        return Rows(data=self._data[0]) if isinstance(self._data, list) and self._data else None

    @property
    def is_object(self) -> bool:
        """Whether it is the JSON text of an object."""
        return self._data is None and self._json is not None and self._json.startswith(b"{")

    @property
    def data(self) -> object:
        """The JSON data: a list, or what a read filter made of it."""
        if self._data is None and self._json is not None:
            self._data = wire.decode_json(self._json)
        return self._data


@dataclass(frozen=True, slots=True)
class Request:
    """In whose name something is read, who is told (``emitter``), and why (``cause``, handed on to the hooks).

    ``accountability`` None reads everything, as the store itself does. ``literal``: the wildcards ``%`` and ``_`` of a Directus
    stand for themselves in what is asked for. ``most``: bytes that an answer may have, for those who ask from
    outside; they may not write any number of items at once either. ``turn`` is entered while an answer is looked up.
    """

    accountability: Accountability | None = None
    emitter: Emitter = field(default_factory=Silence)
    cause: object = None
    literal: bool = False
    most: int | None = None
    turn: AbstractAsyncContextManager[None] | None = None

    @property
    def context(self) -> EventContext:
        """What hooks are told about it."""
        return EventContext(self.accountability, self.cause)


UNCHECKED: Final = Request()
