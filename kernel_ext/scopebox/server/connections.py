"""Connections of clients: how many there may be, how slow they may be, and errors below HTTP's surface as JSON, too.

uvicorn parses and answers; this adds what it leaves open: a time for the head of a request and for an answer that is not read,
reads of a bounded size, and room for new clients where old ones only hold connections.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING, Any, Final

import h11
import msgspec
from uvicorn.protocols.http import h11_impl

from scopebox.errors import DirectusError
from scopebox.server.error_shapes import JSON, error_data, error_response, under_pressure

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

MAX_CONNECTIONS: Final = 256
MAX_HEAD_BYTES: Final = 2**16  # bytes of a request line and its headers
READ_BYTES: Final = 2**14  # that are parsed in one step
HEAD_SECONDS: Final = 10.0  # in which the head of a request has to have come
UNREAD_SECONDS: Final = 20.0  # for which a client may leave an answer unread

# Its own messages repeat what a client sent; the log of the sandbox says what matters. Not registered, so nobody else's.
_SILENT: Final = logging.Logger("scopebox.server", logging.CRITICAL + 1)  # noqa: LOG001 - as said

# uvicorn writes no status beyond 599, which a Directus does.
for _status in range(600, 1000):
    h11_impl.STATUS_PHRASES.setdefault(_status, b"")


class Connection(h11_impl.H11Protocol, asyncio.BufferedProtocol):
    """One connection of a client."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.logger = self.access_logger = _SILENT
        self.access_log = False
        self._buffer = bytearray(READ_BYTES)
        self.waits_since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Make room for it, and wait for a request."""
        super().connection_made(transport)
        self._expect()
        if len(self.connections) > MAX_CONNECTIONS:
            self._make_room()

    def _make_room(self) -> None:
        """Close the connection that has kept its request waiting for longest; without one, this one is told to come again."""
        waiting = [other for other in self.connections if isinstance(other, Connection) and other.receiving]
        oldest = min(waiting, key=lambda other: other.waits_since)
        if oldest is self:
            self.app = _refuse
        else:
            oldest.transport.abort()

    @property
    def receiving(self) -> bool:
        """Whether the request, or the next one, has not come as a whole."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002 - part of the protocol
        """Return where the next bytes go: what one step may parse."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Parse what came."""
        self.data_received(bytes(self._buffer[:nbytes]))

    def handle_events(self) -> None:
        """Parse on; a request that begins need not be waited for any longer."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before:
            self._stop(self._timer)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        self._expect()
        super().on_response_complete()

    def _expect(self) -> None:
        self._stop(self._timer)
        self.waits_since = self.loop.time()
        self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

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
        """Answer what is no HTTP, with the status that fits, and close."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.abort()
            return
        problem = sys.exception()  # this is called while it is handled
        status = problem.error_status_hint if isinstance(problem, h11.RemoteProtocolError) else 400
        error = DirectusError(status, "HEADERS_TOO_LARGE" if status == 431 else "INVALID_REQUEST", msg)  # noqa: PLR2004
        body = msgspec.json.encode(error_data(error, admin=False))
        headers = [("content-type", JSON), ("content-length", str(len(body))), ("connection", "close")]
        for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    response = error_response(under_pressure("There are too many connections"), admin=False)
    response.headers.update({"connection": "close", "retry-after": "1"})
    await response(scope, receive, send)
