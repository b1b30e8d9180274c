"""The ASGI application of a sandbox: the endpoints of its extensions and the items API of a Directus.

Everything runs on the loop of the sandbox's pool; a server on another loop is bridged to it. Directus's own routes come first,
so no extension can take them over (its routes are below its own name anyway).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import httpx

from scopebox.chains.chain import Cause, Chain
from scopebox.chains.meter import Metered
from scopebox.errors import DirectusError, ScopeboxError
from scopebox.registry.routes import LongPathError
from scopebox.server import endpoints
from scopebox.server.absent_routes import route_not_found
from scopebox.server.application import CHAIN, Application, Target
from scopebox.server.error_shapes import too_long
from scopebox.server.items_api import FIRST_PARTS, ItemsApi
from scopebox.server.json_body import read_json
from scopebox.server.middleware import admit
from scopebox.server.paths import mount_of, sent_path
from scopebox.text.messages import quote
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Awaitable, Container

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope, Send

    from scopebox.registry.registrations import Endpoint
    from scopebox.services import Services

T = TypeVar("T")
BASE_URL: Final = "http://sandbox.invalid"


class SandboxApp:
    """``box.app``. Call it from any server; :meth:`request` is the in-process client.

    ``loaded`` holds the names of the extensions that are loaded.
    """

    def __init__(self, services: Services, loaded: Container[str]) -> None:
        self._services = services
        self._loaded = loaded
        self._items = ItemsApi(services)
        self._inner = Application(self._find, self._note, services.settings.body_bytes, self._note)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection, from whatever loop it comes."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif asyncio.get_running_loop() is self._services.chains.loop:
            await self._answer(scope, receive, send)
        else:
            await self._bridge(scope, receive, send)

    async def _bridge(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run a connection of another loop on the sandbox's own; each message crosses over by itself."""
        outer = asyncio.get_running_loop()

        async def inner_receive() -> Message:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(receive()), outer))

        async def inner_send(message: Message) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(send(message)), outer))

        work = self._answer(scope, inner_receive, inner_send)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._services.chains.loop))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection on the sandbox's own loop, as part and at the cost of one chain."""
        chain: Chain | None = scope.get(CHAIN)
        if chain is None:
            chain = self._services.chains.start(f"{scope.get('method', '')} {scope.get('path', '')[:200]}")
        await Metered(chain, self._inner({**scope, CHAIN: chain}, receive, send))

    async def request(self, chain: Chain, method: str, path: str, **options: object) -> httpx.Response:
        """Send one request from inside the process, as part of ``chain``; keeps no cookies. To be called on the loop.

        Waits for the actions that it caused, at most ``settings.settle`` seconds. ScopeboxError for a path or a header that no
        request can have.
        """
        url = _url(path)
        _check_headers(options.get("headers"))

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await self._answer({**scope, CHAIN: chain}, receive, send)

        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, trust_env=False) as client:
            response = await client.request(method, url, timeout=None, **options)  # type: ignore[arg-type]
        # It is read, and its pieces would be kept as long as what was put together from them.
        response.stream = httpx.ByteStream(b"")
        await chain.settle(self._services.settings.settle)
        return response

    def _find(self, request: Request) -> Target:
        """Return what answers ``request``, by the first part of its path: a Directus's own routes come first, so no extension takes them over."""
        mount, below = mount_of(sent_path(request))
        missing = None
        try:
            if mount in FIRST_PARTS:
                return self._items.find(request)
        except DirectusError as error:
            missing = error
        try:
            found = self._endpoint(request, mount, below)
        except DirectusError as error:  # a part of the path that cannot be read
            found, missing = None, error
        except LongPathError as error:
            found, missing = None, too_long(str(error))
        return found or Target("", partial(self._missing, missing or route_not_found(request)))

    def _endpoint(self, request: Request, name: str, below: str) -> Target | None:
        """Return the route of the extension ``name`` that answers ``request``; None without one."""
        registry = self._services.registry
        if request.method == "OPTIONS":
            found = registry.find_endpoints(name, below)
            for endpoint in found:
                endpoints.check_parameters(endpoint, below)
            return Target(name, partial(self._items.options, endpoints.methods_of(found))) if found else None
        answering = registry.find_endpoint(name, request.method, below)
        if answering is None:
            for other in registry.find_endpoints(name, below) if "%" in below else ():
                endpoints.check_parameters(other, below)
            return None
        endpoints.check_parameters(answering, below)
        return Target(answering.extension, partial(self._call, answering, below), takes_text=not answering.router)

    async def _missing(self, error: DirectusError, request: Request, body: bytearray) -> Response:
        read_json(body)
        admit(self._services.store, request)
        raise error

    async def _call(self, endpoint: Endpoint, url: str, request: Request, body: bytearray) -> Response:
        chain: Chain = request.scope[CHAIN]
        chain.extend(endpoint.wall)
        note = partial(self._services.log.write, "error", endpoint.extension, chain=chain.id)
        argument = endpoints.argument_of(endpoint, request, url, body)
        admit(self._services.store, request)
        return await endpoints.call(endpoint, argument, body, Cause(chain), note)

    def _note(self, request: Request, text: str) -> None:
        """Write a line about an error that no extension raised; ``text`` may hold what a client sent."""
        path: str = request.scope["path"][:200]
        name, _ = mount_of(path)
        known, chain = name if name in self._loaded else "", request.scope[CHAIN].id
        self._services.log.write("error", known, clean(f"{request.method} {path}: {text}", 1000), chain)


def _url(path: str) -> httpx.URL:
    try:
        return httpx.URL(path)
    except (httpx.InvalidURL, UnicodeEncodeError) as error:
        raise ScopeboxError(
            f"{quote(path)} is not the path of a request: {clean(error)}",
            hint="A path is one such as /items/articles; what else stands in it is percent-encoded, as in %20.",
        ) from None


def _check_headers(headers: object) -> None:
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    for name, value in pairs if isinstance(pairs, Iterable) else ():
        try:
            httpx.Headers([(name, value)])
        except UnicodeEncodeError:
            raise ScopeboxError(
                f"The header {quote(name)} cannot be sent: it has characters beyond ASCII",
                hint="Percent-encode them, as in %C3%A9, if who reads the header decodes that.",
            ) from None


async def _awaited(awaitable: Awaitable[T]) -> T:
    """Turn any awaitable into the coroutine that a loop of another thread takes."""
    return await awaitable


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
