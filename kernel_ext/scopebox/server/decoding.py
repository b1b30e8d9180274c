"""Bodies in any character set of Unicode, decoded in pieces.

Python calls a handler for each byte that is none of the character set, so a large body takes its time, and between its
pieces others have their turn. A text with a single rare character takes four bytes for each of its characters in memory.
"""

from __future__ import annotations

import asyncio
import codecs
from typing import TYPE_CHECKING, Final

from scopebox.server.error_shapes import too_large

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PIECE_BYTES: Final = 2**16
_UNITS_OF_RUN: Final = 8  # characters of base64, which hold three whole units of UTF-16


async def recoded(body: bytearray, charset: str, most: int) -> bytearray:
    """Return ``body`` in UTF-8; DirectusError 413 for more than ``most`` bytes. ``body`` is emptied: what is returned stands for it."""
    parts = []
    for piece in within((text.encode() for text in decoded_pieces(body, charset)), most):
        parts.append(piece)
        await asyncio.sleep(0)
    body.clear()
    return bytearray().join(parts)


def within(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield ``pieces`` of a body; DirectusError 413 as soon as they have more than ``most`` bytes."""
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise too_large(f"As text the body takes more than {most:,} bytes.")
        yield piece


def decoded_pieces(body: bytes | bytearray, charset: str = "utf-8") -> Iterator[str]:
    """Yield the text of ``body`` in pieces, U+FFFD in place of what is none."""
    if charset == "utf-7":
        yield from _of_utf7(body)
        return
    decoder = codecs.getincrementaldecoder(charset)("replace")
    for start in range(0, len(body), PIECE_BYTES):
        yield decoder.decode(body[start : start + PIECE_BYTES])
    if not charset.startswith("utf-16"):  # half a unit at the end is left out
        yield decoder.decode(b"", final=True)


def _of_utf7(body: bytes | bytearray) -> Iterator[str]:
    """Decode UTF-7, whose base64 may say halves of characters: those that follow each other make one, as in a JavaScript engine."""
    decoder = codecs.getincrementaldecoder("utf-16-le")("replace")
    for text in _units_of_utf7(body):
        yield decoder.decode(text.encode("utf-16-le", "surrogatepass"))
    yield decoder.decode(b"", final=True)


def _units_of_utf7(body: bytes | bytearray) -> Iterator[str]:
    """Decode UTF-7 with halves of characters as they are.

    Python decodes a run of base64 only once it has all of it, and looks at it anew with each piece: a long one is cut.
    """
    rest = b""
    for start in range(0, len(body), PIECE_BYTES):
        data = rest + body[start : start + PIECE_BYTES]
        text, used = codecs.utf_7_decode(data, "replace", False)
        yield text
        rest = data[used:]  # "+" and the run that it begins
        # One character stays: a "-" behind "+" alone would be a plus sign.
        whole = (len(rest) - 2) // _UNITS_OF_RUN * _UNITS_OF_RUN
        if whole > 0:
            yield codecs.utf_7_decode(rest[: 1 + whole] + b"-", "replace", True)[0]
            rest = b"+" + rest[1 + whole :]
    yield codecs.utf_7_decode(rest, "replace", True)[0]
