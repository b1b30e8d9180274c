"""The items of one collection: what the REST API, ``box.items`` and the execution types of extensions all go through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from scopebox.store import errors, javascript
from scopebox.store.bounds import MAX_ITEMS
from scopebox.store.emitter import Silence, event_names
from scopebox.store.reading.request import Request, Rows
from scopebox.store.reading.singletons import one_at_most
from scopebox.store.room import NO_ROOM, weight_of, weight_of_chosen
from scopebox.store.schema.system import NAMES
from scopebox.store.writing import singletons, sorting
from scopebox.store.writing.changes import Insert
from scopebox.store.writing.rights import as_object, listed_item

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from scopebox.store.access import Accountability
    from scopebox.store.emitter import Emitter
    from scopebox.store.reading.request import Room
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.basis import StoreVersion
    from scopebox.store.writing.planner import Planner
    from scopebox.store.writing.writer import Writer

T = TypeVar("T")
Query = dict[str, object]


@dataclass(frozen=True, slots=True)
class Made:
    """A new item: its primary key, and what it shows as JSON text, where that is known already."""

    key: object
    text: bytes | None


class ItemsService:
    """One collection in somebody's name (``accountability`` None: the store itself, which may do everything).

    A system collection can be read if ``system`` says so, and never be written.

    Every method is awaited on the caller's loop, fires the hooks of ``emitter``, and raises DirectusError in the words of a
    Directus 11, or what a filter raised. A write that fails leaves nothing behind.
    """

    def __init__(
        self,
        current: Callable[[], StoreVersion],
        writer: Writer,
        collection: str,
        accountability: Accountability | None = None,
        *,
        emitter: Emitter | None = None,
        cause: object = None,
        literal: bool = False,
        most: int | None = None,
        turn: AbstractAsyncContextManager[None] | None = None,
        room: Room | None = None,
        stores: Callable[[int], None] | None = None,
        held: int | None = None,
        by_extension: bool = False,
        system: bool = False,
        depth: int = 0,
    ) -> None:
        self._current = current
        self._writer = writer
        self._name = collection
        self._system = system
        self._request = Request(
            accountability, emitter or Silence(), cause, literal, most, turn, room, stores, held, by_extension, depth
        )

    def check(self) -> None:
        """Raise DirectusError 403 unless there is such a collection, and it can be read here."""
        if not (self._system and self._name in self._current().schema.system):
            self._collection()

    @property
    def singleton(self) -> bool:
        """Whether there is such a collection, and it has one item at most."""
        found = self._current().schema.collections.get(self._name)
        return found is not None and found.singleton

    async def read(
        self, query: Query | None = None, *, keys: Sequence[object] | None = None, created: bool = False
    ) -> Rows:
        """Return the items, or aggregate rows, that ``query`` selects; of those with ``keys``, if given, which may just have been ``created``."""
        self.check()
        if self.singleton:
            query = one_at_most(query or {})
        return await self._current().reader.read(self._name, query, self._request, keys=keys, created=created)

    async def read_one(self, key: object, query: Query | None = None) -> Rows:
        """Return the item with ``key``; DirectusError 403 if there is none that may be read."""
        self.check()
        return await self._current().reader.read_one(self._name, key, query, self._request)

    async def read_singleton(self, query: Query | None = None) -> Rows:
        """Return the item of a singleton as an object: with a null key and its defaults, where ``query`` finds none."""
        return await self._current().reader.read_singleton(self._name, query, self._request)

    async def counts(self, query: Query | None) -> dict[str, int]:
        """Return what the ``meta`` of ``query`` asks for: ``total_count``, ``filter_count``."""
        self.check()
        return await self._current().reader.counts(self._name, query, self._request)

    async def create(self, data: Sequence[object]) -> list[object]:
        """Create items; return their primary keys, in order."""
        collection = self._collection()
        self._check(len(data))
        waiting = [*data]
        del data  # many items are large, and are not needed any more once their rows are planned

        async def build(planner: Planner) -> list[Insert]:
            if collection.singleton:
                await singletons.check_room(planner, collection, len(waiting))
            return await planner.create_all(collection, waiting)

        async with self._room(weight_of, waiting):
            return [insert.key for insert in await self._write(build, waiting.clear)]

    async def create_one(self, data: object) -> object:
        """Create one item; return its primary key. Its action is told before those of its nested items."""
        collection = self._collection()

        async with self._room(weight_of, data):
            return (await self._write(lambda planner: planner.create(collection, data))).key

    async def create_and_show(self, data: object, query: Query) -> Made:
        """Do as :meth:`create_one`; :meth:`show` tells what ``query`` shows of the item."""
        collection = self._collection()

        async def build(planner: Planner) -> Insert:
            insert = await planner.create(collection, data)
            if len(planner.plan.changes) == 1 and not planner.hears_reads(collection):
                insert.returns = planner.version.returned.of(self._name, query, self._request)
            return insert

        async with self._room(weight_of, data):
            insert = await self._write(build)
        return Made(insert.key, insert.shown)

    async def show(self, made: Made, query: Query) -> Rows:
        """Return what :meth:`read_one` with ``query`` returns of an item that was created to be shown so."""
        if made.text is None:
            return await self.read_one(made.key, query)
        return Rows(json=made.text)

    async def upsert(self, data: object) -> object:
        """Change the item of a singleton, or create it; return its primary key."""
        collection = self._collection()
        async with self._room(weight_of, data):
            found = await self._write(lambda planner: singletons.upsert(planner, collection, data))
        return found.key if isinstance(found, Insert) else found

    async def update_many(self, keys: Sequence[object], data: object) -> list[object]:
        """Change the items with ``keys``; return the keys, also those without an item."""
        self._check(len(keys))
        waiting = [data]
        del data  # it may be large, and is not needed any more once its values are planned
        async with self._room(weight_of, keys, *waiting):
            return await self._update(keys, waiting)

    async def update_batch(self, data: Sequence[object]) -> list[object]:
        """Change each item of ``data`` by the primary key it contains; return the keys."""
        collection = self._collection()
        name = collection.primary_key.name
        self._check(len(data))

        async def build(planner: Planner) -> list[object]:
            keys = []
            for item in data:
                content = as_object(listed_item(item, name))
                key = content.pop(name, None)
                if not javascript.truthy(key):
                    raise errors.invalid_payload("Item in update misses primary key")
                await planner.update(collection, [key], content)
                keys.append(key)
            return keys

        async with self._room(weight_of, data):
            return await self._write(build)

    async def update_by_query(self, query: Query | None, data: object, *, as_found: bool = False) -> list[object]:
        """Change the items that ``query`` selects, 100 at most if it has no limit; return their primary keys as :meth:`update_many` does, or ``as_found``."""
        waiting = [data]
        del data
        async with self._room(weight_of_chosen, query, waiting):
            found = await self.keys(query)
            keys = await self._update(found, waiting) if found else []
            return found if as_found else keys

    async def delete_many(self, keys: Sequence[object]) -> list[object]:
        """Delete the items with ``keys``; return the keys, also those without an item."""
        self._check(len(keys))
        async with self._room(weight_of, keys):
            return await self._delete(keys)

    async def move(self, item: object, to: object) -> None:
        """Move the item with the key ``item`` to the place of ``to`` in a collection that is sorted by hand."""
        collection, version, request = self._collection(), self._current(), self._request
        name = sorting.sort_field_of(collection)
        who = request.accountability
        if who is not None and not who.admin:
            rules = version.access.permissions_of(who, collection.name, "update")
            if not rules:
                raise errors.forbidden_items("update", collection.name)
            if not any({"*", name} & {*rule.fields} for rule in rules):
                raise errors.forbidden()
        await version.database.write(sorting.moving(collection, name, item, to))
        meta = {"collection": collection.name, "item": item, "to": to}
        request.emitter.action(event_names("sort", collection.name), meta, request.context)

    def check_delete(self) -> None:
        """Raise DirectusError 400 for a singleton: extensions and notebooks change its item, only clients delete it."""
        singletons.check_delete(self._collection())

    async def delete_by_query(self, query: Query | None) -> list[object]:
        """Delete the items that ``query`` selects, 100 at most if it has no limit; return their primary keys."""
        async with self._room(weight_of_chosen, query):
            keys = await self.keys(query)
            return await self._delete(keys) if keys else []

    def _collection(self) -> Collection:
        found = self._current().schema.collections.get(self._name)
        if found is not None:
            return found
        if self._name in NAMES:
            raise errors.system_collection(self._name)
        raise errors.forbidden_collection(self._name, why=self._current().schema.unfollowed.get(self._name, ""))

    async def keys(self, query: Mapping[str, object] | None) -> list[object]:
        """Return the primary keys of the items that ``query`` selects for a change, 100 at most if it has no limit."""
        collection = self._collection()
        most = None if self._request.most is None else MAX_ITEMS + 1
        keys = await self._current().reader.keys(collection.name, query, self._request, most=most)
        self._check(len(keys))
        return [key for key in keys if javascript.truthy(key)]

    def _check(self, items: int) -> None:
        """Refuse more items than a call from outside may write."""
        if self._request.most is not None and items > MAX_ITEMS:
            raise errors.invalid_payload(
                f"More than {MAX_ITEMS:,} items in one call; make several, each with a limit and fewer items"
            )

    def _room(self, weigh: Callable[..., int], *given: object) -> AbstractAsyncContextManager[None]:
        """Hold room for a plan that weighs what ``weigh`` says of what was given; the notebook may write any number of items."""
        if self._request.most is None:
            return NO_ROOM
        return self._writer.rooms.held(weigh(*given), self._request.depth)

    async def _update(self, keys: Sequence[object], waiting: list[object]) -> list[object]:
        collection = self._collection()
        return await self._write(lambda planner: planner.update(collection, keys, waiting[0]), waiting.clear)

    async def _delete(self, keys: Sequence[object]) -> list[object]:
        collection = self._collection()
        return await self._write(lambda planner: planner.delete(collection, keys))

    async def _write(
        self, build: Callable[[Planner], Coroutine[object, object, T]], let_go: Callable[[], None] = lambda: None
    ) -> T:
        return await self._writer.run(build, self._request, let_go)
