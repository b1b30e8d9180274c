from __future__ import annotations

import asyncio
from typing import Final

import pytest
from scopebox.errors import LimitError
from scopebox.store.database import held
from scopebox.store.items import ItemsService
from scopebox.store.store import Store
from scopebox.store.writing.volume import DECIMAL_BYTES, MIN_ITEM_BYTES, MIN_VALUE_BYTES, REPLACED_BYTES

from tests.stores import Listener, Row, content, recorded_copy, rows

store = recorded_copy
MANY: Final = 10 * 2**20


class Room:
    """So many bytes may be written."""

    def __init__(self, most: int) -> None:
        self.most, self.stored = most, 0

    def store(self, size: int) -> None:
        if self.stored + size > self.most:
            raise LimitError("too many bytes", kind="chain")
        self.stored += size


class Filters(Listener):
    """Filters that make ``made`` of every payload."""

    def __init__(self, event: str, made: Row) -> None:
        super().__init__()

        async def handler(payload: object, _meta: Row) -> object:
            assert isinstance(payload, dict)
            return {**payload, **made}

        self.filters[event] = handler


def service(store: Store, room: Room, listener: Listener | None = None, *, own: bool = False) -> ItemsService:
    return store.items(
        "comments",
        accountability=store.access.for_role("admin"),
        emitter=listener,
        stores=room.store,
        most=None if own else MANY,
    )


@pytest.mark.parametrize("own", [False, True])
def test_what_a_filter_makes_of_an_update_counts_for_every_row(store: Store, own: bool) -> None:
    before, room = content(store), Room(50_000)
    filters = Filters("comments.items.update", {"text": "x" * 1_000})
    keys = [row[0] for row in rows(store, "select id from comments")]
    with pytest.raises(LimitError, match="too many bytes"):
        asyncio.run(service(store, room, filters, own=own).update_many(keys, {"text": "a"}))
    assert content(store) == before
    assert len(asyncio.run(service(store, room, filters, own=own).update_many(keys[:10], {"text": "a"}))) == 10


@pytest.mark.parametrize("own", [False, True])
def test_what_filters_make_of_new_items_counts_and_the_rest_is_not_asked_about(store: Store, own: bool) -> None:
    before = content(store)
    filters = Filters("comments.items.create", {"text": "x" * 1_000})
    with pytest.raises(LimitError, match="too many bytes"):
        asyncio.run(service(store, Room(9_000), filters, own=own).create([{"article": 1}] * 100))
    assert content(store) == before
    assert len(filters.heard("filter", "comments.items.create")) < 10


def test_what_filters_make_counts_also_where_no_column_takes_it(store: Store) -> None:
    filters = Filters("comments.items.create", {"nothing": "x" * 1_000})
    with pytest.raises(LimitError, match="too many bytes"):
        asyncio.run(service(store, Room(9_000), filters).create([{"text": "t", "article": 1}] * 100))


def test_related_items_that_a_filter_adds_count(store: Store) -> None:
    filters = Filters("comments.items.create", {"article": {"title": "x" * 1_000, "body": "y" * 10_000}})
    with pytest.raises(LimitError, match="too many bytes"):
        asyncio.run(service(store, Room(9_000), filters).create_one({"text": "t"}))


def test_bytes_are_counted_not_characters(store: Store) -> None:
    room = Room(100_000)
    asyncio.run(service(store, room).create([{"text": "ä" * 10_000, "article": 1}]))
    assert 20_000 + MIN_ITEM_BYTES <= room.stored < 21_000


def test_places_of_nulls_count_in_new_items_of_many_fields(store: Store) -> None:
    with store.fork() as wide:
        wide.create_collection("wide", {f"field_{number}": "string" for number in range(299)})
        room = Room(100_000)
        items = wide.items("wide", accountability=None, stores=room.store, most=MANY)
        asyncio.run(items.create([{"field_0": "x"}] * 10))
        assert 10 * 300 * MIN_VALUE_BYTES <= room.stored < 11 * 300 * MIN_VALUE_BYTES
        with pytest.raises(LimitError, match="too many bytes"):
            asyncio.run(items.create([{"field_0": "x"}] * 40))


def test_decimals_count_for_what_they_take_until_they_are_written(store: Store) -> None:
    with store.fork() as exact:
        exact.create_collection("exact", {f"field_{number}": "decimal" for number in range(10)})
        room = Room(100_000)
        items = exact.items("exact", accountability=None, stores=room.store, most=MANY)
        asyncio.run(items.create([{f"field_{number}": "1.5" for number in range(10)}] * 100))
        assert room.stored >= 100 * 10 * DECIMAL_BYTES


def test_what_the_notebook_gives_itself_does_not_count_and_what_filters_add_to_it_does(store: Store) -> None:
    room = Room(2_000)
    given = [{"text": "x" * 5_000, "article": 1}] * 10
    assert len(asyncio.run(service(store, room, own=True).create(given))) == 10
    filters = Filters("comments.items.create", {"likes": 1})
    assert len(asyncio.run(service(store, room, filters, own=True).create(given))) == 10
    assert 0 < room.stored < 1_000


def test_a_plan_that_is_made_once_more_is_not_counted_again(store: Store) -> None:
    async def write() -> int:
        single, others = Room(MANY), Room(MANY)
        data = [{"text": "x" * 1_000, "article": 1}]
        await service(store, single).create(data)
        planned = asyncio.Event()
        listener = Listener()

        async def wait(payload: object, _meta: Row) -> object:
            await planned.wait()
            return payload

        listener.filters["comments.items.create"] = wait
        writing = asyncio.ensure_future(service(store, others, listener).create(data))
        await asyncio.sleep(0)
        await store.items("articles", accountability=None).delete_many([2])
        planned.set()
        await writing
        return others.stored - single.stored

    assert asyncio.run(write()) == 0


@pytest.mark.parametrize(("value", "size"), [("", 0), ("ab", 2), (None, 0), (7, MIN_VALUE_BYTES)])
def test_a_value_that_replaces_another_counts_in_every_row_however_short_it_is(value: object, size: int) -> None:
    room = Room(MANY)
    with Store() as store:
        store.create_collection("comments", {"text": "integer" if value == 7 else "string"})
        asyncio.run(store.items("comments", accountability=None).create([{}, {}]))
        asyncio.run(service(store, room).update_many([1, 2], {"text": value}))
    assert room.stored == 2 * (MIN_ITEM_BYTES + REPLACED_BYTES + size)


def test_what_many_short_values_replace_is_let_go_of_whoever_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "SELECT coalesce(sum(memory_usage_bytes), 0) FROM duckdb_memory() WHERE tag = 'TRANSACTION'"
    with Store() as store:
        store.create_collection("wide", {f"f{number}": "string" for number in range(20)})
        wide = store.items("wide", accountability=None)
        keys = asyncio.run(wide.create([{} for _ in range(100)]))
        changed = {f"f{number}": "" for number in range(20)}
        asyncio.run(wide.update_many(keys, changed))
        assert rows(store, sql) != [(0,)]
        monkeypatch.setattr(held, "MOST_COPIED", 2 * 100 * 20 * REPLACED_BYTES - 1)
        asyncio.run(wide.update_many(keys, changed))
        assert rows(store, sql) == [(0,)]
