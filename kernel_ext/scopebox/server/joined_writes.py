"""A transport that writes the head of an answer together with what follows it: each write of its own wakes the client."""

from __future__ import annotations

import asyncio
from typing import Final

MAX_HELD_BYTES: Final = 2**12
_INFORMS: Final = b"HTTP/1.1 1"  # a client waits for that before it sends on


class JoinedWrites(asyncio.Transport):
    """``transport``, on which a small first write of an answer waits for the second, or for :meth:`flush` at its end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._held = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write ``data`` behind what is held. Where nothing is, a little is held. Whoever has gone gets no more of it."""
        if self._transport.is_closing():
            self._held = b""
        elif self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        elif len(data) > MAX_HELD_BYTES or data[: len(_INFORMS)] == _INFORMS:
            self._transport.write(data)
        else:
            self._held = bytes(data)

    def flush(self) -> None:
        """Write what is held: the answer has ended."""
        if self._held:
            self.write(b"")

    def close(self) -> None:
        """Write what is held, and close."""
        self.flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._held = b""
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or will be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Read nothing for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return what is known of the connection."""
        return self._transport.get_extra_info(name, default)
