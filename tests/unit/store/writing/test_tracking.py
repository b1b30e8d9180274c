"""What hooks of reads hear of an update: all of its items, in portions where these are large."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store
from scopebox.store.writing.tracking import MOST, PORTION

from tests.stores import Listener, Row, recorded_copy, rows

store = recorded_copy
MANY = 8 * 2**20


def told(store: Store, keys: list[object], data: dict[str, object], most: int | None = MANY) -> list[list[Row]]:
    """Return the items of each read of articles that an action hears of while items are updated."""
    listener = Listener()
    articles = store.items("articles", accountability=store.access.for_role("admin"), emitter=listener, most=most)
    asyncio.run(articles.update_many(keys, data))
    heard = listener.heard("action", "articles.items.read")
    return [entry["payload"] for entry in heard]  # type: ignore[index]


def test_a_small_snapshot_is_read_at_once(store: Store) -> None:
    [items] = told(store, [3, 1, 2], {"title": "new"})
    assert {item["id"]: item["title"] for item in items} == dict.fromkeys((1, 2, 3), "new")


@pytest.mark.parametrize("most", [MANY, None])
def test_a_large_one_is_read_in_portions_as_it_will_be(store: Store, most: int | None) -> None:
    store.sql(f"UPDATE articles SET body = repeat('b', {PORTION // 3})")
    keys = [row[0] for row in rows(store, "SELECT id FROM articles ORDER BY id")][:20]
    found = told(store, keys, {"title": "new"}, most)
    assert [item["id"] for items in found for item in items] == keys
    assert all(item["title"] == "new" for items in found for item in items)
    assert len(found) == 10
    assert all(len(msgspec.json.encode(items)) <= 2 * PORTION for items in found)


def test_many_items_of_many_fields_are_read_in_portions(store: Store) -> None:
    store.create_collection("wide", {f"field_{number}": "integer" for number in range(300)})
    store.sql("INSERT INTO wide (id) SELECT range + 1 FROM range(200)")
    with store.fork() as copy:
        listener = Listener()
        wide = copy.items("wide", accountability=copy.access.for_role("admin"), emitter=listener, most=MANY)
        asyncio.run(wide.update_many(list(range(1, 201)), {"field_1": 1}))
        assert len(listener.heard("action", "wide.items.read")) > 1


def test_keys_that_are_no_numbers_are_found_again(store: Store) -> None:
    field = {"id": {"type": "uuid", "primary_key": True}, "body": "text", "views": "integer"}
    store.create_collection("notes", field)
    store.sql(f"INSERT INTO notes (id, body) SELECT uuid(), repeat('b', {PORTION}) FROM range(3)")
    keys = [str(row[0]) for row in rows(store, "SELECT id FROM notes ORDER BY id")]
    listener = Listener()
    notes = store.items("notes", accountability=store.access.for_role("admin"), emitter=listener, most=MANY)
    asyncio.run(notes.update_many(keys, {"views": 1}))
    heard = listener.heard("action", "notes.items.read")
    assert [[item["id"] for item in entry["payload"]] for entry in heard] == [[key] for key in keys]  # type: ignore[index]


def test_an_item_that_no_answer_could_show_is_refused_from_outside_alone(store: Store) -> None:
    store.sql(f"UPDATE articles SET body = repeat('b', {MOST}) WHERE id = 1")
    with pytest.raises(DirectusError, match=r'An item of "articles" has 8,3\d\d,\d\d\d bytes, 8,388,608 are the limit'):
        told(store, [1], {"title": "new"})
    assert len(told(store, [1], {"title": "new"}, None)) == 1
