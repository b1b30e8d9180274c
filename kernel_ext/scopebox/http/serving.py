"""Serving ``box.app`` over HTTP: loopback only, Host header checked, no CORS unless asked for."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from scopebox.sandbox import Sandbox

HOST: Final = "127.0.0.1"
NAMES: Final = ("127.0.0.1", "localhost")
STOP_SECONDS: Final = 5.0


class Server:
    """A running server. ``url`` is its address, :meth:`stop` ends it.

    ``cors`` is a list of origins whose pages may call it, empty by default. It runs on the loop of the sandbox.
    """

    def __init__(self, box: Sandbox, port: int = 0, *, cors: tuple[str, ...] = ()) -> None:
        app: ASGIApp = TrustedHostMiddleware(box.app, allowed_hosts=list(NAMES))
        if cors:
            app = CORSMiddleware(app, allow_origins=list(cors), allow_methods=["*"], allow_headers=["*"])
        listener = socket.create_server((HOST, port))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # else a body waits for its head
        self.port: int = listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        config = uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=1
        )
        self._server = uvicorn.Server(config)
        self._ended = threading.Event()
        started = threading.Event()
        asyncio.run_coroutine_threadsafe(self._serve(listener, started), box.pool.loop)
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

    def stop(self) -> None:
        """End the server; requests under way get a second to finish."""
        self._server.should_exit = True
        self._ended.wait(STOP_SECONDS)

    def __repr__(self) -> str:
        return f"<Server {self.url}>"
