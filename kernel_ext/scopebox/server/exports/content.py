"""What a file is made of: items that are decoded one after the other, scalars as JavaScript writes them, text with a limit.

What writes a file yields its pieces, nothing where a long look comes to none: between two of them whoever takes them may rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Final

import msgspec
from scopebox_guest import wire

from scopebox.store import bounds, javascript

PIECE_CHARACTERS: Final = 2**16  # of a long text that is escaped in one step
FEWER: Final = "name the fields you need, or page through the items"
PIECES_IN_A_ROW: Final = 32  # between two looks at the clock


class Text:
    """A text that is written piece by piece; DirectusError 400 as soon as it has more than ``most`` bytes."""

    def __init__(self, pieces: Iterator[str], most: int) -> None:
        self._pieces = pieces
        self._buffer = BytesIO()
        self._most = most
        self._size = 0

    def write(self, seconds: float) -> bool:
        """Write for about ``seconds`` of processor time; return whether all is written."""
        end = time.thread_time() + seconds
        for number, piece in enumerate(self._pieces):
            self._size += self._buffer.write(piece.encode("utf-8", "replace"))
            bounds.count(self._size, self._most, "bytes in the answer", FEWER)
            many = number % PIECES_IN_A_ROW == 0 or len(piece) >= PIECE_CHARACTERS
            if many and time.thread_time() > end:
                return False
        return True

    def whole(self) -> bytes:
        """Return all of it."""
        return self._buffer.getvalue()


class Items:
    """The values of a list, each decoded by :func:`value_of` where it is written: two at a time would take many times the memory of their text."""

    def __init__(self, parts: list[msgspec.Raw]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[object]:
        return iter(self._parts)


def value_of(part: object) -> object:
    """Return the value of an entry of :class:`Items`, anything else as it is."""
    return wire.decode_json(part) if isinstance(part, msgspec.Raw) else part


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


def escaped(text: str, escape: Callable[[str], str]) -> Iterator[str]:
    """Yield ``text``, a piece at a time, since escaped or encoded it may be many times as long."""
    for start in range(0, len(text), PIECE_CHARACTERS):
        yield escape(text[start : start + PIECE_CHARACTERS])
