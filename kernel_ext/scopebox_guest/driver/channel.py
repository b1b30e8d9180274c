"""The guest's end of its socket: whole frames in, whole frames out, blocking."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from scopebox_guest.wire import HEADER

if TYPE_CHECKING:
    import socket

CHUNK_BYTES = 64 * 1024
KEPT_BYTES = 200  # of a frame when there is no memory for the whole of it
HELD_BYTES: Final = 32 * 1024  # of frames that wait for others
HELD_SECONDS: Final = 0.001  # that they wait, if the next one comes later


class NoRoomError(Exception):
    """There was no memory for a frame. ``_head`` is its beginning; the rest was read and dropped."""

    def __init__(self, head: bytes) -> None:
        super().__init__("no memory for a frame of the host")
        self._head = head


class Channel:
    """Frames over a stream socket. When the host is gone there is nothing left to do: the process ends."""

    __slots__ = ("_held", "_rest", "_since", "_socket")

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._rest = b""
        self._held = bytearray()
        self._since = 0.0

    def _hold(self, data: bytes) -> None:
        """Send a packed frame with one of the next ones, at most a moment later: each that is sent may wake the host."""
        now = time.monotonic()
        if not self._held:
            self._since = now
        elif len(self._held) + len(data) > HELD_BYTES or now - self._since > HELD_SECONDS:
            return self._send(data)
        self._held += data
        return None

    def _flush(self) -> None:
        """Send what is held."""
        if self._held:
            self._send(b"")

    def _send(self, data: bytes) -> None:
        """Send a packed frame, behind those that are held."""
        if self._held:
            data = bytes(self._held) + data
            self._held.clear()
        try:
            self._socket.sendall(data)
        except OSError:
            os._exit(0)

    def _receive(self) -> bytes | bytearray:
        """Wait for a frame and return its body; :class:`NoRoomError` where it does not fit into memory."""
        self._flush()
        data = self._rest
        while len(data) < HEADER.size:
            data += self._read(CHUNK_BYTES)
        size = HEADER.unpack_from(data)[0]
        end = HEADER.size + size
        if len(data) >= end:
            self._rest = data[end:]
            return data[HEADER.size : end]
        self._rest = b""
        return self._receive_long(data[HEADER.size :], size)

    def _receive_long(self, begin: bytes, size: int) -> bytearray:
        try:
            body = bytearray(size)
        except MemoryError:
            self._drop(size - len(begin))
            raise NoRoomError(begin[:KEPT_BYTES]) from None
        have = len(begin)
        body[:have] = begin
        with memoryview(body) as view:
            while have < size:
                try:
                    count = self._socket.recv_into(view[have:])
                except OSError:
                    os._exit(0)
                if not count:
                    os._exit(0)
                have += count
        return body

    def _drop(self, size: int) -> None:
        while size:
            size -= len(self._read(min(size, CHUNK_BYTES)))

    def _read(self, size: int) -> bytes:
        try:
            data = self._socket.recv(size)
        except OSError:
            os._exit(0)
        if not data:
            os._exit(0)
        return data
