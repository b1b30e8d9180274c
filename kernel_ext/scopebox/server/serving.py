"""Serving ``box.app`` over HTTP: on loopback only, behind a hub for its public host, and for pages of other origins only if they are named."""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import uvicorn

from scopebox.errors import ScopeboxError
from scopebox.server.cors import Cors
from scopebox.server.framing import MAX_HEAD_BYTES
from scopebox.server.guard import Guard
from scopebox.server.hub import BehindHub

try:
    from scopebox.server.httptools_connection import HttptoolsConnection as Parsed
except ImportError:  # it has no wheel for some machines
    from scopebox.server.h11_connection import H11Connection as Parsed  # type: ignore[assignment]

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from scopebox.server.hub import Hub

HOST: Final = "127.0.0.1"
BACKLOG: Final = 128  # connections that wait to be accepted
GRACE_SECONDS: Final = 1.0  # for requests under way when the server ends
STOP_SECONDS: Final = 5.0


def _listener(port: int) -> socket.socket:
    """Listen on loopback; ScopeboxError if the system does not let it."""
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (while")[0]
        if port:
            raise ScopeboxError(f"Port {port} cannot be served: {reason}", hint="Port 0 takes a free one.") from error
        raise ScopeboxError(
            f"No port of {HOST} can be served: {reason}",
            hint="See which ports are taken (netstat -an), and whether a firewall lets Python listen there.",
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a body waits for its head
    return listener


class Server:
    """A running server. ``url`` is its address on this machine, :meth:`stop` ends it.

    ``cors`` is a list of origins whose pages may call it, empty by default. ``hub`` is what it runs behind, if it does; then ``public_url`` is its
    address there, or the path of it where the hub names no host, and ``notes`` say what has to be known. It runs on ``loop``, that of the sandbox.
    """

    def __init__(
        self,
        app: ASGIApp,
        loop: asyncio.AbstractEventLoop,
        port: int = 0,
        *,
        cors: tuple[str, ...] = (),
        hub: Hub | None = None,
    ) -> None:
        if cors:
            app = Cors(app, cors)
        listener = _listener(port)
        self.port: int = listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        self.public_url = ""
        self.notes: tuple[str, ...] = ()
        if hub is not None:
            self.public_url = hub.address(self.port)
            self.notes = (f"On this machine it is {self.url}.", *hub.notes)
            app = BehindHub(app, hub, f"{hub.prefix}proxy/{self.port}")
        config = uvicorn.Config(
            Guard(app, cors, hub),
            http=Parsed,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # nothing here asks whose proxy a request came by
            server_header=False,
            backlog=BACKLOG,
            h11_max_incomplete_event_size=MAX_HEAD_BYTES,
        )
        self._server = uvicorn.Server(config)
        self._ended = threading.Event()
        started = threading.Event()
        self._loop = loop
        asyncio.run_coroutine_threadsafe(self._serve(listener, started), self._loop)
        started.wait(STOP_SECONDS)

    async def _serve(self, listener: socket.socket, started: threading.Event) -> None:
        serving = asyncio.ensure_future(self._server.serve([listener]))
        try:
            while not self._server.started and not serving.done():  # noqa: ASYNC110 - uvicorn tells by a flag alone
                await asyncio.sleep(0.005)
            started.set()
            await serving
        finally:
            listener.close()
            self._ended.set()

    @property
    def connections(self) -> int:
        """How many connections of clients are open."""
        return len(self._server.server_state.connections)

    def stop(self) -> None:
        """End the server; requests under way get a second to finish."""
        self._server.should_exit = True
        if not self._ended.wait(GRACE_SECONDS):
            with suppress(RuntimeError):  # a loop that was closed has ended the server
                self._loop.call_soon_threadsafe(self._cut)
        self._ended.wait(STOP_SECONDS)

    def _cut(self) -> None:
        state = self._server.server_state
        for task in tuple(state.tasks):
            task.cancel()
        for connection in tuple(state.connections):
            connection.transport.abort()

    def __repr__(self) -> str:
        return f"<Server {self.public_url or self.url}>"
