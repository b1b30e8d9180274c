"""Where a plan reads: outside any transaction, or inside the one that carries it out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from types import coroutine
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from scopebox.store.steps import at_once, in_one_step
from scopebox.store.writing.execution import carry_out, rehearse

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from scopebox.store.database.database import Database, Readable
    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Schema
    from scopebox.store.writing.changes import Change

T = TypeVar("T")
_RESTS: Final = object()
TURN_SECONDS: Final = 0.01  # of processor time, after which the loop may run something else


class Place(Protocol):
    """What planning needs of a database."""

    async def read(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        """Return what ``work`` finds; ``short``: by the key of one row alone."""

    async def read_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do the same with work that may rest at each ``yield``."""

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work``, which draws keys."""

    async def breathe(self) -> None:
        """Let others go on, where anybody could."""

    async def after(self, schema: Schema, changes: Sequence[Change]) -> Readable:
        """Return something to read from as if ``changes``, which are all planned so far, had been carried out."""

    async def rehearse(self, schema: Schema, changes: Sequence[Change]) -> None:
        """Raise the DirectusError that carrying out ``changes``, which will never be, runs into."""


class Turn:
    """The time that a plan takes at ``place`` before it lets others go on."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._until = self._look = 0.0
        self._begin()

    @property
    def over(self) -> bool:
        """Whether others should go on now.

        The processor time of a thread takes as long to find out as an item to plan. No more of it passes than there does on the clock, so
        that the clock says when to find it out.
        """
        if time.perf_counter() < self._look:
            return False
        left = self._until - time.thread_time()
        self._look = time.perf_counter() + left
        return left <= 0

    async def next(self) -> None:
        """Let them, and begin another."""
        await self._place.breathe()
        self._begin()

    def _begin(self) -> None:
        self._until = time.thread_time() + TURN_SECONDS
        self._look = time.perf_counter() + TURN_SECONDS

    async def through(self, steps: Generator[None, None, T]) -> T:
        """Return what work in ``steps`` gives; others go on between two of them."""
        while True:
            try:
                next(steps)
            except StopIteration as end:
                found: T = end.value
                return found
            if self.over:
                await self.next()


class Outside:
    """Committed state, and no lock."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        """Return what ``work`` finds in committed state."""
        return await self._database.read(work, short=short)

    async def read_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do the same with work that may rest at each ``yield``."""
        return await self._database.read_in_steps(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a transaction of its own."""
        return await self._database.write(work)

    async def breathe(self) -> None:
        """Let the loop run what else is waiting."""
        await asyncio.sleep(0)

    async def after(self, schema: Schema, changes: Sequence[Change]) -> Readable:
        """Return a rehearsal of ``changes``."""
        return AfterChanges(self._database, schema, changes)

    async def rehearse(self, schema: Schema, changes: Sequence[Change]) -> None:
        """Carry ``changes`` out, and roll everything back."""
        await _rolled_back(
            self._database, lambda session: rehearse(session, schema, changes), in_one_step(lambda _: None)
        )


class Inside:
    """The transaction that will carry the plan out: it sees all that was committed before, and nobody else writes."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.carried = 0

    async def read(self, work: Callable[[Session], T], *, short: bool = False) -> T:  # noqa: ARG002 - the protocol names it
        """Return what ``work`` finds; at once."""
        return await self.read_in_steps(in_one_step(work))

    async def read_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Return what ``work`` finds; the writing thread may end its task at each ``yield``, and behind it."""
        steps = work(self._session)
        try:
            while True:
                next(steps)
                await _rest()
        except StopIteration as end:
            found: T = end.value
        await _rest()
        return found

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work``; at once."""
        return await self.read(work)

    async def breathe(self) -> None:
        """Let the writing thread end its task; nobody else works in the transaction."""
        await _rest()

    async def after(self, schema: Schema, changes: Sequence[Change]) -> Readable:
        """Carry out what is left of ``changes``: here it need not be taken back."""
        for _ in carry_out(self._session, schema, changes[self.carried :]):
            await _rest()
        self.carried = len(changes)
        return self

    async def rehearse(self, schema: Schema, changes: Sequence[Change]) -> None:
        """Carry out what is left of ``changes``; the transaction is going to fail."""
        for _ in rehearse(self._session, schema, changes[self.carried :]):
            await _rest()


@coroutine
def _rest() -> Generator[object, None, None]:
    """Come back to :func:`drive_in_steps`."""
    yield _RESTS


class _FoundError(Exception):
    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer


async def _rolled_back(
    database: Database,
    steps: Callable[[Session], Generator[None, None, None]],
    work: Callable[[Session], Generator[None, None, T]],
) -> T:
    """Return what ``work`` finds after ``steps``, which are all taken back. Raises the DirectusError that they would raise."""

    def taken(session: Session) -> Generator[None, None, None]:
        yield from steps(session)
        raise _FoundError((yield from work(session)))

    try:
        await database.write_in_steps(taken)
    except _FoundError as found:
        return found.answer  # type: ignore[return-value]
    raise AssertionError


class AfterChanges:
    """Reads as if: each read carries the changes out, reads, and rolls everything back."""

    def __init__(self, database: Database, schema: Schema, changes: Sequence[Change]) -> None:
        self._database = database
        self._schema = schema
        self._changes = tuple(changes)

    async def read(self, work: Callable[[Session], T], *, short: bool = False) -> T:  # noqa: ARG002 - the protocol names it
        """Return what ``work`` finds after the changes. Raises the DirectusError that carrying them out would raise."""
        return await self.read_in_steps(in_one_step(work))

    async def read_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do the same with work that may rest at each ``yield``."""
        return await _rolled_back(self._database, lambda session: carry_out(session, self._schema, self._changes), work)


def drive_in_steps(work: Coroutine[object, object, T]) -> Generator[None, None, T]:
    """Return the result of a coroutine that never has to wait; it goes on from one look into the database to the next."""
    while True:
        try:
            rests = work.send(None) is _RESTS
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if not rests:
            work.close()
            raise AssertionError
        yield


def drive(work: Coroutine[object, object, T]) -> T:
    """Return the result of a coroutine that never has to wait, as everything inside a transaction."""
    return at_once(drive_in_steps(work))
