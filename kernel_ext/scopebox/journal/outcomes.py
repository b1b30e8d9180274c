"""What runs came to, as texts that take little room: results outlive their cells, since a notebook keeps what every cell returned."""

from __future__ import annotations

import asyncio
import threading
import zlib
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

NULL: Final = b"null"
MAX_OUTCOME_BYTES: Final = 6 * 2**20  # that large outcomes take together, compressed
SMALL_BYTES: Final = 4 * 1024  # of an outcome that is kept as long as its result is
STEP_BYTES: Final = 256 * 1024  # that are compressed at a time: 10 ms at most
_FAST: Final = 1  # a level of compression

Packed = tuple[bytes, ...]


class Notes(msgspec.Struct, frozen=True):
    """What a run registered, and what the user should know of it."""

    registered: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def pack(text: bytes) -> Packed:
    """Return a text as it is kept."""
    return tuple(_pieces(text))


async def pack_in_steps(text: bytes) -> Packed:
    """Return a text as it is kept, and let others have their turns meanwhile."""
    packed: list[bytes] = []
    for piece in _pieces(text):
        if packed:
            await asyncio.sleep(0)
        packed.append(piece)
    return tuple(packed)


def _pieces(text: bytes) -> Iterator[bytes]:
    for start in range(0, len(text), STEP_BYTES):
        yield zlib.compress(memoryview(text)[start : start + STEP_BYTES], _FAST)


def _unpacked(packed: Packed) -> bytes:
    return b"".join(map(zlib.decompress, packed))


class Outcome:
    """The value of a run as JSON text, what it printed, and notes, all of it compressed."""

    __slots__ = ("_notes", "_printed", "_raw", "size")

    def __init__(self, raw: Packed = (), printed: Packed = (), notes: Notes | None = None) -> None:
        self._raw, self._printed, self._notes = raw, printed, pack(_encode(notes or Notes()))
        self.size = sum(map(len, (*raw, *printed, *self._notes)))
        """How many bytes it takes."""

    @property
    def raw(self) -> bytes:
        """The value, as JSON text."""
        return _unpacked(self._raw) or NULL

    @property
    def printed(self) -> str:
        """The printed text."""
        return _unpacked(self._printed).decode()

    @property
    def notes(self) -> Notes:
        """What it registered, and warnings."""
        return _decode(_unpacked(self._notes))


class Kept:
    """Where a result has its outcome; None once that was let go."""

    __slots__ = ("outcome",)

    def __init__(self, outcome: Outcome) -> None:
        self.outcome: Outcome | None = outcome


class Outcomes:
    """The large outcomes of a sandbox, the oldest first: ``MAX_OUTCOME_BYTES`` together, and the newest in any case. Small ones are never let go."""

    def __init__(self) -> None:
        self._large: deque[tuple[int, Kept]] = deque()  # with their sizes
        self._size = 0
        self._lock = threading.Lock()

    def keep(self, outcome: Outcome) -> Kept:
        """Return a place for an outcome; where there is no room for all, the oldest are let go."""
        kept = Kept(outcome)
        if outcome.size <= SMALL_BYTES:
            return kept
        with self._lock:
            self._large.append((outcome.size, kept))
            self._size += outcome.size
            while self._size > MAX_OUTCOME_BYTES and len(self._large) > 1:
                size, oldest = self._large.popleft()
                self._size -= size
                oldest.outcome = None
        return kept


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Notes).decode
