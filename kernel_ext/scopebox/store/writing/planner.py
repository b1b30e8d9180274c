"""The first half of a write: filters, rights, presets, validation and nested payloads, item by item, without a lock.

A plan reads committed state only. What it read is kept with the answer, so that the transaction can read it again; what hooks
answered and which keys were drawn is kept on a replay, so that planning once more asks nobody twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Raw
from scopebox_guest import wire

from scopebox.errors import DirectusError
from scopebox.store import errors, javascript
from scopebox.store.bounds import MAX_DELETED_ALONG, MAX_ITEMS
from scopebox.store.emitter import EventContext, event_names
from scopebox.store.reading.reader import Reader
from scopebox.store.reading.request import Request
from scopebox.store.steps import in_one_step
from scopebox.store.writing import nested as nested_items
from scopebox.store.writing.basis import Shape, StoreVersion
from scopebox.store.writing.certainty import certainty_of
from scopebox.store.writing.changes import Delete, Event, Insert, Update
from scopebox.store.writing.drawing import Drawing
from scopebox.store.writing.filtering import Filtering
from scopebox.store.writing.foresight import Foresight
from scopebox.store.writing.gate import Gate
from scopebox.store.writing.highest_key import highest_key
from scopebox.store.writing.keys import check_keys, typed_keys
from scopebox.store.writing.numbering import Numbering
from scopebox.store.writing.places import Turn
from scopebox.store.writing.plan import Asking, Look, Plan
from scopebox.store.writing.related import Related
from scopebox.store.writing.replay import HookReplay, ReplayedEmitter
from scopebox.store.writing.rights import as_object, listed_item
from scopebox.store.writing.tracking import read_snapshot
from scopebox.store.writing.volume import Volume

if TYPE_CHECKING:
    from scopebox.store.access.records import Action
    from scopebox.store.schema.schema import Collection, Relation
    from scopebox.store.writing.places import Place
    from scopebox.vocabulary import HookKind

T = TypeVar("T")
Events = list[Event]
NOTHING_HELD: Final = nullcontext()  # the same for every item: making one takes longer than entering it
READS: Final[Sequence[tuple[HookKind, str]]] = (("filter", "query"), ("filter", "read"), ("action", "read"))


class Planner:
    """Plans one call: ``plan`` and ``events`` so far."""

    def __init__(self, version: StoreVersion, request: Request, replay: HookReplay, place: Place) -> None:
        self.version, self._place = version, place
        volume = (
            None
            if request.stores is None
            else Volume(request.stores, own=request.most is None, by_extension=request.by_extension)
        )
        self.plan = Plan(None if replay.again else volume)
        self.events: Events = []
        self._accountability, self._cause, self._most = request.accountability, request.cause, request.most
        self.ask, self._turn = Asking(place, self.plan), Turn(place)
        self._emitter = ReplayedEmitter(request.emitter, replay, volume)
        self._gate = Gate(version, request.accountability, self.ask, self._turn)
        self._heard: dict[tuple[str, str, str], tuple[str, str] | None] = {}
        self._foresight = Foresight(version, self.plan, self.ask, self._turn)
        self.related = Related()
        self._drawing = Drawing(version, self.plan, place, replay)
        self.numbering: dict[Relation, Numbering] = {}

    async def create_all(self, collection: Collection, data: Sequence[object]) -> list[Insert]:
        """Plan new items as :meth:`create` does; what all of them need is looked up and drawn at once."""
        self._drawing.announce(collection, data)
        filtering = None
        if len(data) > 1 and self._hears("filter", "create", collection):
            await self._foresight.look_ahead(collection, data)
            filtering = await self._filtering(collection, data)
        key, inserts, ahead = collection.primary_key.name, [], 0
        for at, item in enumerate(data):
            if at == ahead:
                ahead = await self._gate.look_ahead(collection, data, at)
            insert = await self.create(collection, listed_item(item, key), (), self.events, filtering=filtering)
            inserts.append(insert)
        return inserts

    async def create(
        self,
        collection: Collection,
        data: object,
        nested: Sequence[str] = (),
        outer: Events | None = None,
        *,
        filtering: Filtering | None = None,
    ) -> Insert:
        """Plan one new item. Its action goes to ``outer``; at the top it comes before those of nested items.

        ``filtering`` knows what filters make of it, if it is not the only one.
        """
        await self._begin(collection, data, top=outer is None)
        found = data
        if self._hears("filter", "create", collection):
            found = await self._filtered("create", collection, data, {}, filtering)
        content = await self._gate.process("create", collection, found, nested)
        inner: Events = [] if outer is None else outer
        shape = self.version.shape(collection)
        nests = shape.nests(content)
        with self.related.holding(found) if nests and found is not data else NOTHING_HELD:
            flat = await nested_items.to_one(self, shape, content, nested, inner) if nests else content
            insert = self._insert(collection, shape, flat, data if isinstance(data, dict) else flat)
            self.plan.add(insert)
            self._drawing.add(insert)
            if nests:
                await nested_items.one_to_many(self, shape, content, insert, nested=nested, events=inner)
        meta = {"payload": content}
        self._tell("create", collection, meta, inner=inner, outer=outer, insert=insert, made=found is not data)
        return insert

    async def update(
        self,
        collection: Collection,
        keys: Sequence[object],
        data: object,
        nested: Sequence[str] = (),
        outer: Events | None = None,
    ) -> list[object]:
        """Plan the same change of the items with ``keys``; return the keys in the order that hooks are told."""
        await self._begin(collection, data, top=outer is None, there=True)
        check_keys(collection, keys)
        found = data
        if self._hears("filter", "update", collection):
            found = await self._filtered("update", collection, data, {"keys": list(keys)})
        ordered = sorted(keys, key=javascript.text)
        if self._accountability is not None:
            await self._gate.permit("update", collection, ordered, found)
        content = await self._gate.process("update", collection, found, nested)
        inner: Events = [] if outer is None else outer
        shape = self.version.shape(collection)
        with self.related.holding(found) if found is not data and shape.nests(content) else NOTHING_HELD:
            flat = await nested_items.to_one(self, shape, content, nested, inner)
            values = shape.casts.update(flat, self._accountability)
            self.plan.add(Update(collection, typed_keys(collection, ordered), values, shape.refusable(as_object(data))))
            for key in ordered:
                await nested_items.one_to_many(self, shape, content, key, nested=nested, events=inner)
        await self._track(collection, ordered, changed=True)
        meta = {"payload": content, "keys": ordered}
        self._tell("update", collection, meta, inner=inner, outer=outer, made=found is not data)
        return ordered

    async def delete(self, collection: Collection, keys: Sequence[object], outer: Events | None = None) -> list[object]:
        """Plan the end of the items with ``keys``; return the keys, which a filter may have replaced."""
        check_keys(collection, keys)
        hears = self._hears("filter", "delete", collection)
        found = await self._filtered("delete", collection, list(keys), {}) if hears else list(keys)
        if not isinstance(found, list):
            raise errors.internal_error(f"The keys of a delete have to be a list, not {javascript.text(found)}")
        if len(found) > max(MAX_ITEMS, len(keys)):
            raise errors.invalid_payload(
                f'A filter of deletions in "{collection.name}" returned {len(found):,} keys, {MAX_ITEMS:,} are the limit'
            )
        await self._gate.permit("delete", collection, found, None)
        most = MAX_DELETED_ALONG if self._most is not None or found != list(keys) else None
        self.plan.add(Delete(collection, typed_keys(collection, found), most))
        await self._track(collection, found, changed=False)
        self._tell("delete", collection, {"payload": found, "keys": found}, inner=[], outer=outer)
        return found

    def close(self) -> None:
        """Let go of what is not needed any more once all is planned."""
        self._drawing.forget()

    # what nested payloads need besides

    async def key_of(self, insert: Insert) -> object:
        """Return the key of a planned item, drawn from the sequence now if need be."""
        if insert.row[insert.field] is None:
            await self._drawing.draw(insert.collection)
        return insert.key or insert.row[insert.field] or await highest_key(self, insert.collection)

    async def lookup(self, collection: Collection, query: dict[str, object], most: int) -> list[object]:
        """Return the first ``most`` keys that ``query`` selects after what was planned so far: in nobody's name, but told to the hooks."""
        version, rehearsed = self.version, self.plan.touches(collection)
        keys = await (await self.reader_for(collection)).keys(
            collection.name, query, Request(None, self._emitter, self._cause), most=most
        )
        again = in_one_step(partial(version.keys_in, collection=collection, query=query, most=most))
        self.plan.looks.append(Look(None if rehearsed else again, keys))
        return keys

    def hears_reads(self, collection: Collection) -> bool:
        """Return whether anybody listens to the reads of ``collection``."""
        return any(self._hears(kind, action, collection) is not None for kind, action in READS)

    async def _begin(self, collection: Collection, data: object, *, top: bool, there: bool = False) -> None:
        """Begin an item, and let others go on from time to time."""
        if top:
            self._drawing.announce(collection, [data], there=there)
        if self._turn.over:
            await self._turn.next()

    def _hears(self, kind: HookKind, action: str, collection: Collection) -> tuple[str, str] | None:
        """Return the names of an event that anybody listens to, the same for all of the call; None if nobody does."""
        question = (kind, action, collection.name)
        if question not in self._heard:
            names = event_names(action, collection.name)
            self._heard[question] = names if self._emitter.listens(kind, names) else None
        return self._heard[question]

    async def _filtering(self, collection: Collection, data: Sequence[object]) -> Filtering | None:
        """Return what sends new items through the filters, several at once, if that is the same as one by one."""
        try:
            rights = await self._gate.rights("create", collection)
        except DirectusError:  # which is told when the filters have seen the first item
            return None
        certainty = certainty_of(self.version, collection, rights, self._foresight.checks)
        if certainty is None:
            return None
        names, context = event_names("create", collection.name), EventContext(self._accountability, self._cause)
        meta: dict[str, object] = {"collection": collection.name}
        return Filtering(
            data, certainty, lambda items, certain: self._emitter.filter_first(names, items, meta, context, certain)
        )

    async def _filtered(
        self,
        action: Action,
        collection: Collection,
        data: object,
        meta: dict[str, object],
        filtering: Filtering | None = None,
    ) -> object:
        """Return what the filters make of ``data``; what the database would have refused by now is refused before."""
        await self._foresight.check()
        if filtering is not None:
            return await filtering.next()
        told = {**meta, "collection": collection.name}
        names, context = event_names(action, collection.name), EventContext(self._accountability, self._cause)
        return await self._emitter.filter(names, data, told, context)

    def _insert(
        self, collection: Collection, shape: Shape, flat: dict[str, object], given: dict[str, object]
    ) -> Insert:
        name = shape.key
        key = flat.get(name)
        shape.check_key(flat)
        row = shape.casts.row(flat, self._accountability)
        if row[name] is None and not shape.drawn:
            raise errors.not_null(collection.name, name)
        return Insert(collection, name, row, shape.refusable(given), key or row[name], len(self.plan.changes))

    def _tell(
        self,
        action: Action,
        collection: Collection,
        meta: Mapping[str, object],
        *,
        inner: Events,
        outer: Events | None,
        insert: Insert | None = None,
        made: bool = False,
    ) -> None:
        """Keep the action of a change: behind those of its nested items, but at the top before them.

        What filters ``made`` is kept as text: as data it may take many times as much, and nobody else needs it.
        """
        heard = []
        if names := self._hears("action", action, collection):
            if made:
                meta = {**meta, "payload": Raw(wire.encode(meta["payload"]))}
            heard = [Event(names, {**meta, "collection": collection.name}, insert)]
        if outer is None:
            self.events += [*heard, *inner]
        else:
            outer += heard

    async def _track(self, collection: Collection, keys: Sequence[object], *, changed: bool) -> None:
        """What keeping activity and revisions of a collection lets others see: the snapshot that is read after an update."""
        if self._accountability is None or not collection.tracking:
            return
        if None in keys:
            raise errors.not_null("directus_activity", "item")
        if changed and self.hears_reads(collection):
            await self._foresight.check()
            request = Request(None, self._emitter, self._cause, most=self._most)
            await read_snapshot(await self.reader_for(collection), collection, keys, request)

    async def reader_for(self, collection: Collection) -> Reader:
        """Return a reader that finds ``collection`` as it will be after what was planned so far."""
        schema, access = self.version.schema, self.version.access
        if not self.plan.touches(collection):
            return Reader(self._place, schema, access)
        await self._drawing.draw_all()
        return Reader(await self._place.after(schema, self.plan.changes), schema, access)
