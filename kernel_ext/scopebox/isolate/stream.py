"""The host's end of a guest's socket: frames out of a stream of hostile bytes, and bytes to a guest that may not read."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final, Protocol

from scopebox_guest import wire

from scopebox.isolate.backlog import LITTLE_BYTES
from scopebox.isolate.outgoing import Outgoing, size_of

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from scopebox.isolate.backlog import Backlog

READ_BYTES: Final = 64 * 1024  # taken of one guest before others have their turn
TURN_SECONDS: Final = 0.005  # of processor time that its frames may take before others have their turn
MAX_WAITING_BYTES: Final = 24 * 2**20  # that may wait for a guest
BACKPRESSURE_BYTES: Final = 2 * 2**20  # that wait for a guest when what makes more of them begins to wait, too


class Receiver(Protocol):
    """What takes the frames of a stream."""

    alive: bool

    def on_frame(self, body: bytes | bytearray, size_class: int) -> None:
        """Take a frame, whose bytes nobody else has; FrameError if it breaks the protocol."""

    def on_violation(self, error: wire.FrameError) -> None:
        """Learn that the protocol was broken; nothing more is read once the receiver is not ``alive``."""

    def on_end(self) -> None:
        """Learn that nothing more will come."""


class FrameStream:
    """Reads frames whose size was checked before a byte of them is kept; writes without ever waiting.

    ``delivered`` counts the writes. ``clock`` is the processor time of the thread, in seconds.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        channel: socket.socket,
        receiver: Receiver,
        backlog: Backlog,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self.delivered = 0
        self._loop = loop
        self._socket = channel
        self._receiver = receiver
        self._backlog = backlog
        self._clock = clock
        self._incoming = bytearray()
        self._large: _LargeFrame | None = None
        self._next_turn: asyncio.Handle | None = None
        self._outgoing = Outgoing()
        self._drained: asyncio.Future[None] | None = None
        backlog.streams.add(self)
        loop.add_reader(channel.fileno(), self._readable)

    def close(self) -> None:
        """Stop reading and writing."""
        if self._next_turn is not None:
            self._next_turn.cancel()
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._socket.close()
        self._outgoing.clear()
        self._backlog.streams.discard(self)
        self._note_drained()

    @property
    def waiting(self) -> int:
        """How many bytes wait for the guest."""
        return self._outgoing.size

    @property
    def far_behind(self) -> bool:
        """Whether so much waits for the guest that it gets no more, whatever waits for others."""
        return self._outgoing.size > BACKPRESSURE_BYTES

    @property
    def behind(self) -> bool:
        """Whether much of what the guest was sent waits for it: less counts as much where all guests have others wait."""
        waiting = self._outgoing.size
        return waiting > BACKPRESSURE_BYTES or (waiting > LITTLE_BYTES and self._backlog.is_full)

    async def drained(self) -> None:
        """Wait until the guest has taken most of what it was sent, or the stream is closed."""
        while self.behind:
            if not self.far_behind:
                await self._backlog.less()
                continue
            if self._drained is None:
                self._drained = self._loop.create_future()
            await asyncio.shield(self._drained)

    def _note_drained(self) -> None:
        if self._drained is not None and not self.far_behind:
            self._drained.set_result(None)
            self._drained = None
        self._backlog.note_taken()

    def send(self, pieces: Sequence[bytes]) -> bool:
        """Send the pieces of a frame, or keep what the socket does not take. False if too much is kept by now."""
        self.delivered += 1
        sent = 0
        if not self._outgoing.size:
            try:
                sent = self._socket.send(pieces[0]) if len(pieces) == 1 else self._socket.sendmsg(pieces)
            except BlockingIOError:
                pass
            except OSError:
                return True  # its end is noticed by the reader
            if sent == size_of(pieces):
                return True
            self._loop.add_writer(self._socket.fileno(), self._writable)
        self._outgoing.add(pieces, sent)
        return self._outgoing.size <= MAX_WAITING_BYTES

    def _writable(self) -> None:
        try:
            self._outgoing.send(self._socket)
        except BlockingIOError:
            return
        except OSError:
            self._outgoing.clear()
        self._note_drained()
        self.delivered += 1
        if not self._outgoing.size:
            self._loop.remove_writer(self._socket.fileno())

    def _readable(self) -> None:
        large = self._large
        try:
            data = self._socket.recv(READ_BYTES) if large is None else large.receive(self._socket)
        except BlockingIOError:
            return
        except OSError:
            data = None
        if not data:
            self._loop.remove_reader(self._socket.fileno())
            self._receiver.on_end()
            return
        try:
            if isinstance(data, bytes):
                self._take(data)
            elif large is not None and large.left == 0:
                self._large = None
                self._receiver.on_frame(large.body, large.size_class)
        except wire.FrameError as error:
            self._receiver.on_violation(error)

    def _take(self, data: bytes | bytearray) -> None:
        if self._incoming:
            self._incoming += data
            data = self._incoming
        start, have, until = 0, len(data), self._clock() + TURN_SECONDS
        while have - start >= wire.HEADER.size and self._receiver.alive:
            if start and self._clock() > until:
                self._wait_for_turn()
                break
            size, size_class = wire.HEADER.unpack_from(data, start)
            if size > wire.MAX_GUEST_FRAME_BYTES.get(size_class, -1):
                raise wire.FrameError(f"a frame of {size:,} bytes in class {size_class}")
            end = start + wire.HEADER.size + size
            if end > have:
                if size > READ_BYTES:
                    self._large = _LargeFrame(size, size_class, data[start + wire.HEADER.size :])
                    start = have
                break
            self._receiver.on_frame(bytes(data[start + wire.HEADER.size : end]), size_class)
            start = end
        if data is self._incoming:
            del self._incoming[:start]
        elif start < have:
            self._incoming += data[start:]

    def _wait_for_turn(self) -> None:
        """Let others have their turn. Nothing is read meanwhile: the frames that came, and the end behind them, stay in order."""
        self._loop.remove_reader(self._socket.fileno())
        self._next_turn = self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._next_turn = None
        self._loop.add_reader(self._socket.fileno(), self._readable)
        try:
            self._take(b"")
        except wire.FrameError as error:
            self._receiver.on_violation(error)


class _LargeFrame:
    """A frame whose bytes are received where they stay: ``left`` of its ``body`` are still to come."""

    def __init__(self, size: int, size_class: int, begin: bytes | bytearray) -> None:
        self.size_class = size_class
        self.left = size - len(begin)
        self.body = bytearray(size)
        self.body[: len(begin)] = begin

    def receive(self, channel: socket.socket) -> int:
        """Take what there is, and return how many bytes that was, 0 at the end; OSError as a socket does."""
        with memoryview(self.body) as view, view[len(view) - self.left :][:READ_BYTES] as free:
            count = channel.recv_into(free)
        self.left -= count
        return count
