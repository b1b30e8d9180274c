"""Reading items: hooks around one compiled statement, or one a level of relations."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from msgspec import Raw
from scopebox_guest import wire

from scopebox.store import javascript
from scopebox.store.bounds import MAX_ITEMS
from scopebox.store.emitter import data_of, event_names
from scopebox.store.errors import forbidden, forbidden_collection, internal_error
from scopebox.store.query.filters import and_
from scopebox.store.query.hooked import from_hook, hook_data
from scopebox.store.query.query import META, Query, read_query, selecting
from scopebox.store.reading import hook_bounds
from scopebox.store.reading.compiled import Plan
from scopebox.store.reading.counts import count
from scopebox.store.reading.hooked_queries import UNHEARD, HookedQueries
from scopebox.store.reading.keys import as_parameter, asks_for_keys, first_keys, fits_key, key_asked_for
from scopebox.store.reading.paging import first_of
from scopebox.store.reading.plans import Plans
from scopebox.store.reading.request import UNCHECKED, Request, Rows
from scopebox.store.reading.singletons import defaults

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.store.access import Access, Accountability
    from scopebox.store.database.database import Readable
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.schema.schema import Schema

VERSIONS: Final = "directus_versions"
_NOT_OF_ONE: Final = frozenset(("filter", "aggregate", "groupBy", "version"))
"""Parts of a query under which an item that is asked for by its key is found otherwise."""


class Reader:
    """Reads the items of one store, under one schema and one access (a change of either makes another reader)."""

    def __init__(self, database: Readable, schema: Schema, access: Access) -> None:
        self.database = database
        self.schema = schema
        self.access = access
        self.plans = Plans(database, schema, access)
        self._hooked = HookedQueries()

    def check(self, query: Mapping[str, object], who: Accountability) -> None:
        """Raise the DirectusError of a query that is none, whatever it is about."""
        self.plans.check(query, who)

    async def read(
        self,
        collection: str,
        query: Mapping[str, object] | None = None,
        request: Request = UNCHECKED,
        *,
        keys: Sequence[object] | None = None,
        created: bool = False,
    ) -> Rows:
        """Return the items that ``query`` asks for, those with ``keys`` if given; all of these are there, if they were just ``created``. Raises DirectusError."""
        self._check_collection(collection)
        if keys is None and _unheard(collection, request):
            if request.turn is None:
                return await self._read(collection, query or {}, request)
            async with request.turn:
                return await self._read(collection, query or {}, request)
        rights = await self.plans.rights(request)
        parsed, most = await self.plans.parsed(read_query, query, request, rights), None
        if keys is not None:
            unheard = _unheard(collection, request)
            if created and rights.unlimited and unheard:
                keys = first_keys(self.schema.all[collection], parsed, keys)
                alone = len(keys) == 1 and parsed.limit != 0  # which counts as none here
                found = await self._one(collection, keys[0], query or {}, request) if alone else None
                if found is not None:
                    return found
            parsed = self._of_keys(collection, parsed, keys)
            most = len(keys) if unheard else None  # there are no more, so that nobody has to count them
        return await self.read_parsed(collection, parsed, request, rights, most=most)

    async def read_one(
        self, collection: str, key: object, query: Mapping[str, object] | None = None, request: Request = UNCHECKED
    ) -> Rows:
        """Return the one item with ``key``; DirectusError 403 if there is none."""
        self._check_collection(collection)
        if _unheard(collection, request):
            found_one = await self._one(collection, key, query or {}, request)
            if found_one is not None:
                item = found_one.only()
                if item is None:
                    raise forbidden()
                return item
        rights = await self.plans.rights(request)
        parsed = await self.plans.parsed(read_query, query, request, rights)
        name = self._key_field(collection, [key])
        _check_version(parsed, rights)
        others = {} if name in (parsed.filter or {}) else parsed.filter  # the key stands in the place of its conditions
        parsed = replace(parsed, filter=and_({name: {"_eq": key}}, others))
        rows = await self.read_parsed(collection, parsed, request, rights)
        if rows.is_list:
            first = rows.first()
            if first is None:
                raise forbidden()
            return first
        found = rows.data
        if found is None:
            raise internal_error("Cannot read properties of null (reading 'length')")
        if found == "":
            raise forbidden()
        return Rows(data=found[0] if isinstance(found, str) else None)

    async def _read(self, collection: str, query: Mapping[str, object], request: Request) -> Rows:
        """Return what a query finds that no hook sees."""
        key = key_asked_for(query, self.schema.all[collection].primary_key.name)
        if key is not None:
            rest = {name: value for name, value in query.items() if name != "filter"}
            found = await self._one(collection, key, rest, request)
            if found is not None:
                return found
        return await self.plans.found(await self.plans.plan(collection, query, request), request)

    async def _one(self, collection: str, key: object, query: Mapping[str, object], request: Request) -> Rows | None:
        """Return a list with the item that has ``key``, if there is one; None for what has to be read in another way."""
        field = self.schema.all[collection].primary_key
        value = None if not _NOT_OF_ONE.isdisjoint(query) or not fits_key(field.type, key) else as_parameter(field, key)
        if value is None:
            return None
        plan = await self.plans.plan(collection, query, request, one=field.name)
        assert isinstance(plan, Plan)
        return await self.plans.found(plan.with_key(value), request)

    async def read_singleton(
        self, collection: str, query: Mapping[str, object] | None = None, request: Request = UNCHECKED
    ) -> Rows:
        """Return the one item of a singleton; its defaults, where the query finds none."""
        self._check_collection(collection)
        rights = await self.plans.rights(request)
        parsed = replace(await self.plans.parsed(read_query, query, request, rights), limit=1)
        found = (await self.read_parsed(collection, parsed, request, rights)).first()
        if found is None or (not found.is_object and not javascript.truthy(found.data)):
            return Rows(data=defaults(self.schema.collections[collection], parsed.fields))
        return found

    async def read_parsed(
        self,
        collection: str,
        query: Query,
        request: Request = UNCHECKED,
        rights: ReadRights | None = None,
        *,
        most: int | None = None,
        chosen: bool = False,
    ) -> Rows:
        """Return the items that a parsed query asks for, with the events of a read around it.

        ``rights`` are those of the request, unless others are given. No more than ``most`` items are looked up, if that is given,
        whatever hooks make of the limit, which they are told as it is. ``chosen``: they are looked up for a change.
        """
        rights = rights or await self.plans.rights(request)
        names, made = event_names("query", collection), UNHEARD
        if request.emitter.listens("filter", names):
            said = Raw(wire.encode(hook_data(query)))
            made = await request.emitter.filter(names, said, {"collection": collection}, request.context)
            made = hook_data(query) if made is said else made
        with self._hooked.kept(made):
            rows, told = await self._looked_up(collection, query, made, request, rights, most=most, chosen=chosen)
            return await self._told(collection, told, request, rows)

    async def _looked_up(
        self,
        collection: str,
        query: Query,
        made: object,
        request: Request,
        rights: ReadRights,
        *,
        most: int | None,
        chosen: bool,
    ) -> tuple[Rows, Raw | None]:
        """Return what is found, and what hooks of the read are told of the query, if any listen. ``made`` is what a hook made of it, unless it is ``UNHEARD``."""
        emitter, names = request.emitter, event_names("read", collection)
        async with request.turn or nullcontext(), self._hooked.room(made):
            shown, hooked = data_of(made), False
            if shown is not UNHEARD:
                hooked = shown != hook_data(query)
                rights = rights.guard() if hooked else rights
                query = from_hook(shown, query)
            if hooked and request.most is None:
                with hook_bounds.hinted():
                    most = MAX_ITEMS + 1 if chosen and most is None else most
                    rows = await self._found(collection, first_of(query, most), hook_bounds.bounded(request), rights)
                    if chosen:
                        hook_bounds.check_chosen(rows)
            else:
                rows = await self._found(collection, first_of(query, most), request, rights)
            if not emitter.listens("filter", names) and not emitter.listens("action", names):
                return rows, None
            # As text: what a hook made of the query may take fifty times as much as data, and the hooks of the read may take their time.
            return rows, Raw(wire.encode(hook_data(query) if shown is UNHEARD else shown))

    async def _found(self, collection: str, query: Query, request: Request, rights: ReadRights) -> Rows:
        return await self.plans.found(await self.plans.compiled(collection, query, rights), request)

    async def _told(self, collection: str, shown: Raw | None, request: Request, rows: Rows) -> Rows:
        """Return what the hooks of a read make of its ``rows``, who are told of the query that was ``shown``."""
        if shown is None:
            return rows
        emitter, context, names = request.emitter, request.context, event_names("read", collection)
        meta: dict[str, object] = {"query": shown, "collection": collection}
        if emitter.listens("filter", names):
            found = rows.raw()
            left = await emitter.filter(names, found, meta, context)
            rows = rows if left is found else Rows(data=data_of(left))
        if emitter.listens("action", names):
            emitter.action(names, {"payload": rows.raw(), **meta}, context)
        return rows

    async def keys(
        self,
        collection: str,
        query: Mapping[str, object] | None,
        request: Request = UNCHECKED,
        *,
        keys: Sequence[object] | None = None,
        most: int | None = None,
    ) -> list[object]:
        """Return the keys of the items that ``query`` selects, for an update or a delete by query; the first ``most``, if that is given.

        Events of the lookup are fired in nobody's name, and permissions play no part in it, as in a Directus 11. For a
        ``literal`` request they do: whoever could ask by fields that he may not read could find out what is in them.
        """
        self._check_collection(collection)
        parsed = await self.plans.parsed(selecting, query, request, None)
        name = self.schema.all[collection].primary_key.name
        if keys is not None:
            parsed = self._of_keys(collection, parsed, keys)
        nobody = Request(None, request.emitter, request.cause, request.literal, request.most)
        rights = await self.plans.rights(nobody)
        if request.literal:
            own = await self.plans.rights(request)
            rights = rights.ordering_as(own) if asks_for_keys(parsed, name) else own
        parsed = replace(parsed, fields=(name,))
        rows = (await self.read_parsed(collection, parsed, nobody, rights, most=most, chosen=True)).data
        return [row[name] for row in rows if isinstance(row, dict) and name in row] if isinstance(rows, list) else []

    async def counts(
        self, collection: str, query: Mapping[str, object] | None, request: Request = UNCHECKED
    ) -> dict[str, int]:
        """Return the counts that the ``meta`` of ``query`` asks for: ``total_count``, ``filter_count``."""
        self._check_collection(collection)
        rights = await self.plans.rights(request)
        parsed = await self.plans.parsed(read_query, query, request, rights)
        counts: dict[str, int] = {}
        for name in (entry for entry in META if entry in parsed.meta):
            counted = replace(parsed, filter=parsed.filter, search=parsed.search) if name == META[1] else Query()
            counts[name] = await count(self.plans, collection, counted, rights, bounded=request.most is not None)
        return counts

    def _check_collection(self, collection: str) -> None:
        if collection not in self.schema.all:
            raise forbidden_collection(collection, why=self.schema.unfollowed.get(collection, ""))

    def _of_keys(self, collection: str, query: Query, keys: Sequence[object]) -> Query:
        name = self._key_field(collection, keys)
        limit = len(keys) if keys and not query.limit else query.limit
        return replace(query, filter={"_and": [{name: {"_in": list(keys)}}, query.filter or {}]}, limit=limit)

    def _key_field(self, collection: str, keys: Sequence[object]) -> str:
        """Return the name of the primary key; raises the 403 of a key that is none."""
        field_ = self.schema.all[collection].primary_key
        for key in keys:
            if not fits_key(field_.type, key):
                raise forbidden()
        return field_.name


def _check_version(query: Query, rights: ReadRights) -> None:
    """Raise the 403 of a version of an item, of which there are none."""
    if query.version not in (None, "main"):
        raise forbidden() if rights.readable(VERSIONS) else forbidden_collection(VERSIONS)


def _unheard(collection: str, request: Request) -> bool:
    """Return whether no hook sees the query or what it finds."""
    listens, query, read = request.emitter.listens, event_names("query", collection), event_names("read", collection)
    return not (listens("filter", query) or listens("filter", read) or listens("action", read))
