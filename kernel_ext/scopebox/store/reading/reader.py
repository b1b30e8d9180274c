"""Reading items: hooks around one compiled statement, or one a level of relations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb

from scopebox.errors import DirectusError
from scopebox.store import bounds, javascript
from scopebox.store.access.variables import Variables
from scopebox.store.emitter import event_names
from scopebox.store.errors import forbidden, forbidden_collection, internal_error, invalid
from scopebox.store.query.filters import ABSENT, and_
from scopebox.store.query.hooked import from_hook, hook_data
from scopebox.store.query.query import META, Query, read_query, sanitized
from scopebox.store.reading.aggregates import compile_aggregate, run_aggregate
from scopebox.store.reading.asker import look_up
from scopebox.store.reading.conditions import Conditions, visible
from scopebox.store.reading.keys import asks_for_keys, fits_key
from scopebox.store.reading.levels import compile_level, matching
from scopebox.store.reading.paging import window
from scopebox.store.reading.request import UNCHECKED, Request, Rows
from scopebox.store.reading.rights import ReadRights
from scopebox.store.reading.running import run
from scopebox.store.reading.selection import Selector
from scopebox.store.reading.singletons import defaults
from scopebox.store.reading.source import Source, Statement
from scopebox.store.values.generated import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.access import Access
    from scopebox.store.database.database import Readable
    from scopebox.store.database.session import Session
    from scopebox.store.reading.tree import Level
    from scopebox.store.schema.schema import Schema

T = TypeVar("T")
VERSIONS: Final = "directus_versions"
ReadsQuery = Callable[[Mapping[str, object], Variables], Query]


_OF_VALUES: Final = (duckdb.DataError, duckdb.InvalidInputException)
"""Errors about the values of items. All others are about a statement, and it was not the asker who wrote that."""


class Reader:
    """Reads the items of one store, under one schema and one access (a change of either makes another reader)."""

    def __init__(self, database: Readable, schema: Schema, access: Access) -> None:
        self.database = database
        self.schema = schema
        self.access = access

    async def read(
        self,
        collection: str,
        query: Mapping[str, object] | None = None,
        request: Request = UNCHECKED,
        *,
        keys: Sequence[object] | None = None,
    ) -> Rows:
        """Return the items that ``query`` asks for, those with ``keys`` if given. Raises DirectusError."""
        self._check_collection(collection)
        rights = await self._rights(request)
        parsed = await self._parsed(read_query, query, request, rights)
        if keys is not None:
            parsed = self._of_keys(collection, parsed, keys)
        return await self.read_parsed(collection, parsed, request, rights)

    async def read_one(
        self, collection: str, key: object, query: Mapping[str, object] | None = None, request: Request = UNCHECKED
    ) -> Rows:
        """Return the one item with ``key``; DirectusError 403 if there is none."""
        self._check_collection(collection)
        rights = await self._rights(request)
        parsed = await self._parsed(read_query, query, request, rights)
        name = self._key_field(collection, [key])
        _check_version(parsed, rights)
        others = {} if name in (parsed.filter or {}) else parsed.filter  # the key stands in the place of its conditions
        parsed = replace(parsed, filter=and_({name: {"_eq": key}}, others))
        rows = await self.read_parsed(collection, parsed, request, rights)
        found = rows.data
        if found is None:
            raise internal_error("Cannot read properties of null (reading 'length')")
        if found in ([], ""):
            raise forbidden()
        return Rows(data=found[0] if isinstance(found, list | str) else None)

    async def read_singleton(
        self, collection: str, query: Mapping[str, object] | None = None, request: Request = UNCHECKED
    ) -> Rows:
        """Return the one item of a singleton; its defaults, where the query finds none."""
        self._check_collection(collection)
        rights = await self._rights(request)
        parsed = replace(await self._parsed(read_query, query, request, rights), limit=1)
        rows = (await self.read_parsed(collection, parsed, request, rights)).data
        found = rows[0] if isinstance(rows, list) and rows else None
        return Rows(
            data=found if javascript.truthy(found) else defaults(self.schema.collections[collection], parsed.fields)
        )

    async def read_parsed(
        self, collection: str, query: Query, request: Request = UNCHECKED, rights: ReadRights | None = None
    ) -> Rows:
        """Return the items that a parsed query asks for, with the events of a read around it.

        ``rights`` are those of the request, unless others are given.
        """
        emitter, context = request.emitter, request.context
        names = event_names("query", collection)
        shown: object = None
        rights = rights or await self._rights(request)
        if emitter.listens("filter", names):
            shown = await emitter.filter(names, hook_data(query), {"collection": collection}, context)
            rights = rights if shown == hook_data(query) else rights.guard()
            query = from_hook(shown, query)
        rows = await self._rows(collection, query, rights, request.most)
        return await self._told(collection, query if shown is None else shown, request, rows)

    async def _told(self, collection: str, query: object, request: Request, rows: Rows) -> Rows:
        emitter, context = request.emitter, request.context
        names = event_names("read", collection)
        filters, actions = emitter.listens("filter", names), emitter.listens("action", names)
        if not filters and not actions:
            return rows
        shown = hook_data(query) if isinstance(query, Query) else query
        if filters:
            meta: dict[str, object] = {"query": shown, "collection": collection}
            rows = Rows(data=await emitter.filter(names, rows.data, meta, context))
        if actions:
            meta = {"payload": rows.data, "query": shown, "collection": collection}
            emitter.action(names, meta, context)
        return rows

    async def _rows(self, collection: str, query: Query, rights: ReadRights, most: int | None) -> Rows:
        level = self._select(collection, query, rights)
        if _grouped(query):
            aggregate = compile_aggregate(rights, level, query, window(query))
            return Rows(data=await self._run(lambda session: run_aggregate(session, aggregate)))
        plan = compile_level(rights, level, window(query))
        found = await self._run(lambda session: run(session, plan, most))
        return Rows(json=found) if isinstance(found, bytes) else Rows(data=found)

    def _select(self, collection: str, query: Query, rights: ReadRights) -> Level:
        self._check_collection(collection)
        return Selector(self.schema, rights).tree(collection, query)

    async def keys(
        self,
        collection: str,
        query: Mapping[str, object] | None,
        request: Request = UNCHECKED,
        *,
        keys: Sequence[object] | None = None,
    ) -> list[object]:
        """Return the keys of the items that ``query`` selects, for an update or a delete by query.

        Events of the lookup are fired in nobody's name, and permissions play no part in it, as in a Directus 11. For a
        ``literal`` request they do: whoever could ask by fields that he may not read could find out what is in them.
        """
        self._check_collection(collection)
        parsed = await self._parsed(sanitized, query, request, None)
        name = self.schema.all[collection].primary_key.name
        if keys is not None:
            parsed = self._of_keys(collection, parsed, keys)
        nobody = Request(None, request.emitter, request.cause, request.literal)
        rights = await self._rights(nobody)
        if request.literal:
            own = await self._rights(request)
            rights = rights.ordering_as(own) if asks_for_keys(parsed, name) else own
        rows = (await self.read_parsed(collection, replace(parsed, fields=(name,)), nobody, rights)).data
        return [row[name] for row in rows if isinstance(row, dict) and name in row] if isinstance(rows, list) else []

    async def counts(
        self, collection: str, query: Mapping[str, object] | None, request: Request = UNCHECKED
    ) -> dict[str, int]:
        """Return the counts that the ``meta`` of ``query`` asks for: ``total_count``, ``filter_count``."""
        self._check_collection(collection)
        rights = await self._rights(request)
        parsed = await self._parsed(read_query, query, request, rights)
        counts: dict[str, int] = {}
        for name in (entry for entry in META if entry in parsed.meta):
            counted = replace(parsed, filter=parsed.filter, search=parsed.search) if name == META[1] else Query()
            counts[name] = await self._count(collection, counted, rights)
        return counts

    async def _count(self, collection: str, query: Query, rights: ReadRights) -> int:
        level = self._select(collection, Query(fields=(), filter=query.filter), rights)
        statement = Statement(rights, visible)
        source = Source(statement, level.collection)
        where = matching(Conditions(source), query, level)
        statement.check()
        counted = f"DISTINCT {source.key}" if source.many else "*"
        sql = f"SELECT count({counted}) FROM {source.sql}" + (f" WHERE {where}" if where else "")  # noqa: S608 - names of the schema
        row = await self._run(lambda session: session.row(sql, statement.parameters))
        assert row is not None
        assert isinstance(row[0], int)
        return row[0]

    async def _run(self, work: Callable[[Session], T]) -> T:
        try:
            return await self.database.read(work)
        except duckdb.Error as error:
            raise database_error(error) from error

    async def _parsed(
        self, read: ReadsQuery, query: Mapping[str, object] | None, request: Request, rights: ReadRights | None
    ) -> Query:
        """Return ``query`` as ``read`` reads it. What its variables are about is looked up with the rights of the one who asks."""
        who = request.accountability
        variables = Variables(self.access, who, now())
        parsed = read(query or {}, variables)
        if not variables.missing or who is None:
            return parsed
        held = rights or await self._rights(request)
        wanted = frozenset(variables.missing)
        found = await self._run(lambda session: look_up(session, held, self.access, who, wanted))
        known = {text: ABSENT if isinstance(value, DirectusError) else value for text, value in found.items()}
        return read(query or {}, replace(variables, known=known))

    async def _rights(self, request: Request) -> ReadRights:
        """Return the rights of the one who asks; what the variables of his rules are about is looked up with all rights."""
        who = request.accountability
        variables = Variables(self.access, who, now())
        details = self.access.details_of(who, "read") if who is not None and not who.admin else ()
        if who is not None and details:
            free = ReadRights(self.schema, self.access, Variables(self.access, None, variables.now))
            known = await self._run(lambda session: look_up(session, free, self.access, who, details))
            variables = replace(variables, known=known)
            for text in details:
                variables.value(
                    text
                )  # a Directus reads nothing under a rule that it cannot follow, whatever is asked for
        return ReadRights(self.schema, self.access, variables, literal=request.literal)

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


def database_error(error: duckdb.Error) -> DirectusError:
    """Return the error of a statement that the database refused. Its text shows no SQL, and nothing of the engine's own affairs."""
    if isinstance(error, duckdb.OutOfMemoryException):
        return invalid("It takes more memory than the store has; ask for fewer items or fields")
    if isinstance(error, _OF_VALUES):
        return internal_error(str(error).partition("\n")[0])
    if isinstance(error, duckdb.SyntaxException) and "pattern" in str(
        error
    ):  # the one fault of syntax that a value can make
        return internal_error("LIKE pattern must not end with escape character")
    return invalid(
        f"It is too deep or too large for the database; {bounds.MAX_CONDITIONS:,} conditions and {bounds.MAX_TABLES} relations are the limit"
    )


def _grouped(query: Query) -> bool:
    known = any(isinstance(names, list) and names for names in (query.aggregate or {}).values())
    return bool(query.group) or known
