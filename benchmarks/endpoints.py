"""A registered endpoint beside the same handler as a plain starlette route, and one of many beside one alone."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from benchmarks.extensions import ENDPOINT, MANIFEST
from benchmarks.guest import plain_box
from benchmarks.measure import Pair, Row, Stage, Target, timed

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from scopebox import Sandbox
    from starlette.requests import Request

PATH: Final = f"/{ENDPOINT.name}/hello"
EXTENSIONS: Final = 10
ENDPOINTS: Final = 100  # of each of them
MANY_NAME: Final = "directus-extension-bench-many-{}"
MANY: Final = """
def hello(request):
    return {{"status": 200, "body": {{"hello": "world"}}}}

for number in range({count}):
    await exec("register-endpoint", {{"method": "GET", "path": "/hello-" + str(number), "handler": hello}})
"""


async def hello(request: Request) -> JSONResponse:
    """Answer as the registered endpoint does."""
    del request
    return JSONResponse({"data": {"hello": "world"}})


def endpoint_box(stage: Stage) -> Sandbox:
    """A sandbox with the endpoint alone."""
    box = stage.shared(plain_box)
    box.load(ENDPOINT.python, name=ENDPOINT.name, manifest=MANIFEST)
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
    app = Starlette(routes=[Route(PATH, hello)])
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")
    return Pair(
        timed(lambda: box.request("GET", PATH).raise_for_status()),
        timed(lambda: on(loop, client.get(PATH)).raise_for_status()),
    )


def last_of_many(stage: Stage) -> Pair:
    """The endpoint that was registered last in a sandbox full of them, beside one that is alone."""
    alone, full = stage.shared(endpoint_box), plain_box(stage)
    count = min(ENDPOINTS, stage.size.items)
    for number in range(EXTENSIONS):
        full.load(MANY.format(count=count), name=MANY_NAME.format(number))
    last = f"/{MANY_NAME.format(EXTENSIONS - 1)}/hello-{count - 1}"
    return Pair(
        timed(lambda: full.request("GET", last).raise_for_status()),
        timed(lambda: alone.request("GET", PATH).raise_for_status()),
    )


ROWS: Final = (
    Row(
        "endpoints.process",
        "a request to an endpoint, in process",
        "a plain starlette route, in process",
        in_process,
        Target("value", 0.001),
    ),
    Row(
        "endpoints.last",
        "a request to the last of 1 000 endpoints, in process",
        "one that is alone",
        last_of_many,
    ),
)
