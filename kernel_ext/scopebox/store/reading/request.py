"""Who reads, which emitter is notified, and what caused it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.store.emitter import Emitter, EventContext, Silence

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from scopebox.store.access import Accountability


Room = Callable[[int], Awaitable[None]]


class Rows:
    """What was read: JSON text straight from the database, in pieces, or data. Each is made from the other when asked for, and takes its place."""

    __slots__ = ("_data", "_pieces")

    def __init__(self, json: bytes | list[bytes] | None = None, data: object = None) -> None:
        self._pieces = [json] if isinstance(json, bytes) else json
        self._data = data

    @classmethod
    def of(cls, value: object) -> Rows:
        """Return what is JSON text, as :meth:`raw` returns it, or data."""
        return cls(json=bytes(value)) if isinstance(value, msgspec.Raw) else cls(data=value)

    def pieces(self) -> list[bytes]:
        """Return the JSON text in pieces, since all of a large one would be in memory twice while they are joined."""
        if self._pieces is None:
            self._pieces, self._data = [msgspec.json.encode(self._data)], None
        return self._pieces

    def json(self) -> bytes:
        """Return the JSON text."""
        pieces = self.pieces()
        if len(pieces) > 1:
            pieces[:] = [b"".join(pieces)]
        return pieces[0]

    def raw(self) -> msgspec.Raw:
        """Return the JSON text as a value that an encoder takes over."""
        return msgspec.Raw(self.json())

    def only(self) -> Rows | None:
        """Return the one item of a list from the database that has no more, None of an empty list. It is not looked into."""
        return Rows(json=self.json()[1:-1]) if self.json() != b"[]" else None

    def first(self) -> Rows | None:
        """Return the first item of a list, None of an empty one, or of what is no list."""
        if not self.is_list:
            return None
        if self._pieces is None:
            return Rows(data=self._data[0]) if self._data else None  # type: ignore[index]
        items = wire.decode_as(self.json(), list[msgspec.Raw])
        return Rows.of(items[0]) if items else None

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self._data, list) if self._pieces is None else self._pieces[0].startswith(b"[")

    @property
    def is_object(self) -> bool:
        """Whether it is the JSON text of an object."""
        return self._pieces is not None and self._pieces[0].startswith(b"{")

    @property
    def data(self) -> object:
        """The JSON data: a list, or what a read filter made of it."""
        if self._pieces is not None:
            self._data, self._pieces = wire.decode_json(self.json()), None
        return self._data


@dataclass(frozen=True, slots=True)
class Request:
    """In whose name something is read, who is told (``emitter``), and why (``cause``, handed on to the hooks).

    ``accountability`` None reads everything, as the store itself does. ``literal``: the wildcards ``%`` and ``_`` of a Directus
    stand for themselves in what is asked for. ``most``: bytes that an answer may have, for those who ask from
    outside; they may not write any number of items at once either. ``turn`` is entered while an answer is looked up,
    ``room`` awaited with ``most`` before a large one is made. ``stores`` is told how many bytes are about to be written, and refuses too many.
    ``held``: bytes that all that extensions have stored may take in memory, with what is written here ``by_extension``, or added by filters.
    ``depth``: how many callbacks into guests are around it, in its chain.
    """

    accountability: Accountability | None = None
    emitter: Emitter = field(default_factory=Silence)
    cause: object = None
    literal: bool = False
    most: int | None = None
    turn: AbstractAsyncContextManager[None] | None = None
    room: Room | None = None
    stores: Callable[[int], None] | None = None
    held: int | None = None
    by_extension: bool = False
    depth: int = 0

    @property
    def context(self) -> EventContext:
        """What hooks are told about it."""
        return EventContext(self.accountability, self.cause)


UNCHECKED: Final = Request()
