"""Nested payloads: the related items that come with an item, in their three forms.

A many-to-one is an object. A one-to-many, and the junction rows of a many-to-many, are a list (the complete new state) or an
object of ``create``, ``update`` and ``delete``. Items that are left out of a list are detached, or deleted where the relation says
so. An item of any collection is an object too, in the collection that the item around it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.store import errors, javascript
from scopebox.store.query.filters import Itself
from scopebox.store.values.casting import key_value
from scopebox.store.writing.changes import Event, Insert
from scopebox.store.writing.existing import ABSENT, NO_KEY, all_existing, existing
from scopebox.store.writing.key_reserve import MAX_NESTED_LEVELS
from scopebox.store.writing.numbering import Numbers, numbered
from scopebox.store.writing.rights import as_object

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection, Relation
    from scopebox.store.writing.basis import Shape
    from scopebox.store.writing.related import Related

Payload = dict[str, object]
_FORMS: Final = ("create", "update", "delete")


class Planning(Numbers, Protocol):
    """What nested payloads need of the plan that they become a part of."""

    related: Related

    async def create(
        self, collection: Collection, data: object, nested: Sequence[str], outer: list[Event] | None
    ) -> Insert:
        """Plan a new item."""

    async def update(
        self,
        collection: Collection,
        keys: Sequence[object],
        data: object,
        nested: Sequence[str],
        outer: list[Event] | None,
    ) -> list[object]:
        """Plan a change of items."""

    async def key_of(self, insert: Insert) -> object:
        """Return the key of a planned item."""

    async def delete(self, collection: Collection, keys: Sequence[object], outer: list[Event] | None) -> list[object]:
        """Plan the end of items."""

    async def lookup(self, collection: Collection, query: dict[str, object], most: int) -> list[object]:
        """Return the first ``most`` keys that a query will select by then."""

    def hears_reads(self, collection: Collection) -> bool:
        """Return whether anybody listens to the reads of a collection."""


async def to_one(
    planner: Planning, shape: Shape, content: Payload, nested: Sequence[str], events: list[Event]
) -> Payload:
    """Plan the items that ``content`` refers to and holds; return it with their keys instead."""
    flat = await _many_to_one(planner, shape, content, nested, events)
    return await _any_to_one(planner, shape, flat, nested, events) if shape.any_references else flat


async def _many_to_one(
    planner: Planning, shape: Shape, content: Payload, nested: Sequence[str], events: list[Event]
) -> Payload:
    flat = content
    for relation in shape.references:
        if not isinstance(content.get(relation.field), dict | list):
            continue
        one = planner.version.schema.all[relation.one]
        path = _deeper(nested, relation.field)
        flat = {**flat, relation.field: await _one(planner, one, content[relation.field], path, events)}
    return flat


async def _any_to_one(
    planner: Planning, shape: Shape, content: Payload, nested: Sequence[str], events: list[Event]
) -> Payload:
    flat = content
    for relation in shape.any_references:
        record, name = content.get(relation.field), content.get(relation.collection_field)
        if not isinstance(record, dict):
            continue
        place = f"{relation.many}.{relation.field}"
        if not javascript.truthy(name):
            missing = f"{relation.many}.{relation.collection_field}"
            raise errors.invalid_payload(f'Can\'t update nested record "{place}" without field "{missing}" being set')
        if name not in relation.allowed:
            named = javascript.beginning(name, errors.MAX_SHOWN_CHARACTERS)
            raise errors.invalid_payload(f'"{place}" can\'t be linked to collection "{named}"')
        one = planner.version.schema.all[str(name)]
        path = _deeper(nested, relation.field)
        flat = {**flat, relation.field: await _one(planner, one, record, path, events)}
    return flat


async def _one(planner: Planning, one: Collection, record: object, path: Sequence[str], events: list[Event]) -> object:
    name = one.primary_key.name
    if one.name in planner.version.schema.system:
        return _named(one, record)
    if isinstance(record, dict) and name in record:
        key = record[name]
        if await existing(planner, one, key, name) is not ABSENT:
            rest = {field: value for field, value in record.items() if field != name}
            if rest:
                planner.related.expect(1)
                await planner.update(one, [key], rest, path, events)
            return key
    planner.related.expect(1)
    return await planner.key_of(await planner.create(one, record, path, events))


def _named(one: Collection, record: object) -> object:
    """Return the key in ``record``, all that may be said of an item of a system collection; DirectusError 403 for anything else."""
    if isinstance(record, dict) and set(record) == {one.primary_key.name}:
        return record[one.primary_key.name]
    raise errors.system_collection(one.name)


async def one_to_many(
    planner: Planning,
    shape: Shape,
    content: Payload,
    parent: object,
    *,
    nested: Sequence[str],
    events: list[Event],
) -> None:
    """Plan what the aliases in ``content`` say about the items that refer to ``parent`` (a key, or a planned item)."""
    for relation in shape.aliases:
        if relation.one_field is None or relation.one_field not in content:
            continue
        path = _deeper(nested, relation.one_field)
        value = content[relation.one_field]
        key = await planner.key_of(parent) if isinstance(parent, Insert) else parent
        fresh = isinstance(parent, Insert) and bool(parent.row[parent.field])
        children = Children(planner, relation, key, path=path, events=events)
        if not javascript.truthy(value) or isinstance(value, list):
            await children.replace(value if isinstance(value, list) else [], fresh=fresh)
        else:
            await children.alter(_alterations(value), fresh=fresh)


class Children:
    """The items of one relation that refer, or will refer, to the item with the key ``parent``."""

    def __init__(
        self,
        planner: Planning,
        relation: Relation,
        parent: object,
        *,
        path: Sequence[str],
        events: list[Event],
    ) -> None:
        self._planner = planner
        one = planner.version.schema.all[relation.one]
        self._many = planner.version.schema.all[relation.many]
        if relation.many in planner.version.schema.system:
            raise errors.system_collection(relation.many)
        self._key = self._many.primary_key.name
        self._relation = relation
        self._field = relation.field
        self._parent = parent
        self._owner = {relation.field: parent} if javascript.truthy(parent) else {}  # to a key of 0 nothing is bound
        self._stored_parent = key_value(one, parent)
        self._path = path
        self._events = events

    async def replace(self, records: Sequence[object], *, fresh: bool) -> None:
        """Make ``records`` the complete new state; ``fresh``: the parent is new, so nothing refers to it yet."""
        self._planner.related.check_room(len(records))
        kept, wanted = [], []
        keys = [self._named_key(record) for record in records]
        for record, found in zip(
            records, await all_existing(self._planner, self._many, keys, self._field), strict=True
        ):
            linked, content = self._linked(record, found)
            if content is None:
                kept.append(record)
                continue
            wanted.append((content if linked else {**content, **self._owner}, found is not ABSENT))
        self._planner.related.expect(len(wanted))
        kept += [await self._upsert(content, there=there) for content, there in wanted]
        if not fresh or self._planner.hears_reads(self._many):
            await self._take_off(kept, all_but=True)

    async def alter(self, forms: dict[str, list[object]], *, fresh: bool) -> None:
        """Create, update and take off as ``forms`` says; ``fresh``: the parent is new."""
        self._planner.related.check_room(sum(map(len, forms.values())))
        self._planner.related.expect(sum(len(forms.get(form, ())) for form in ("create", "update")))
        new = [as_object(item) for item in forms.get("create", ())]
        for record in await numbered(self._planner, self._relation, self._stored_parent, new, fresh=fresh):
            content = {**record, **self._owner}
            await self._planner.create(self._many, content, self._path, self._events)
        for item in forms.get("update", ()):
            content = as_object(item)
            if self._key not in content:
                raise errors.internal_error(
                    "Undefined binding(s) detected when compiling FIRST. "
                    f'Undefined column(s): [{self._key}]: an item of "update" has no primary key'
                )
            key = content.pop(self._key)
            if not self._refers(await existing(self._planner, self._many, key, self._field)):
                content |= self._owner
            await self._planner.update(self._many, [key], content, self._path, self._events)
        if "delete" in forms:
            await self._take_off(forms["delete"])

    def _named_key(self, record: object) -> object:
        """Return the key of the item that ``record`` is or names, None for none."""
        key = record.get(self._key) if isinstance(record, dict) else record
        return None if isinstance(record, list | bool) or not javascript.truthy(key) else key

    def _linked(self, record: object, found: object) -> tuple[bool, Payload | None]:
        """Return whether the item of ``record`` refers to the parent already, and its payload; None for a bare such key.

        ``found`` is the key that the item refers to.
        """
        if record is None or isinstance(record, bool):
            raise errors.internal_error(f"Cannot read properties of {javascript.text(record)} (reading '{self._key}')")
        if found is NO_KEY:
            key_value(self._many, self._named_key(record))  # raises
        if isinstance(record, dict | list):
            return self._refers(found), as_object(record)
        if found is ABSENT:
            raise errors.forbidden()
        return self._refers(found), None if self._refers(found) else {self._key: record}

    def _refers(self, found: object) -> bool:
        return found is not ABSENT and found is not None and found == self._stored_parent

    async def _upsert(self, content: Payload, *, there: bool) -> object:
        """Plan a change of the item that ``content`` names, or a new one; ``there``: it is known to be there."""
        key = content.get(self._key)
        planner = self._planner
        if there or (javascript.truthy(key) and await existing(planner, self._many, key, self._key) is not ABSENT):
            rest = {name: value for name, value in content.items() if name != self._key}
            await planner.update(self._many, [key], rest, self._path, self._events)
            return key
        return await planner.key_of(await planner.create(self._many, content, self._path, self._events))

    async def _take_off(self, keys: Sequence[object], *, all_but: bool = False) -> None:
        """Detach the items of the list with ``keys``, or all but those, or delete them, as the relation says."""
        chosen = {self._key: {"_nin" if all_but else "_in": [_itself(key) for key in keys]}}
        condition = {"_and": [{self._field: {"_eq": _itself(self._parent)}}, chosen]}
        related, query = self._planner.related, {"filter": condition, "limit": -1}
        related.take_off(len(found := await self._planner.lookup(self._many, query, related.room_off + 1)))
        if found and self._relation.on_deselect == "delete":
            await self._planner.delete(self._many, found, self._events)
        elif found:
            await self._planner.update(self._many, found, {self._field: None}, self._path, self._events)


def _itself(key: object) -> object:
    return Itself(key) if isinstance(key, str) else key


def _deeper(nested: Sequence[str], field: str) -> tuple[str, ...]:
    if len(nested) >= MAX_NESTED_LEVELS:
        raise errors.invalid_payload(f"Items are nested more than {MAX_NESTED_LEVELS} levels deep")
    return (*nested, field)


def _alterations(value: object) -> dict[str, list[object]]:
    """Return the object of ``create``, ``update`` and ``delete``; DirectusError 400 for anything else."""
    reason = ""
    if not isinstance(value, dict):
        reason = '"value" must be of type object'
    else:
        unknown = [name for name in value if name not in _FORMS]
        wrong = [name for name in _FORMS if name in value and not isinstance(value[name], list)]
        misfit = "" if wrong else next((text for name in _FORMS for text in _misfits(name, value.get(name, []))), "")
        if wrong or misfit:
            reason = f'"{wrong[0]}" must be an array' if wrong else misfit
        elif unknown:
            reason = f'"{unknown[0]}" is not allowed'
    if reason:
        raise errors.invalid_payload(f"Invalid one-to-many update structure: {reason}")
    assert isinstance(value, dict)
    return value


def _misfits(form: str, items: Sequence[object]) -> Iterator[str]:
    """Yield what is wrong with the items of one form: keys to be deleted, objects otherwise."""
    for at, item in enumerate(items):
        if form != "delete":
            if not isinstance(item, dict):
                yield f'"{form}[{at}]" must be of type object'
        elif not isinstance(item, str | int | float) or isinstance(item, bool):
            yield f'"{form}[{at}]" does not match any of the allowed types'
