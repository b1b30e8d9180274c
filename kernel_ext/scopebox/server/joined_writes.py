"""A transport that writes the head of an answer together with what follows it: each write of its own wakes the client."""

from __future__ import annotations

import asyncio
from typing import Final

MAX_HELD_BYTES: Final = 2**12


class JoinedWrites(asyncio.Transport):
    """``transport``, on which the first of two writes in one step of ``loop`` waits for the second."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._held = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write ``data`` behind what is held. Where nothing is, a little is held until the next write, or the end of this step."""
        if self._held:
            held, self._held = self._held, b""
            self._transport.write(held + data)
        elif len(data) > MAX_HELD_BYTES:
            self._transport.write(data)
        elif data:
            self._held = bytes(data)
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        if self._held:
            self.write(b"")

    def close(self) -> None:
        """Write what is held, and close."""
        self._flush()
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
