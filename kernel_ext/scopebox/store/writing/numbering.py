"""The sort field of items that are new in a list: they are numbered on from the largest number there."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol, TypeVar

from scopebox.store import javascript
from scopebox.store.database.statements import quoted
from scopebox.store.values.types import column_type
from scopebox.store.writing.changes import Delete, Insert, Update
from scopebox.store.writing.plan import Look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.reading.reader import Reader
    from scopebox.store.schema.schema import Collection, Relation, Schema
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.changes import Change
    from scopebox.store.writing.plan import Plan

T = TypeVar("T")
Payload = dict[str, object]
Place = tuple[object, object]
"""The list in which an item stands, told by the key of the parent, and its number there."""


class Numbers(Protocol):
    """What numbering needs of the plan of a call."""

    version: StoreVersion
    plan: Plan
    numbering: dict[Relation, Numbering]

    async def ask(self, work: Callable[[Session], T]) -> T:
        """Return what is found in committed state."""

    async def reader_for(self, collection: Collection) -> Reader:
        """Return a reader that finds a collection as it will be by then."""


async def numbered(
    planner: Numbers, relation: Relation, parent: object, items: Sequence[Payload], *, fresh: bool
) -> list[Payload]:
    """Return the new ``items`` in the list of ``parent`` with a number each; those that bring one keep it.

    ``fresh``: the parent is new, so its list is empty.
    """
    name = relation.sort_field
    if name is None or all(name in item for item in items):
        return [*items]
    last = None
    if not fresh:
        found = planner.numbering.get(relation)
        if found is None:
            found = planner.numbering[relation] = Numbering(planner.version.schema, relation, name)
        last = await found.largest(planner, parent)
    return [item if name in item else {**item, name: _after(last, at)} for at, item in enumerate(items)]


class Numbering:
    """The numbers in the lists of one relation, as a call leaves them: what is stored, and what was planned so far.

    Only what is planned is kept here; of what is stored the largest number is asked for, without the items that were changed.
    """

    def __init__(self, schema: Schema, relation: Relation, name: str) -> None:
        self._many = schema.all[relation.many]
        self._field = relation.field
        self._name = name
        self._following = _following(schema, relation.many)
        self._seen = 0
        self._unclear = False
        self._places: dict[object, Place] = {}  # of new items by their insert, of changed ones by their key
        self._lists: defaultdict[object, dict[object, None]] = defaultdict(dict)
        self._largest: dict[object, object] = {}
        self._changed: defaultdict[object, list[object]] = defaultdict(
            list
        )  # keys of what is stored, by the stored parent

    async def largest(self, planner: Numbers, parent: object) -> object:
        """Return the largest number in the list of ``parent``, as it will be after what was planned so far."""
        await self._follow(planner)
        if self._unclear:
            reader = await planner.reader_for(self._many)
            found = await reader.database.read(self._stored(parent, ()))
            planner.plan.looks.append(Look(None, found))
            return found
        if parent not in self._largest:
            places = (self._places[item] for item in self._lists.get(parent, ()))
            self._largest[parent] = _largest(number for _, number in places)
        return _largest((self._largest[parent], await planner.ask(self._stored(parent, self._changed.get(parent, ())))))

    async def _follow(self, planner: Numbers) -> None:
        """Look through what was planned since the last time."""
        fresh, self._seen = planner.plan.changes[self._seen :], len(planner.plan.changes)
        self._unclear |= any(
            isinstance(change, Delete) and change.collection.name in self._following for change in fresh
        )
        changes = [change for change in fresh if change.collection.name == self._many.name and self._concerns(change)]
        keys = [key for change in changes if not isinstance(change, Insert) for key in change.keys]
        if keys:
            await self._learn(planner, keys)
        for change in changes:
            if isinstance(change, Insert):
                self._put(change, (change.row[self._field], change.row[self._name]))
                continue
            for key in change.keys:
                self._change(planner.plan, key, change)

    def _concerns(self, change: Change) -> bool:
        return not isinstance(change, Update) or not {self._field, self._name}.isdisjoint(change.values)

    async def _learn(self, planner: Numbers, keys: Sequence[object]) -> None:
        """Learn where the stored items with ``keys`` stand."""
        wanted = [key for key in dict.fromkeys(keys) if key not in self._places]
        for key, *place in await planner.ask(self._rows(wanted)):
            self._changed[place[0]].append(key)
            self._put(key, (place[0], place[1]))

    def _change(self, plan: Plan, key: object, change: Update | Delete) -> None:
        """Take a change of the item with ``key``; there may be none."""
        insert = plan.last(self._many, key, self._many.primary_key.name)
        item = insert if isinstance(insert, Insert) else key
        place = self._places.get(item)
        if place is None:
            return
        self._take(item, place)
        if isinstance(change, Update):
            self._put(item, (change.values.get(self._field, place[0]), change.values.get(self._name, place[1])))

    def _put(self, item: object, place: Place) -> None:
        parent, number = self._places[item] = place
        self._lists[parent][item] = None
        if parent in self._largest:
            self._largest[parent] = _largest((self._largest[parent], number))

    def _take(self, item: object, place: Place) -> None:
        del self._places[item], self._lists[place[0]][item]
        self._largest.pop(place[0], None)

    def _stored(self, parent: object, without: Sequence[object]) -> Callable[[Session], object]:
        """Return the step that finds the largest stored number in the list of ``parent``, ``without`` the items with these keys."""
        key = self._many.primary_key
        statement = (
            f"SELECT max({quoted(self._name)}) FROM {quoted(self._many.name)} "  # noqa: S608 - names of the schema
            f"WHERE {quoted(self._field)} = ?"
        )
        parameters = [parent]
        if without:
            statement += f" AND {quoted(key.name)} NOT IN (SELECT unnest(CAST(? AS {column_type(key)}[])))"
            parameters.append([*without])

        def work(session: Session) -> object:
            row = session.row(statement, parameters)
            return row[0] if row else None

        return work

    def _rows(self, keys: Sequence[object]) -> Callable[[Session], list[tuple[object, ...]]]:
        """Return the step that finds key, parent and number of the stored items with ``keys``."""
        key = self._many.primary_key
        names = ", ".join(map(quoted, (key.name, self._field, self._name)))
        statement = (
            f"SELECT {names} FROM {quoted(self._many.name)} "  # noqa: S608 - names of the schema
            f"WHERE {quoted(key.name)} IN (SELECT unnest(CAST(? AS {column_type(key)}[])))"
        )
        return lambda session: session.rows(statement, [[*keys]])


def _following(schema: Schema, name: str) -> frozenset[str]:
    """Return the collections whose deleted items may take items of the collection ``name`` with them, or change them."""
    above: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for relation in schema.relations:
        above[relation.many][relation.one] = None
    found, waiting = set[str](), [name]
    while waiting:
        fresh = [entry for entry in above.get(waiting.pop(), ()) if entry not in found]
        found.update(fresh)
        waiting += fresh
    return frozenset(found)


def _largest(numbers: Iterable[object]) -> object:
    """Return the largest of some values of a field; None is no value."""
    return max((number for number in numbers if number is not None), default=None)  # type: ignore[type-var]


def _after(last: object, at: int) -> object:
    """Return the number of the new item at the index ``at`` behind the largest number, as JavaScript adds them up."""
    if isinstance(last, Decimal):
        last = javascript.number(str(last))
    if not javascript.truthy(last):
        return at + 1
    return last + at + 1 if isinstance(last, int | float) else f"{last}{at}1"
