"""What goes to a guest: frames in pieces, of which the large ones are never copied, and pieces that wait until it takes them."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

# Of a piece that is put together with others: each by itself would take many times its bytes.
SMALL_BYTES: Final = 64 * 1024
_NOTHING: Final = msgspec.Raw(b"")


def packed(frame: wire.FromHost) -> list[bytes]:
    """Return header and body of ``frame``: one piece, or several that are not put together because they are large."""
    if type(frame) is wire.Reply and len(frame.value) > SMALL_BYTES:
        head = wire.encode(wire.Reply(frame.id, _NOTHING))
        return _headed([head[:-1], frame.value, head[-1:]])
    return _in_one(wire.encode(frame))


def packed_call(number: int, handler: int, args: Sequence[object]) -> list[bytes]:
    """Return the pieces of the frame that calls ``handler`` with ``args``; what is large in them is a piece of its own, and not copied."""
    texts = [*map(_pieces, args)]
    if sum(map(size_of, texts)) <= SMALL_BYTES:
        return _in_one(wire.encode(wire.Invoke(number, handler, [msgspec.Raw(b"".join(text)) for text in texts])))
    head = wire.encode(wire.Invoke(number, handler, []))
    pieces: list[bytes] = [head[:-2]]
    for text in texts:
        pieces += [*text, b","]
    return _headed([*pieces[:-1], head[-2:]])


def _pieces(arg: object) -> list[bytes]:
    """Return the JSON text of an argument; large texts in an object stay what they are."""
    if isinstance(arg, msgspec.Raw):
        return [arg]
    if not (
        isinstance(arg, dict)
        and any(isinstance(value, msgspec.Raw) and len(value) > SMALL_BYTES for value in arg.values())
    ):
        return [wire.encode(arg)]
    pieces: list[bytes] = []
    for key, value in arg.items():
        text = value if isinstance(value, msgspec.Raw) else wire.encode(value)
        pieces += [b",", wire.encode(key), b":", text]
    return [b"{", *pieces[1:], b"}"]


def _in_one(body: bytes) -> list[bytes]:
    """Return header and body of a frame, put together where that is little."""
    if len(body) > SMALL_BYTES:
        return _headed([body])
    return [wire.HEADER.pack(len(body), wire.ORDINARY) + body]


def _headed(pieces: Sequence[bytes]) -> list[bytes]:
    return [wire.HEADER.pack(size_of(pieces), wire.ORDINARY), *pieces]


def size_of(pieces: Sequence[bytes]) -> int:
    """Return how many bytes pieces have."""
    return sum(map(len, pieces))


class Outgoing:
    """Pieces that wait, the oldest first; ``size`` is how many bytes they have."""

    def __init__(self) -> None:
        self.size = 0
        self._pieces: deque[bytearray | memoryview] = deque()

    def add(self, pieces: Sequence[bytes], sent: int = 0) -> None:
        """Keep ``pieces``, but for the first ``sent`` bytes of them."""
        for piece in pieces:
            rest = memoryview(piece)[sent:]
            sent = max(0, sent - len(piece))
            self.size += rest.nbytes
            if rest.nbytes > SMALL_BYTES:
                self._pieces.append(rest)
                continue
            if not rest.nbytes:
                continue
            last = self._pieces[-1] if self._pieces else None
            if not isinstance(last, bytearray) or len(last) > SMALL_BYTES:
                last = bytearray()
                self._pieces.append(last)
            last += rest

    def send(self, channel: socket.socket) -> None:
        """Send what ``channel`` takes of the oldest piece; OSError as it does."""
        first = self._pieces[0]
        sent = channel.send(first)
        self.size -= sent
        if sent == len(first):
            self._pieces.popleft()
        elif isinstance(first, bytearray):
            del first[:sent]
        else:
            self._pieces[0] = first[sent:]

    def clear(self) -> None:
        """Forget what waits."""
        self._pieces.clear()
        self.size = 0
