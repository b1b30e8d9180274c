"""The reference over HTTP: plain starlette with the best SQL known, by the server and the parser that scopebox has.

``python -m benchmarks.plain_server --items N``. Every route stands there three times: as it is, on the loop; under
``/threads``, in worker threads; and under ``/constant``, where the bytes of the first answer are the answer to all.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import uvicorn
from msgspec.json import decode
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from benchmarks.bare import THREADS, Bare
from benchmarks.processes import items_asked, serve_until_closed

Parameters = Mapping[str, Any]
Work = Callable[[Bare, Parameters, bytes], bytes]
Frame = Callable[[object, Callable[[], bytes]], Awaitable[bytes]]
"""Where the work of a kind of request is done, if it is."""

READS: Final[Mapping[str, Work]] = {
    "/{table}/key/{key:int}": lambda bare, of, _: bare.by_key(of["table"], of["key"]),
    "/{table}/page/{limit:int}/{page:int}": lambda bare, of, _: bare.page(of["table"], of["limit"], of["page"]),
    "/{table}/selected/{views:int}": lambda bare, of, _: bare.selected(of["table"], of["views"]),
    "/{table}/grouped": lambda bare, of, _: bare.grouped(of["table"]),
    "/{table}/found/{words}": lambda bare, of, _: bare.found(of["table"], of["words"]),
    "/books/{page:int}": lambda bare, of, _: bare.books(of["page"]),
    "/shelves/{page:int}": lambda bare, of, _: bare.shelves(of["page"]),
    "/hello": lambda _bare, _of, _: b'{"hello":"world"}',
}
WRITES: Final[Mapping[tuple[str, str], Work]] = {
    ("POST", "/{table}/one"): lambda bare, of, body: bare.created(of["table"], decode(body)),
    ("POST", "/{table}/all"): lambda bare, of, body: bare.created_all(of["table"], body.decode()),
    ("POST", "/{table}/first"): lambda bare, of, body: bare.created_first(of["table"], body.decode()),
    ("PATCH", "/{table}/key/{key:int}"): lambda bare, of, body: bare.updated(
        of["table"], of["key"], decode(body)["views"]
    ),
}


class Frames:
    """The three ways to answer."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS)
        self._kept: dict[object, bytes] = {}

    async def here(self, _kind: object, work: Callable[[], bytes]) -> bytes:
        """On the loop."""
        return work()

    async def threaded(self, _kind: object, work: Callable[[], bytes]) -> bytes:
        """In a worker thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def constant(self, kind: object, work: Callable[[], bytes]) -> bytes:
        """Once."""
        if kind not in self._kept:
            self._kept[kind] = work()
        return self._kept[kind]


def route(bare: Bare, frame: Frame, method: str, path: str, work: Work) -> Route:
    """A route that answers as a Directus does."""

    async def answer(request: Request) -> Response:
        body = await request.body() if method != "GET" else b""
        kind = path, request.path_params.get("limit")
        data = await frame(kind, lambda: work(bare, request.path_params, body))
        return Response(b'{"data":%b}' % data, media_type="application/json")

    return Route(path, answer, methods=[method])


def application(bare: Bare) -> Starlette:
    """All routes in all frames."""
    works = {**{("GET", path): work for path, work in READS.items()}, **WRITES}
    frames = Frames()

    def routes(frame: Frame) -> list[Route]:
        return [route(bare, frame, method, path, work) for (method, path), work in works.items()]

    others = [Mount("/threads", routes=routes(frames.threaded)), Mount("/constant", routes=routes(frames.constant))]
    return Starlette(routes=[*routes(frames.here), *others])


def main() -> None:
    """Serve until standard input ends."""
    bare = Bare(items_asked())
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as scopebox does: else a body waits for its head
    config = uvicorn.Config(application(bare), log_config=None, access_log=False, lifespan="off", server_header=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    serve_until_closed(f"http://127.0.0.1:{listener.getsockname()[1]}", Path(__file__))
    server.force_exit = server.should_exit = True
    thread.join()
    bare.close()


if __name__ == "__main__":
    main()
