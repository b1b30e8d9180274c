"""A registered endpoint, beside the same handler as a plain starlette route."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.guest import plain_box
from benchmarks.measure import Pair, Row, Stage, Target, timed

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from scopebox import Sandbox
    from starlette.requests import Request

NAME: Final = "directus-extension-bench-endpoint"
PATH: Final = f"/{NAME}/hello"
SOURCE: Final = """
def hello(request):
    return {"status": 200, "body": {"hello": "world"}}

await exec("register-endpoint", {"method": "GET", "path": "/hello", "handler": hello})
"""


async def hello(request: Request) -> JSONResponse:
    """Answer as the registered endpoint does."""
    del request
    return JSONResponse({"hello": "world"})


def plain_app() -> Starlette:
    """The same route without anything else."""
    return Starlette(routes=[Route(PATH, hello)])


def endpoint_box(stage: Stage) -> Sandbox:
    """A sandbox with the endpoint."""
    box = stage.shared(plain_box)
    box.load(SOURCE, name=NAME)
    return box


@contextmanager
def background_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop on a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def on(loop: asyncio.AbstractEventLoop, work: Coroutine[object, object, httpx.Response]) -> httpx.Response:
    """Run a request on a loop and wait for the response."""
    return asyncio.run_coroutine_threadsafe(work, loop).result()


def in_process(stage: Stage) -> Pair:
    """Through the ASGI application, without a socket; both on a loop in the background."""
    box, loop = stage.shared(endpoint_box), stage.enter(background_loop())
    client = httpx.AsyncClient(transport=httpx.ASGITransport(plain_app()), base_url="http://localhost")
    return Pair(
        timed(lambda: box.request("GET", PATH).raise_for_status()),
        timed(lambda: on(loop, client.get(PATH)).raise_for_status()),
    )


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The application over HTTP on loopback; gives its address."""
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    started = threading.Event()

    async def serve() -> None:
        running = asyncio.ensure_future(server.serve())
        while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        started.set()
        await running

    thread = threading.Thread(target=asyncio.run, args=[serve()], daemon=True)
    thread.start()
    started.wait()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def over_http(stage: Stage) -> Pair:
    """With a kept connection."""
    ours = stage.enter(httpx.Client(base_url=stage.shared(endpoint_box).serve().url, trust_env=False))
    reference = stage.enter(httpx.Client(base_url=stage.enter(served(plain_app())), trust_env=False))
    return Pair(timed(lambda: ours.get(PATH).raise_for_status()), timed(lambda: reference.get(PATH).raise_for_status()))


ROWS: Final = (
    Row(
        "endpoints.process",
        "a request to an endpoint, in process",
        "a plain starlette route, in process",
        in_process,
        Target("value", 0.001),
    ),
    Row("endpoints.http", "a request to an endpoint, over HTTP", "a plain starlette route, over HTTP", over_http),
)
