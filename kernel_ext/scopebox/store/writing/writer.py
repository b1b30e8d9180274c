"""Writes: plan, then execute.

A call is planned without a lock, then carried out in one transaction in which no guest code runs. If anything was committed
since the plan began, what the plan has read is read again inside the transaction; where that differs, the call is planned once
more in there, from the answers that hooks gave the first time, and fails if a hook would have to be asked again. A plan of one
statement needs no transaction around it: nobody else writes between what is looked up for it and the statement. Actions are
told after the COMMIT.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

import duckdb

from scopebox.errors import DirectusError
from scopebox.errors.frames import forget_frames
from scopebox.store import errors
from scopebox.store.database.statements import quoted
from scopebox.store.emitter import EventContext
from scopebox.store.errors import ColumnError
from scopebox.store.reading.database_errors import database_error
from scopebox.store.room import Rooms
from scopebox.store.writing.basis import StoreVersion
from scopebox.store.writing.changes import Delete, Update
from scopebox.store.writing.execution import carry_out, is_one_statement
from scopebox.store.writing.first_rows import FirstRows
from scopebox.store.writing.places import Inside, Outside, Place, drive_in_steps
from scopebox.store.writing.planner import Planner
from scopebox.store.writing.replay import ChangedError, HookReplay

if TYPE_CHECKING:
    from scopebox.store.database.held import Held
    from scopebox.store.database.session import Session
    from scopebox.store.reading.request import Request
    from scopebox.store.writing.plan import Plan

T = TypeVar("T")
DATABASE_ERROR: Final = ("database.error",)
FEW_BYTES: Final = 2**16  # that filters may add to what others write, however much extensions have stored


class ForgivenError(DirectusError):
    """Filters of ``database.error`` left nothing of an error. Nothing was written; over HTTP the answer is an empty 204."""

    def __init__(self) -> None:
        super().__init__(204, "NO_CONTENT", "Nothing was written: a filter of database.error left nothing of the error")


class Writer:
    """The writing side of one store. Whoever asks for a large plan holds some of its ``rooms``."""

    def __init__(self, current: Callable[[], StoreVersion]) -> None:
        self.rooms = Rooms()
        self._first_rows = FirstRows()
        self._current = current
        self._commits = 0

    async def run(
        self,
        build: Callable[[Planner], Coroutine[object, object, T]],
        request: Request,
        let_go: Callable[[], None] = lambda: None,
    ) -> T:
        """Plan what ``build`` asks for, carry it out, tell the actions, and return what ``build`` returned.

        ``let_go`` is called, in another thread, when the plan is known to hold, so that ``build`` is not called any more.
        Raises DirectusError, or what a filter raised; then nothing was written.
        """
        try:
            result, planner = await self._write(build, request, let_go)
        except ColumnError as error:
            forget_frames(error)  # they hold all that was to be written, and a filter may take its time
            await self._translated(error, request)
            raise
        if request.by_extension:
            self._first_rows.wrote(planner.plan.changes)
        planner.plan.forget()
        events = planner.events
        events.reverse()  # what was planned of one takes as much as what is told of it, and goes before the next is
        context = EventContext(request.accountability, request.cause)
        while events:
            event = events.pop()
            request.emitter.action(event.names, event.complete(), context)
        return result

    async def _write(
        self, build: Callable[[Planner], Coroutine[object, object, T]], request: Request, let_go: Callable[[], None]
    ) -> tuple[T, Planner]:
        replay = HookReplay()
        version, commits = self._current(), self._commits
        place = Outside(version.database)
        planner = Planner(version, request, replay, place)
        result = await _planned(planner, place, build)

        def stands() -> None:
            let_go()
            replay.forget()

        def execute(session: Session) -> Generator[None, None, tuple[T, Planner]]:
            """Carry the plan out, or another one if it no longer holds; in the writing thread, where nobody else writes."""
            schema, changes = planner.version.schema, planner.plan.changes
            yield from self._admit(session, version.database.held, planner.plan, request)
            try:
                if is_one_statement(schema, changes) and (yield from self._holds(session, planner, commits)):
                    stands()
                    yield from carry_out(session, schema, changes, last=True)
                    return result, planner
                with session.transaction():
                    if not (yield from self._holds(session, planner, commits)):
                        return (yield from self._again(session, build, request, replay))
                    stands()
                    yield from carry_out(session, schema, changes, last=True)
                return result, planner
            finally:
                self._commits += 1  # when it stands: whoever has read before looks again

        try:
            return await version.database.take_turn(execute)
        except duckdb.Error as error:
            raise errors.internal_error(
                f"The database failed, nothing was written: {database_error(error).message}"
            ) from error
        except ChangedError:
            raise errors.internal_error(
                "Other writes changed what this one depends on, and its hooks cannot be asked again; nothing was written"
            ) from None

    def _holds(self, session: Session, planner: Planner, commits: int) -> Generator[None, None, bool]:
        """Return whether everything that ``planner`` read, when there were ``commits``, would be read again now."""
        if planner.version is not self._current():
            return False
        if commits != self._commits:
            for look in planner.plan.looks:
                if look.work is None or (yield from look.work(session)) != look.answer:
                    return False
                yield
        return True

    def _again(
        self,
        session: Session,
        build: Callable[[Planner], Coroutine[object, object, T]],
        request: Request,
        replay: HookReplay,
    ) -> Generator[None, None, tuple[T, Planner]]:
        """Plan once more inside the transaction, where nothing changes any more, from what hooks answered before."""
        replay.rewind()
        place, version = Inside(session), self._current()
        planner = Planner(version, request, replay, place)
        result = yield from drive_in_steps(_planned(planner, place, build))
        yield from carry_out(session, version.schema, planner.plan.changes[place.carried :], last=True)
        return result, planner

    def _admit(self, session: Session, held: Held, plan: Plan, request: Request) -> Generator[None, None, None]:
        """Tell ``held`` what is about to be written; LimitError where it comes from an extension, and all of them have stored too much."""
        brought, changes = plan.brought, plan.changes
        tables: dict[str, str] = {}
        if request.held is None or (not request.by_extension and brought <= FEW_BYTES):
            held.others()
        else:
            if request.by_extension and held.account is not None:
                brought += yield from self._first_rows.size(session, changes)
            if brought:
                held.admit(session, brought, request.held)
            collections = {change.collection.name: change.collection for change in changes}
            tables = {quoted(name): quoted(collection.primary_key.name) for name, collection in collections.items()}
        kinds = set(map(type, changes))
        if Delete in kinds:
            self._first_rows.forget()
        held.note(tables, replaced=Update in kinds, deleted=Delete in kinds)

    async def _translated(self, error: ColumnError, request: Request) -> None:
        """Pass ``error`` through the filters of ``database.error``; what they leave is raised."""
        if not request.emitter.listens("filter", DATABASE_ERROR):
            return
        told = {"name": "DirectusError", "extensions": error.extensions, "code": error.code, "status": error.status}
        context = EventContext(None, request.cause)
        left = await request.emitter.filter(DATABASE_ERROR, told, {"client": "postgres"}, context)
        if not left:
            raise ForgivenError
        if left != told:
            raise DirectusError(500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred.")


async def _planned(planner: Planner, place: Place, build: Callable[[Planner], Coroutine[object, object, T]]) -> T:
    """Return what ``build`` plans. Where that fails, what would have failed in the database by then is told instead."""
    try:
        result = await build(planner)
    except DirectusError:
        if planner.plan.changes:
            with suppress(duckdb.Error):
                await place.rehearse(planner.version.schema, planner.plan.changes)
        raise
    planner.close()
    return result
