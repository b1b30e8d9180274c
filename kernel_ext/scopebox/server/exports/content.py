"""What a file is made of: items that are decoded one after the other, scalars as JavaScript writes them, text with a limit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import msgspec
from scopebox_guest import wire

from scopebox.store import bounds, javascript

PIECE_CHARACTERS: Final = 2**16  # of a long text that is escaped in one step
FEWER: Final = "name the fields you need, or page through the items"
Add = Callable[[str], None]


class Text:
    """A text that grows; DirectusError 400 as soon as it has more than ``most`` bytes."""

    def __init__(self, most: int) -> None:
        self._buffer = BytesIO()
        self._most = most
        self._size = 0

    def add(self, piece: str) -> None:
        """Add ``piece`` to the end."""
        self._size += self._buffer.write(piece.encode("utf-8", "replace"))
        bounds.count(self._size, self._most, "bytes in the answer", FEWER)

    def whole(self) -> bytes:
        """Return all of it."""
        return self._buffer.getvalue()


class Items:
    """The values of a list, each decoded when its turn comes: decoded together they would take many times the memory."""

    def __init__(self, parts: list[msgspec.Raw]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[object]:
        return map(wire.decode_json, self._parts)


def decoded(text: bytes) -> object:
    """Return what JSON ``text`` says; a list as :class:`Items`."""
    if text[:1] == b"[":
        return Items(wire.decode_as(text, list[msgspec.Raw]))
    return wire.decode_json(text)


def scalar(value: object) -> str:
    """Return the text of a scalar as JavaScript writes it."""
    if isinstance(value, int) and not isinstance(value, bool) and -javascript.SAFE <= value <= javascript.SAFE:
        return str(value)
    return javascript.text(value)


def add_escaped(add: Add, text: str, escape: Callable[[str], str]) -> None:
    """Add ``text``, a piece at a time, since escaped it may be many times as long."""
    for start in range(0, len(text), PIECE_CHARACTERS):
        add(escape(text[start : start + PIECE_CHARACTERS]))
