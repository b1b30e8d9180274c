"""The REST API of items: ``/items/<collection>`` and ``/items/<collection>/<key>``, as a Directus 11 answers them.

The module is longer than the house rule because the routes of many items, of one and of a singleton share how a query and a body are
read, and how an answer is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.chains.chain import Cause
from scopebox.errors import DirectusError
from scopebox.server import first_routes, system_api
from scopebox.server.absent_routes import ABSENT, missing_route, route_not_found
from scopebox.server.answers import data_response, nothing, options_response
from scopebox.server.application import CHAIN, ROOM, Target
from scopebox.server.bodies import check_batch
from scopebox.server.exports.export import file_answer
from scopebox.server.json_body import read_json
from scopebox.server.made import MANY_KEYS_BYTES, is_little, most_made
from scopebox.server.methods import ROUTES, methods_of
from scopebox.server.middleware import Admission, admit
from scopebox.server.paths import mount_of, parameter, parts_of, sent_path
from scopebox.server.routes import table
from scopebox.server.routes.route import Asked
from scopebox.store.errors import internal_error, invalid_payload
from scopebox.store.writing.writer import ForgivenError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from scopebox.chains.chain import Chain
    from scopebox.store.access import Accountability
    from scopebox.store.emitter import Emitter
    from scopebox.store.items import ItemsService
    from scopebox.store.reading.request import Rows
    from scopebox.store.store import Store

Query = dict[str, object]
MAX_ANSWER_BYTES: Final = 16 * 2**20
"""The largest answer with items."""
WRITES: Final = ("POST", "PATCH", "DELETE")
OWNER: Final = "items"  # whose limits requests for items count against
FIRST_PARTS: Final = frozenset({*first_routes.FIRST_PARTS, *ROUTES, *ABSENT})
"""The first parts of the paths that a Directus answers by itself; below others there is nothing but endpoints of extensions."""


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON of items in pieces, the form of a file that was asked for, and counts."""

    data: list[bytes]
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
        """Return what answers ``request`` at a path with one of ``FIRST_PARTS``; DirectusError 404 for what is not here."""
        method, path = request.method, sent_path(request)
        first = first_routes.find(method, path)
        if first is not None:
            return Target(OWNER, first)
        mount, below = mount_of(path)
        methods = methods_of(mount, below)
        if method == "OPTIONS" and methods:
            return Target(OWNER, partial(self.options, methods))
        segments = _segments(mount, below)
        route = table.find("GET" if method == "HEAD" else method, segments)
        if route is not None:
            # Those of sessions hold nothing of a request while they wait.
            made = partial(self._made, segments) if route.owner == OWNER else None
            return Target(route.owner, partial(self._route, route), made=made)
        if method in methods and (mount == "items" or mount in system_api.COLLECTIONS):
            return Target(OWNER, partial(self.answer, segments), made=partial(self._made, segments))
        raise missing_route(request, methods)

    def _made(self, segments: Sequence[str], request: Request, body: bytearray) -> int:
        """Return about how many bytes are made of a request at the path of ``segments``; what it writes may lead to any collection."""
        query, method = request.scope["query_string"], request.method
        by_query = method in ("PATCH", "DELETE") and len(segments) == len(("items", "name")) and body[:1] != b"["
        if is_little(query, body):
            return MANY_KEYS_BYTES if by_query else 0
        written = self._host.store.schema.all.values() if method in ("POST", "PATCH") else ()
        widest = max((len(collection.fields) for collection in written), default=0)
        return most_made(query, body, widest) + by_query * MANY_KEYS_BYTES

    async def options(self, methods: list[str], request: Request, body: bytearray) -> Response:
        """Answer with the methods of a route, once body, token and query were looked at."""
        read_json(body)
        admit(self._host.store, request)
        return options_response(methods)

    async def _route(self, route: table.Found, request: Request, body: bytearray) -> Response:
        """Answer one request for what is no item."""
        data, store, chain = read_json(body), self._host.store, self._chain(request)
        given = admit(store, request)
        asked = Asked(request, store, self._host.events, chain, given.who, data, route.names, given.query)
        return await chain.perform(route.answer(asked))

    def _chain(self, request: Request) -> Chain:
        chain: Chain | None = request.scope.get(CHAIN)
        return chain or self._host.chains.start(f"{request.method} {request.scope['path'][:200]}")

    async def answer(self, segments: Sequence[str], request: Request, body: bytearray) -> Response:
        """Answer one request for items, at the path of ``segments``."""
        data = read_json(body)
        given = admit(self._host.store, request)
        try:
            chain = self._chain(request)
            return await chain.perform(self._answer(request, segments, data, given, chain))
        except ForgivenError:
            return nothing()

    async def _answer(
        self, request: Request, segments: Sequence[str], body: object, given: Admission, chain: Chain
    ) -> Response:
        store, query = self._host.store, given.query
        route, *rest = segments
        system = system_api.COLLECTIONS.get(route)
        collection = system or (rest.pop(0) if rest else "")
        if not collection:
            raise route_not_found(request)
        service = store.items(
            collection,
            accountability=given.who,
            emitter=self._host.events,
            cause=Cause(chain),
            most=MAX_ANSWER_BYTES,
            room=request.scope[ROOM].wait,
            stores=chain.store,
            held=chain.held_limit,
            system=system is not None,
        )
        service.check()
        if system is not None:
            if request.method in WRITES:
                system_api.refuse_write(store.access, given.who, request.method, (system, *rest), body)
            answer = await _system(request, service, query, body, (system, *rest), who=given.who)
        elif not rest:
            answer = await (_single if service.singleton else _many)(request, service, query, body)
        elif len(rest) == 1:
            answer = await _one(request, service, query, body, rest[0])
        else:
            raise route_not_found(request)
        if answer is None:
            return nothing()
        if answer.export:
            data = b"".join(answer.data)
            answer.data.clear()
            return await file_answer(data, answer.export, collection)
        return data_response(answer.data, answer.meta)


async def _system(
    request: Request, service: ItemsService, query: Query, body: object, place: tuple[str, ...], *, who: Accountability
) -> Answer | None:
    collection, *rest = place
    system_api.check_reads(request, rest)
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
        return await _back(service.read(query, keys=keys, created=True), query)
    if method == "POST":
        made = await service.create_and_show(body, query)
        return await _back(service.show(made, query), query)
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
        return Answer((await service.read_singleton(query)).pieces(), _export(query), await _meta(service, query))
    if method == "PATCH":
        await service.upsert(body)
        return Answer((await service.read_singleton(query)).pieces(), _export(query))
    if method == "DELETE":
        await _delete_single(service, body)
        return None
    raise _no_route_of_items(request) if method == "POST" else route_not_found(request)


async def _one(request: Request, service: ItemsService, query: Query, body: object, key: str) -> Answer | None:
    if request.method in ("GET", "HEAD"):
        return Answer((await service.read_one(key, query)).pieces(), _export(query))
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
    return Answer(rows.pieces(), _export(query), await _meta(service, query))


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
    return Answer(rows.pieces(), _export(query))


def _no_route_of_items(request: Request) -> DirectusError:
    """Return the answer to what a singleton has no route for; it names the path below ``/items``, as a Directus does."""
    return route_not_found(request, mount_of(sent_path(request))[1])


def _export(query: Query) -> str:
    """Return the form of a file that a checked query asks for, "" for none."""
    return str(query.get("export") or "")


def _segments(mount: str, below: str) -> list[str]:
    """Return the first part of a path, and the parts below it as text: keys may hold slashes."""
    return [mount, *map(parameter, parts_of(below))]
