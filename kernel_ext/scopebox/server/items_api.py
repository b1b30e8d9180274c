"""The REST API of items: ``/items/<collection>`` and ``/items/<collection>/<key>``, as a Directus 11 answers them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote, unquote

import msgspec
from starlette.responses import Response

from scopebox.chains.chain import Cause
from scopebox.errors import DirectusError
from scopebox.server import system_api
from scopebox.server.absent_routes import ABSENT, absent_route, route_not_found
from scopebox.server.application import ADMIN, CHAIN, Target
from scopebox.server.authentication import accountability_of
from scopebox.server.bodies import check_batch, read_json
from scopebox.server.error_shapes import JSON
from scopebox.server.exports.export import file_answer
from scopebox.server.query_string import parse_query, query_of
from scopebox.server.routes import facts, table
from scopebox.server.routes.route import Asked
from scopebox.store.access.variables import Variables
from scopebox.store.errors import internal_error, invalid_payload
from scopebox.store.query.query import read_query
from scopebox.store.values.generated import now
from scopebox.store.writing.writer import ForgivenError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from starlette.requests import Request

    from scopebox.chains.chain import Chain
    from scopebox.store.access import Accountability
    from scopebox.store.emitter import Emitter
    from scopebox.store.items import ItemsService
    from scopebox.store.reading.request import Rows
    from scopebox.store.store import Store

Query = dict[str, object]
MAX_ANSWER_BYTES: Final = 16 * 2**20
"""The largest answer with items."""
OWNER: Final = "items"  # whose limits requests for items count against


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON of items, the form of a file that was asked for, and counts."""

    data: bytes
    export: str = ""
    meta: dict[str, int] | None = None


class Chains(Protocol):
    """What starts the chain of a request that belongs to none."""

    def start(self, root: str, wall: float | None = None) -> Chain:
        """Return a new chain."""


class Host(Protocol):
    """What the API needs of a sandbox: its store, its hooks, and the chains that requests belong to."""

    @property
    def store(self) -> Store:
        """The collections."""

    @property
    def events(self) -> Emitter:
        """The hooks."""

    @property
    def chains(self) -> Chains:
        """The chains."""


class ItemsApi:
    """Answers the requests for items, the few server calls that clients make, and those for what a store does not have."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def find(self, request: Request) -> Target:
        """Return what answers ``request``; DirectusError 404 for what is not here."""
        path: str = request.scope["path"]
        first, _, rest = path[1:].partition("/")
        if (first, rest) == ("server", "ping") and request.method in ("GET", "HEAD"):
            return Target(OWNER, facts.ping)
        route = table.find("GET" if request.method == "HEAD" else request.method, _segments(request))
        if route is not None:
            return Target(route.owner, partial(self._route, route))
        if (first == "items" and path != "/items") or first in system_api.COLLECTIONS:
            return Target(OWNER, self.answer)
        if first in ABSENT:
            raise absent_route(request)
        raise route_not_found(request)

    async def _route(self, route: table.Found, request: Request, body: bytearray) -> Response:
        """Answer one request for what is no item."""
        data = read_json(request, body)
        store, chain = self._host.store, self._chain(request)
        who = accountability_of(store, request)
        request.scope[ADMIN] = who.admin
        query = parse_query(query_of(request))
        asked = Asked(request, store, self._host.events, chain, who, data, route.names, query)
        return await chain.perform(route.perform(asked))

    def _chain(self, request: Request) -> Chain:
        chain: Chain | None = request.scope.get(CHAIN)
        return chain or self._host.chains.start(f"{request.method} {request.scope['path'][:200]}")

    async def answer(self, request: Request, body: bytearray) -> Response:
        """Answer one request for items."""
        data = read_json(request, body)
        accountability = accountability_of(self._host.store, request)
        request.scope[ADMIN] = accountability.admin
        try:
            chain = self._chain(request)
            return await chain.perform(self._answer(request, data, accountability, chain))
        except ForgivenError:
            return Response(status_code=204)

    async def _answer(self, request: Request, body: object, accountability: Accountability, chain: Chain) -> Response:
        store = self._host.store
        query: Query = parse_query(query_of(request))
        read_query(query, Variables(store.access, accountability, now()))
        route, *rest = _segments(request)
        system = system_api.COLLECTIONS.get(route)
        collection = system or (rest.pop(0) if rest else "")
        if not collection:
            raise route_not_found(request)
        service = store.items(
            collection,
            accountability=accountability,
            emitter=self._host.events,
            cause=Cause(chain),
            most=MAX_ANSWER_BYTES,
            system=system is not None,
        )
        service.check()
        if system is not None:
            answer = await _system(request, service, query, body, (system, *rest), who=accountability)
        elif not rest:
            answer = await (_single if service.singleton else _many)(request, service, query, body)
        elif len(rest) == 1:
            answer = await _one(request, service, query, body, rest[0])
        else:
            raise route_not_found(request)
        if answer is None:
            return Response(status_code=204)
        if answer.export:
            return await file_answer(answer.data, answer.export, collection)
        return _response(answer.data, answer.meta)


async def _system(
    request: Request, service: ItemsService, query: Query, body: object, place: tuple[str, ...], *, who: Accountability
) -> Answer | None:
    collection, *rest = place
    system_api.check_reads(request, collection, rest)
    if rest:
        return Answer(await system_api.one(service, collection, rest[0], query, who), _export(query))
    body = body if request.method == "SEARCH" else None
    return await _read(service, query, body, by_keys=collection in system_api.BY_KEYS)


async def _many(request: Request, service: ItemsService, query: Query, body: object) -> Answer | None:
    method = request.method
    if method in ("GET", "HEAD", "SEARCH"):
        return await _read(service, query, body if method == "SEARCH" else None)
    if method == "POST" and isinstance(body, list):
        keys = await service.create(body)
        return await _back(service.read(query, keys=keys), query)
    if method == "POST":
        key = await service.create_one(body)
        return await _back(service.read_one(key, query), query)
    if method == "PATCH":
        return await _back(service.read(query, keys=await _update(service, body)), query)
    if method == "DELETE":
        await _delete(service, body)
        return None
    raise route_not_found(request)


async def _single(request: Request, service: ItemsService, query: Query, body: object) -> Answer | None:
    """Answer a request for the item of a singleton, which has no key."""
    method = request.method
    if method in ("GET", "HEAD", "SEARCH"):
        _, query = _asked(query, body if method == "SEARCH" else None)
        return Answer((await service.read_singleton(query)).json(), _export(query), await _meta(service, query))
    if method == "PATCH":
        await service.upsert(body)
        return Answer((await service.read_singleton(query)).json(), _export(query))
    if method == "DELETE":
        await _delete_single(service, body)
        return None
    raise _no_route_of_items(request) if method == "POST" else route_not_found(request)


async def _one(request: Request, service: ItemsService, query: Query, body: object, key: str) -> Answer | None:
    if request.method in ("GET", "HEAD"):
        return Answer((await service.read_one(key, query)).json(), _export(query))
    if request.method == "PATCH" and service.singleton:
        raise _no_route_of_items(request)
    if request.method == "PATCH":
        await service.update_many([key], body)
        return await _back(service.read_one(key, query), query)
    if request.method == "DELETE":
        await service.delete_many([key])
        return None
    raise route_not_found(request)


async def _read(service: ItemsService, query: Query, body: object, *, by_keys: bool = True) -> Answer | None:
    """Answer a list of items, with the counts that its query asks for."""
    keys, query = _asked(query, body)
    rows = await service.read(query, keys=keys if by_keys else None)
    return Answer(rows.json(), _export(query), await _meta(service, query))


def _asked(query: Query, body: object) -> tuple[list[object] | None, Query]:
    """Return the keys and the query of a read: those of the ``body`` of a search, if it has any."""
    if body is None:
        return None, query
    if not isinstance(body, dict):
        raise invalid_payload('"value" must be of type object')
    batch = check_batch(body, "read")
    keys, asked = batch.get("keys"), batch.get("query")
    return keys if isinstance(keys, list) else None, dict(asked) if isinstance(asked, dict) else query


async def _meta(service: ItemsService, query: Query) -> dict[str, int] | None:
    return await service.counts(query) if query.get("meta") else None


async def _update(service: ItemsService, body: object) -> list[object]:
    if isinstance(body, list):
        return await service.update_batch(body)
    batch = check_batch(body, "update")
    keys, query = batch.get("keys"), batch.get("query")
    if isinstance(keys, list):
        return await service.update_many(keys, batch["data"])
    return await service.update_by_query(query if isinstance(query, dict) else {}, batch["data"])


async def _delete(service: ItemsService, body: object) -> list[object]:
    if isinstance(body, list):
        return await service.delete_many(body)
    batch = check_batch(body, "delete")
    keys, query = batch.get("keys"), batch.get("query")
    if isinstance(keys, list):
        return await service.delete_many(keys)
    return await service.delete_by_query(query if isinstance(query, dict) else {})


async def _delete_single(service: ItemsService, body: object) -> list[object]:
    """Delete from a singleton, for which a Directus does not check the body before."""
    if isinstance(body, list):
        return await service.delete_many(body)
    keys, query = (body.get("keys"), body.get("query")) if isinstance(body, dict) else (None, None)
    if isinstance(keys, list):
        return await service.delete_many(keys)
    if not isinstance(query, dict):
        raise internal_error("Cannot read properties of undefined (reading 'limit')")
    return await service.delete_by_query(query)


async def _back(read: Awaitable[Rows], query: Query) -> Answer | None:
    """Answer a write with what can be read of it; the write stands, so what may not be read is an empty answer."""
    try:
        rows = await read
    except DirectusError as error:
        if error.code != "FORBIDDEN":
            raise
        return None
    return Answer(rows.json(), _export(query))


def _no_route_of_items(request: Request) -> DirectusError:
    """Return the answer to what a singleton has no route for; it names the path below ``/items``, as a Directus does."""
    return route_not_found(request, request.scope["path"].removeprefix("/items"))


def _export(query: Query) -> str:
    """Return the form of a file that a checked query asks for, "" for none."""
    return str(query.get("export") or "")


def _response(data: bytes, meta: dict[str, int] | None = None) -> Response:
    before = b'{"meta":' + msgspec.json.encode(meta) + b',"data":' if meta else b'{"data":'
    return Response(before + data + b"}", media_type=JSON)


def _segments(request: Request) -> list[str]:
    """Return the parts of the path, percent-encoding resolved part by part: keys may hold slashes."""
    raw = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    parts = raw.decode("latin-1").partition("?")[0].split("/")[1:]
    segments = [unquote(part) for part in parts]
    return segments[:-1] if len(segments) > 1 and not segments[-1] else segments
