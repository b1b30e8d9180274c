"""Plans of queries: what is asked for, in whose name, compiled. Those that will be the same the next time are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb

from scopebox.errors import DirectusError
from scopebox.store.access.variables import Variables, is_passing
from scopebox.store.database.allocator import give_back, give_back_once
from scopebox.store.database.kept import Kept
from scopebox.store.query.filters import ABSENT
from scopebox.store.query.query import Query, read_query
from scopebox.store.reading.aggregates import compile_aggregate
from scopebox.store.reading.asker import look_up
from scopebox.store.reading.compiled import Plan
from scopebox.store.reading.database_errors import database_error
from scopebox.store.reading.grouped import AggregatePlan, run_aggregate
from scopebox.store.reading.kept import Asked, asked, plan_size, query_text
from scopebox.store.reading.keys import ONE
from scopebox.store.reading.levels import compile_level
from scopebox.store.reading.paging import window
from scopebox.store.reading.portions import CROWD_TURN, in_turn
from scopebox.store.reading.request import Rows
from scopebox.store.reading.rights import ReadRights
from scopebox.store.reading.running import run
from scopebox.store.reading.selection import Selector
from scopebox.store.reading.size import Size
from scopebox.store.reading.weights import LargeError
from scopebox.store.steps import at_once
from scopebox.store.values.generated import now

if TYPE_CHECKING:
    from scopebox.store.access import Access, Accountability
    from scopebox.store.database.database import Readable
    from scopebox.store.database.session import Session
    from scopebox.store.reading.request import Request
    from scopebox.store.schema.schema import Schema

T = TypeVar("T")
LONG_STATEMENT: Final = 2_000  # characters, as for 60 columns
MANY_CHARACTERS: Final = 30_000  # of long statements, which a database takes up to 30 MB to plan
ReadsQuery = Callable[[Mapping[str, object], Variables], Query]


class Plans:
    """Makes and runs the plans of one store, under one schema and one access (a change of either makes others)."""

    def __init__(self, database: Readable, schema: Schema, access: Access) -> None:
        self._database = database
        self._schema = schema
        self._access = access
        self.kept: Kept[Asked, Plan | AggregatePlan] = Kept()
        self._checked: Kept[str, Query] = Kept()
        self._long = 0  # characters of long statements since memory was given back

    def check(self, query: Mapping[str, object], who: Accountability) -> None:
        """Raise the DirectusError of a query that is none, whatever it is about."""
        text = query_text(query)
        if text is not None and self._checked.find(text) is not None:
            return
        variables = Variables(self._access, who, now())
        found = read_query(query, variables)
        if text is not None and not variables.used:
            self._checked.keep(text, found, 2 * len(text))

    async def plan(
        self, collection: str, query: Mapping[str, object], request: Request, *, one: str = ""
    ) -> Plan | AggregatePlan:
        """Return the plan of a query that no hook sees. ``one`` names the field whose value it leaves open, to be put in as ``key``."""
        text = query_text(query)
        key = None if text is None else asked(collection, text, request, one=bool(one))
        found = None if key is None else self.kept.find(key)
        if found is not None:
            return found
        rights = await self.rights(request)
        used: set[str] = set()
        checked = None if text is None else self._checked.find(text)
        parsed = checked or await self.parsed(read_query, query, request, rights, used)
        found = await self.compiled(collection, replace(parsed, filter={one: {"_eq": ONE}}) if one else parsed, rights)
        if key is not None and not (rights.variables.passing or is_passing(used)):
            self.kept.keep(key, found, len(key.query) + plan_size(found))
        return found

    async def compiled(self, collection: str, query: Query, rights: ReadRights) -> Plan | AggregatePlan:
        """Return the plan of a parsed query; the loop may run what else is waiting behind long rules."""
        level = Selector(self._schema, rights).tree(collection, query)
        if rights.has_long_rules:
            await asyncio.sleep(0)
        if _grouped(query):
            return compile_aggregate(rights, level, query, window(query))
        return compile_level(rights, level, window(query))

    async def found(self, plan: Plan | AggregatePlan, request: Request) -> Rows:
        """Return what a plan finds, in as many bytes as ``request`` may have, and when there is room for it."""
        if request.room is None or request.most is None:
            return await self._found(plan, request.most)
        try:
            return await self._found(plan, request.most, announced=True)
        except LargeError:
            await request.room(request.most)  # as JSON texts may have six times the bytes
        return await self._found(plan, request.most)

    async def _found(self, plan: Plan | AggregatePlan, most: int | None, *, announced: bool = False) -> Rows:
        size = Size(most, announced=announced)
        if len(plan.sql) > LONG_STATEMENT:
            self._note_long(len(plan.sql))
        if isinstance(plan, Plan) and plan.short:
            return Rows(json=await self.run(lambda session: at_once(run(session, plan, size)), short=True))
        if isinstance(plan, Plan):
            return Rows(json=await self.run_in_steps(lambda session: run(session, plan, size), crowd=plan.is_crowd))
        aggregated = self.run_in_steps(lambda session: run_aggregate(session, plan, size), crowd=plan.is_crowd)
        return Rows(json=await aggregated)

    def _note_long(self, characters: int) -> None:
        """Note that a long statement is run: what many of them took to plan would be kept for a while, and add up."""
        self._long += characters
        if self._long > MANY_CHARACTERS:
            self._long = 0
            give_back_once()

    async def run(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        """Run ``work``; DirectusError where the database refuses it."""
        return await self._answered(self._database.read(work, short=short))

    async def run_in_steps(self, work: Callable[[Session], Generator[None, None, T]], *, crowd: bool = False) -> T:
        """Do as :meth:`run` with work that may take long; that of a ``crowd`` of conditions in turn with that of others."""
        if not crowd:
            return await self._answered(self._database.read_in_steps(work))
        give_back()  # or the allocator would keep what each thread worked in
        return await self._answered(self._database.read_in_steps(lambda session: in_turn(work(session), CROWD_TURN)))

    async def _answered(self, reading: Coroutine[object, object, T]) -> T:
        try:
            return await reading
        except DirectusError as error:
            # Its traceback would hold all that was found for as long as somebody holds the error.
            raise error.with_traceback(None) from None
        except duckdb.Error as error:
            raise database_error(error) from error

    async def parsed(
        self,
        read: ReadsQuery,
        query: Mapping[str, object] | None,
        request: Request,
        rights: ReadRights | None,
        used: set[str] | None = None,
    ) -> Query:
        """Return ``query`` as ``read`` reads it. What its variables are about is looked up with the rights of the one who asks.

        The variables are put into ``used``, if that is given.
        """
        who = request.accountability
        variables = Variables(self._access, who, now(), used=set() if used is None else used)
        parsed = read(query or {}, variables)
        if not variables.missing or who is None:
            return parsed
        held = rights or await self.rights(request)
        wanted = frozenset(variables.missing)
        found = await self.run(lambda session: look_up(session, held, self._access, who, wanted))
        known = {text: ABSENT if isinstance(value, DirectusError) else value for text, value in found.items()}
        return read(query or {}, replace(variables, known=known))

    async def rights(self, request: Request) -> ReadRights:
        """Return the rights of the one who asks; what the variables of his rules are about is looked up with all rights."""
        who = request.accountability
        variables = Variables(self._access, who, now())
        details = self._access.details_of(who, "read") if who is not None and not who.admin else ()
        if who is not None and details:
            free = ReadRights(self._schema, self._access, Variables(self._access, None, variables.now))
            known = await self.run(lambda session: look_up(session, free, self._access, who, details))
            variables = replace(variables, known=known)
            for text in details:
                variables.value(
                    text
                )  # a Directus reads nothing under a rule that it cannot follow, whatever is asked for
        return ReadRights(self._schema, self._access, variables, literal=request.literal)


def _grouped(query: Query) -> bool:
    known = any(isinstance(names, list) and names for names in (query.aggregate or {}).values())
    return bool(query.group) or known
