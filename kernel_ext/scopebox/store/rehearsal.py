"""Reading as if: what a reader would find if the operations planned so far had been carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from scopebox.store.execution import carry_out

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from scopebox.store.database import Database, Session
    from scopebox.store.operations import Operation
    from scopebox.store.schema import Schema

T = TypeVar("T")


class _Found(Exception):  # noqa: N818 - ends a transaction that must not be committed
    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer


class Rehearsal:
    """The place of a database for a reader: each read carries the operations out, reads, and rolls everything back."""

    def __init__(self, database: Database, schema: Schema, operations: Sequence[Operation]) -> None:
        self._database = database
        self._schema = schema
        self._operations = tuple(operations)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Return what ``work`` finds after the operations. Raises the DirectusError that carrying them out would raise."""

        def step(session: Session) -> None:
            carry_out(session, self._schema, self._operations)
            raise _Found(work(session))

        try:
            await self._database.write(step)
        except _Found as found:
            return found.answer  # type: ignore[return-value]
        raise AssertionError


class Inside:
    """The place of a database for a reader that works inside a transaction of somebody else."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` at once."""
        return work(self._session)


def drive(work: Coroutine[object, object, T]) -> T:
    """Return the result of a coroutine that never has to wait, as a reader's inside a transaction."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    work.close()
    raise AssertionError
