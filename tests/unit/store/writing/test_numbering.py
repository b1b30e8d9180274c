"""Numbers of items that are new in a list with a sort field."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from scopebox.store.schema.schema import DeselectAction
from scopebox.store.store import Store
from scopebox.store.writing.places import AfterChanges

from tests.stores import Listener, Row, items, rows


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    """Menus with numbered entries, which have numbered children; menu 1 has 3, 1, 2 and one without a number."""
    with empty.fork() as made:
        made.create_collection("menus", {"title": "string"})
        fields = {
            "title": "string", "place": "integer",
            "menu": {"references": "menus", "one_field": "entries", "sort_field": "place"},
            "parent": {"references": "entries", "one_field": "children", "sort_field": "place"},
        }  # fmt: skip
        made.create_collection("entries", fields)
        asyncio.run(made.items("menus", accountability=None).create([{}, {}, {}]))
        entries: list[object] = [{"menu": 1, "place": place} for place in (3, 1, 2, None)]
        asyncio.run(made.items("entries", accountability=None).create(entries))
        yield made


def update(store: Store, keys: list[object], data: Row, listener: Listener | None = None) -> None:
    asyncio.run(items(store, "menus", listener).update_many(keys, data))


def places(store: Store, menu: int) -> list[object]:
    """Return the numbers of the entries of a menu, in the order in which the entries were made."""
    return [row[0] for row in rows(store, f"select place from entries where menu = {menu} order by id")]


def test_new_items_are_numbered_on_from_the_largest_number(store: Store) -> None:
    update(store, [1], {"entries": {"create": [{}, {}]}})
    assert places(store, 1) == [3, 1, 2, None, 4, 5]


def test_new_items_of_an_empty_list_are_numbered_from_one(store: Store) -> None:
    update(store, [2], {"entries": {"create": [{}, {}]}})
    asyncio.run(items(store, "menus").create([{"entries": {"create": [{}, {}, {}]}}]))
    assert (places(store, 2), places(store, 4)) == ([1, 2], [1, 2, 3])


def test_a_number_that_is_given_is_kept_and_counts_as_one_of_the_new(store: Store) -> None:
    update(store, [1], {"entries": {"create": [{}, {"place": 50}, {}, {"place": None}]}})
    assert places(store, 1)[4:] == [4, 50, 6, None]
    update(store, [1], {"entries": {"create": [{}]}})
    assert places(store, 1)[-1] == 51


@pytest.mark.parametrize(("largest", "expected"), [(0, [1, 2]), (-5, [-4, -3])])
def test_zero_is_no_number_to_go_on_from_but_a_negative_one_is(
    store: Store, largest: int, expected: list[object]
) -> None:
    update(store, [2], {"entries": {"create": [{"place": largest}]}})
    update(store, [2], {"entries": {"create": [{}, {}]}})
    assert places(store, 2)[1:] == expected


def test_a_plain_list_is_not_numbered(store: Store) -> None:
    update(store, [2], {"entries": [{}, {"place": 7}]})
    assert places(store, 2) == [None, 7]


def test_each_of_several_items_goes_on_from_its_own_list(store: Store) -> None:
    update(store, [1, 2, 3], {"entries": {"create": [{}, {}]}})
    assert (places(store, 1)[4:], places(store, 2), places(store, 3)) == ([4, 5], [1, 2], [1, 2])


def test_what_was_written_before_in_the_same_call_counts(store: Store) -> None:
    batch: list[object] = [
        {"id": 1, "entries": {"create": [{}]}},
        {"id": 1, "entries": {"create": [{}], "update": [{"id": 2, "place": 1000}]}},
        {"id": 1, "entries": {"create": [{}]}},
        {"id": 2, "entries": {"update": [{"id": 2}]}},
        {"id": 1, "entries": {"create": [{}]}},
        {"id": 2, "entries": {"create": [{}]}},
    ]
    asyncio.run(items(store, "menus").update_batch(batch))
    made = rows(store, "select menu, place from entries where id > 4 order by id")
    assert made == [(1, 4), (1, 5), (1, 1001), (1, 1002), (2, 1001)]


def test_a_list_of_the_same_collection_is_numbered_too(store: Store) -> None:
    data: Row = {"place": 77, "children": {"create": [{"children": {"create": [{}, {}]}}, {}]}}
    asyncio.run(items(store, "entries").update_many([1], data))
    assert rows(store, "select parent, place from entries where id > 4 order by parent, id") == [
        (1, 1), (1, 2), (5, 1), (5, 2),
    ]  # fmt: skip


def test_hooks_of_the_new_items_are_told_their_numbers(store: Store) -> None:
    listener = Listener()
    update(store, [1], {"entries": {"create": [{"title": "a"}]}}, listener)
    told = listener.heard("action", "entries.items.create")
    assert [event["payload"] for event in told if isinstance(event, dict)] == [{"title": "a", "place": 4, "menu": 1}]


@pytest.mark.parametrize(
    ("type_", "given", "expected"), [("decimal", "1.5", 2.5), ("float", 1.5, 2.5), ("string", "b", "b01")]
)
def test_numbers_of_other_types_go_on_as_javascript_adds(type_: str, given: object, expected: object) -> None:
    with Store() as store:
        store.create_collection("a", {})
        reference = {"references": "a", "one_field": "bs", "sort_field": "n"}
        number = {"type": type_, "precision": 10, "scale": 2} if type_ == "decimal" else type_
        store.create_collection("b", {"n": number, "a": reference})
        service = store.items("a", accountability=None)
        asyncio.run(service.create([{"bs": [{"n": given}]}]))
        asyncio.run(service.update_many([1], {"bs": {"create": [{}]}}))
        assert rows(store, "select n = ? from b where id = 2".replace("?", repr(expected))) == [(True,)]


def test_what_leaves_a_list_before_counts_there_no_more(store: Store) -> None:
    batch: list[object] = [
        {"id": 2, "entries": {"create": [{"place": 90}], "update": [{"id": 1, "place": 70}]}},
        {"id": 1, "entries": {"create": [{}]}},
        {"id": 3, "entries": {"update": [{"id": 1}]}},
        {"id": 2, "entries": {"create": [{}]}},
        {"id": 3, "entries": {"create": [{}]}},
    ]
    asyncio.run(items(store, "menus").update_batch(batch))
    assert rows(store, "select id, menu, place from entries where id > 4 or id = 1 order by id") == [
        (1, 3, 70), (5, 2, 90), (6, 1, 3), (7, 2, 91), (8, 3, 71),
    ]  # fmt: skip


def test_a_new_item_that_the_same_call_changes_counts_as_it_is_then(store: Store) -> None:
    batch: list[object] = [
        {"id": 1, "entries": {"create": [{"id": 500, "place": 50}]}},
        {"id": 1, "entries": {"update": [{"id": 500, "place": 7}]}},
        {"id": 1, "entries": {"create": [{}]}},
        {"id": 1, "entries": {"update": [{"id": 999, "place": 30}]}},
        {"id": 1, "entries": {"create": [{}]}},
    ]
    asyncio.run(items(store, "menus").update_batch(batch))
    assert places(store, 1)[4:] == [7, 8, 9]


@pytest.mark.parametrize("action", ["nullify", "delete"])
def test_what_is_taken_off_a_list_counts_no_more(store: Store, action: DeselectAction) -> None:
    menus, entries = (replace(entry, on_deselect=action) for entry in store.schema.relations)
    store._change(replace(store.schema, relations=(menus, entries)), store.access)
    batch: list[object] = [
        {"id": 1, "entries": {"delete": [1]}},
        {"id": 1, "entries": {"create": [{}, {}]}},
        {"id": 1, "entries": []},
        {"id": 1, "entries": {"create": [{}]}},
    ]
    asyncio.run(items(store, "menus").update_batch(batch))
    assert places(store, 1) == [1]


def test_writes_at_the_same_time_number_one_after_the_other(store: Store) -> None:
    async def work() -> None:
        service = items(store, "menus")
        await asyncio.gather(*(service.update_many([2], {"entries": {"create": [{}]}}) for _ in range(8)))

    asyncio.run(work())
    assert places(store, 2) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_numbering_carries_no_plan_out_to_look_at_what_it_makes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much the same call has changed before: many lists in a call would take long otherwise."""
    menus = asyncio.run(items(store, "menus").create([{"entries": [{"place": 1}]} for _ in range(60)]))
    (first,) = rows(store, "select min(id) from entries where menu = 4")[0]
    assert isinstance(first, int)
    batch = [
        {"id": key, "entries": {"update": [{"id": first + at, "place": 5}], "create": [{}]}}
        for at, key in enumerate(menus)
    ]
    monkeypatch.setattr(AfterChanges, "read", None)
    asyncio.run(items(store, "menus").update_batch(batch))
    assert places(store, 63) == [5, 2]
