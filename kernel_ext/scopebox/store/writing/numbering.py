"""The sort field of items that are new in a list: they are numbered on from the largest number there."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, TypeVar

from scopebox.store import javascript
from scopebox.store.database.database import quoted
from scopebox.store.writing.changes import Delete, Insert
from scopebox.store.writing.plan import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.reading.reader import Reader
    from scopebox.store.schema.schema import Collection, Relation
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.changes import Change
    from scopebox.store.writing.plan import Plan

T = TypeVar("T")
Payload = dict[str, object]


class Numbers(Protocol):
    """What numbering needs of the plan of a call."""

    version: StoreVersion
    plan: Plan
    numbering: dict[Relation, Numbering]

    async def ask(self, work: Callable[[Session], T]) -> T:
        """Return what is found in committed state."""

    async def reader_for(self, collection: Collection) -> Reader:
        """Return a reader that finds a collection as it will be by then."""


class Numbering:
    """What the plan of a call makes of the numbers in the lists of one relation, as far as it was looked through."""

    def __init__(self, relation: Relation) -> None:
        self._many = relation.many
        self._field = relation.field
        self._sort = relation.sort_field or ""
        self._seen = 0
        self._new: dict[object, object] = {}
        self.unsettled = False

    def new(self, changes: Sequence[Change], parent: object) -> object:
        """Return the largest number of the new items in the list of ``parent``; ``unsettled``, if others were changed as well."""
        for change in changes[self._seen :]:
            if change.collection.name != self._many:
                self.unsettled |= isinstance(change, Delete)  # what is deleted may take others with it
            elif isinstance(change, Insert):
                key = change.row[self._field]
                self._new[key] = _larger(self._new.get(key), change.row[self._sort])
            else:
                self.unsettled |= isinstance(change, Delete) or not {self._field, self._sort}.isdisjoint(change.values)
        self._seen = len(changes)
        return self._new.get(parent)


async def numbered(
    planner: Numbers, relation: Relation, parent: object, items: Sequence[Payload], *, fresh: bool
) -> list[Payload]:
    """Return the new ``items`` in the list of ``parent`` with a number each; those that bring one keep it.

    ``fresh``: the parent is new, so its list is empty.
    """
    name = relation.sort_field
    if name is None or all(name in item for item in items):
        return [*items]
    last = None if fresh else await _largest(planner, relation, parent)
    return [item if name in item else {**item, name: _after(last, at)} for at, item in enumerate(items)]


async def _largest(planner: Numbers, relation: Relation, parent: object) -> object:
    """Return the largest number in the list of ``parent``, as it will be after what was planned so far."""
    many = planner.version.schema.all[relation.many]
    work = _stored(many, relation, parent)
    numbering = planner.numbering.setdefault(relation, Numbering(relation))
    new = numbering.new(planner.plan.changes, parent)
    if not numbering.unsettled:
        return _larger(await planner.ask(work), new)
    reader = await planner.reader_for(many)
    found = await reader.database.read(work)
    planner.plan.looks.append(Look(None, found))
    return found


def _stored(many: Collection, relation: Relation, parent: object) -> Callable[[Session], object]:
    assert relation.sort_field is not None
    statement = (
        f"SELECT max({quoted(relation.sort_field)}) FROM {quoted(many.name)} "  # noqa: S608 - names of the schema
        f"WHERE {quoted(relation.field)} = ?"
    )

    def work(session: Session) -> object:
        row = session.row(statement, [parent])
        return row[0] if row else None

    return work


def _larger(one: object, other: object) -> object:
    """Return the larger one of two values of a field; None is no value."""
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)  # type: ignore[call-overload]


def _after(last: object, at: int) -> object:
    """Return the number of the new item at the index ``at`` behind the largest number, as JavaScript adds them up."""
    if isinstance(last, Decimal):
        last = javascript.number(str(last))
    if not javascript.truthy(last):
        return at + 1
    return last + at + 1 if isinstance(last, int | float) else f"{last}{at}1"
