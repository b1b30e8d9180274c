"""Writes: plan, then execute.

A call is planned without a lock, then carried out in one transaction in which no guest code runs. If anything was committed
since the plan began, what the plan has read is read again inside the transaction; where that differs, the call is planned once
more from the answers that hooks gave the first time, and fails if it differs again. Actions are told after the COMMIT.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.errors import DirectusError
from scopebox.store import failures
from scopebox.store.emitting import EventContext
from scopebox.store.execution import carry_out
from scopebox.store.failures import ColumnError
from scopebox.store.gate import Ground
from scopebox.store.planning import Planner
from scopebox.store.tape import Changed, Tape

if TYPE_CHECKING:
    from scopebox.store import Store
    from scopebox.store.database import Session
    from scopebox.store.reader import Request

T = TypeVar("T")
DATABASE_ERROR: Final = ("database.error",)


class Stale(Exception):  # noqa: N818 - says what happened
    """What a plan stands on has changed since."""


class Forgiven(Exception):  # noqa: N818 - says what happened
    """A filter of ``database.error`` left nothing of the error; nothing was written, and the answer is empty."""


class Writer:
    """The writing side of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ground = Ground(store.database, store.schema, store.access)
        self._commits = 0

    async def run(self, build: Callable[[Planner], Awaitable[T]], request: Request) -> T:
        """Plan what ``build`` asks for, carry it out, tell the actions, and return what ``build`` returned.

        Raises DirectusError, or what a filter raised; then nothing was written.
        """
        try:
            result, planner = await self._write(build, request)
        except ColumnError as error:
            await self._translated(error, request)
            raise
        context = EventContext(request.accountability, request.cause)
        for event in planner.events:
            request.emitter.action(event.names, event.complete(), context)
        return result

    async def _write(self, build: Callable[[Planner], Awaitable[T]], request: Request) -> tuple[T, Planner]:
        tape = Tape()
        for _ in range(2):
            ground, commits = self._current(), self._commits
            planner = Planner(ground, request, tape)
            try:
                result = await build(planner)
                await ground.database.write(lambda session: self._execute(session, planner, commits))  # noqa: B023
            except (Stale, Changed):
                tape.rewind()
                continue
            return result, planner
        raise failures.internal("Other writes changed what this one depends on, twice; nothing was written")

    def _current(self) -> Ground:
        store = self._store
        if self._ground.schema is not store.schema or self._ground.access is not store.access:
            self._ground = Ground(store.database, store.schema, store.access)
        return self._ground

    def _execute(self, session: Session, planner: Planner, commits: int) -> None:
        """Inside the transaction, in the writing thread: look again where others have written, then carry out."""
        if planner.ground is not self._current():
            raise Stale
        if commits != self._commits:
            for look in planner.looks:
                if look.work is None or look.work(session) != look.answer:
                    raise Stale
        carry_out(session, planner.ground.schema, planner.operations)
        self._commits += 1

    async def _translated(self, error: ColumnError, request: Request) -> None:
        """Pass ``error`` through the filters of ``database.error``; what they leave is raised."""
        if not request.emitter.listens("filter", DATABASE_ERROR):
            return
        told = {"name": "DirectusError", "extensions": error.extensions, "code": error.code, "status": error.status}
        context = EventContext(None, request.cause)
        left = await request.emitter.filter(DATABASE_ERROR, told, {"client": "postgres"}, context)
        if not left:
            raise Forgiven
        if left != told:
            raise DirectusError(500, "INTERNAL_SERVER_ERROR", "An unexpected error occurred.")
