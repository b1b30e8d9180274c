"""Connections of clients: how many there may be, how slow they may be, and errors below HTTP's surface as JSON, too.

uvicorn parses and answers, by httptools or by h11; this adds what it leaves open, for both alike: what a request may be and how much of it is
kept (:mod:`scopebox.server.framing`), a time for the head of a request and for an answer that is not read, one request at a time, reads of a
bounded size, and room for new clients where old ones only hold connections.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import msgspec

from scopebox.errors import DirectusError
from scopebox.server.error_shapes import JSON, error_data, error_response, under_pressure
from scopebox.server.framing import Framing
from scopebox.server.joined_writes import JoinedWrites

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send
    from uvicorn.protocols.http.h11_impl import H11Protocol as Uvicorns
else:
    Uvicorns = object

MAX_CONNECTIONS: Final = 256
READ_BYTES: Final = 2**14  # that are parsed in one step
HEAD_SECONDS: Final = 10.0  # in which the head of a request has to have come
IDLE_SECONDS: Final = 5.0  # for which a connection stays open behind an answer without a byte of another request
UNREAD_SECONDS: Final = 20.0  # for which a client may leave an answer unread
OWN_STATUSES: Final = range(600, 1000)  # uvicorn writes none of these by itself, which a Directus does

# Its own messages repeat what a client sent; the log of the sandbox says what matters. Not registered, so nobody else's.
_SILENT: Final = logging.Logger("scopebox.server", logging.CRITICAL + 1)  # noqa: LOG001 - as said


class Connection(Uvicorns):
    """One connection of a client. Mixed into a protocol of uvicorn, whose parser gets only what the framing lets pass."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = self.access_logger = _SILENT
        self.access_log = False
        self._buffer = bytearray(READ_BYTES)
        self._framing = Framing()
        self._waiting = b""  # what came behind a request that is not answered
        self.waits_since = 0.0
        self._expecting = True
        self._idle = False
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Make room for it, and wait for a request."""
        joined = JoinedWrites(transport)
        self._end_answer = joined.flush
        super().connection_made(joined)
        self._expect()
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()

    def _make_room(self) -> None:
        """Close the connection that has kept its request waiting for longest; without one, this one is told to come again."""
        waiting = [other for other in self.connections if isinstance(other, Connection) and other.receiving]
        oldest = min(waiting, key=lambda other: other.waits_since)
        if oldest is self:
            self.app = _busy
        else:
            oldest.transport.abort()

    @property
    def receiving(self) -> bool:
        """Whether the request, or the next one, has not come as a whole."""
        return not self._framing.ended or bool(self.cycle.response_complete)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - part of the protocol
        """Return where the next bytes go: what one step may parse."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what came."""
        self.data_received(bytes(self._buffer[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Give the parser what belongs to the request under way; what belongs to the next one waits for its answer."""
        self._idle = False
        self._waiting += data
        self._go_on()

    def _go_on(self) -> None:
        before = self.cycle
        while self._waiting and not self.transport.is_closing():
            if not self.receiving:
                self.flow.pause_reading()
                break
            if self._framing.ended:
                self._framing = Framing()
            try:
                part, self._waiting = self._framing.take(self._waiting)
            except DirectusError as error:
                self._refuse(error)
                break
            if part:
                super().data_received(part)
        if self.cycle is not before:
            self._expecting = False

    def on_response_complete(self) -> None:
        """Wait for the next request, or go on with it."""
        self._end_answer()
        self._idle = not self._waiting
        self._expect()
        self._take_next()
        if self._waiting:
            self._go_on()

    def _take_next(self) -> None:
        """Let uvicorn read on, which starts a timer for a connection without a request; here is one that does that, too."""
        super().on_response_complete()
        self._unset_keepalive_if_required()

    def _expect(self) -> None:
        self._expecting = True
        self.waits_since = self.loop.time()
        if self._timer is None:
            self._timer = self.loop.call_at(self.waits_since + min(IDLE_SECONDS, HEAD_SECONDS), self._look)

    def _look(self) -> None:
        """Give up a client that sends nothing, or whose head does not come.

        There is one timer for all requests of a connection: most are never waited for. It never lies behind the time of what is expected.
        """
        self._timer, until = None, self.waits_since + (IDLE_SECONDS if self._idle else HEAD_SECONDS)
        if self._expecting and until > self.loop.time():
            self._timer = self.loop.call_at(until, self._look)
        elif self._expecting and self._idle:
            self.timeout_keep_alive_handler()
        elif self._expecting:
            self.transport.abort()

    def pause_writing(self) -> None:
        """Give the client some time to read what was sent."""
        super().pause_writing()
        self._stop(self._unread)
        self._unread = self.loop.call_later(UNREAD_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on sending."""
        self._stop(self._unread)
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._stop(self._timer)
        self._stop(self._unread)
        super().connection_lost(exc)

    @staticmethod
    def _stop(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser does not take, and close."""
        self._refuse(DirectusError(400, "INVALID_REQUEST", msg))

    def _refuse(self, error: DirectusError) -> None:
        """Answer a request that is none, and close; who is at work on its beginning is told that its client has gone."""
        if self.cycle and not self.cycle.response_complete:  # type: ignore[truthy-bool]  # there is none before the first request
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        body = msgspec.json.encode(error_data(error, admin=False))
        head = (
            f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\ncontent-type: {JSON}\r\n"
            f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


async def _busy(scope: Scope, receive: Receive, send: Send) -> None:
    response = error_response(under_pressure("There are too many connections"), admin=False)
    response.headers["connection"] = "close"
    await response(scope, receive, send)
