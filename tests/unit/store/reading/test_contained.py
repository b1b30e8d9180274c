"""Lists and objects in fields are weighed before a notebook gets them as data; items are not counted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.reading import contained
from scopebox.store.store import Store
from scopebox_guest import weight, wire

Json = dict[str, object]
LISTS = contained.MAX_CONTAINED // 104  # that come to it: each with its place in another
HEAVY: list[object] = [[]] * (LISTS // 4)


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    """Two pages that belong to a third."""
    with empty.fork() as made:
        made.create_collection(
            "pages",
            {"title": "string", "meta": "json", "tags": "csv", "parent": {"references": "pages", "one_field": "below"}},
        )
        create(made, [{"title": "top", "meta": {"a": [1, "[{,"]}, "tags": ["a", "b"]}])
        create(made, [{"title": f"page {number}", "meta": HEAVY, "parent": 1} for number in range(3)])
        yield made


def create(store: Store, items: list[dict[str, object]]) -> None:
    asyncio.run(store.items("pages", accountability=None).create(items))


def read(store: Store, collection: str, query: Json | None = None) -> list[Json]:
    found = asyncio.run(store.items(collection, accountability=None).read(query)).data
    assert isinstance(found, list)
    return found


def test_values_that_come_to_no_more_than_the_limit_are_read(store: Store) -> None:
    assert len(read(store, "pages")) == 4


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"fields": ["title", "meta"], "limit": -1},
        {"fields": ["id", "content"], "alias": {"content": "meta"}, "limit": -1},
        {"fields": ["id", "below.meta"], "filter": {"id": {"_eq": 1}}},
        {"fields": ["id", "json(meta, [0])", "meta"]},
        {"fields": ["id", "meta"], "limit": 101},
    ],
)
def test_more_is_refused_by_the_name_of_what_takes_it(store: Store, query: dict[str, object]) -> None:
    create(store, [{"title": "more", "meta": HEAVY, "parent": 1} for _ in range(2)])
    with pytest.raises(
        DirectusError, match=r'The lists and objects in "(meta|content)" of "pages" would take'
    ) as raised:
        read(store, "pages", query)
    assert raised.value.status == 400
    assert 'name in "fields" what you need without it' in raised.value.message


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"fields": ["id", "title", "tags"]}, 6),
        ({"limit": 3}, 3),
        ({"fields": ["id", "count(meta)"], "filter": {"title": {"_neq": "top"}}}, 5),
    ],
)
def test_without_it_or_with_fewer_items_there_is_an_answer(store: Store, query: Json, found: int) -> None:
    create(store, [{"title": "more", "meta": HEAVY, "parent": 1} for _ in range(2)])
    assert len(read(store, "pages", query)) == found


def test_the_item_that_has_the_largest_is_named(store: Store) -> None:
    create(store, [{"title": "more", "meta": [[]] * LISTS}])
    with pytest.raises(DirectusError, match="one of them in the item with the id 5;"):
        read(store, "pages")


def test_whoever_reads_in_so_many_bytes_gets_text_which_is_not_weighed(store: Store) -> None:
    create(store, [{"title": "more", "meta": HEAVY} for _ in range(2)])
    service = store.items("pages", accountability=None, most=16 * 2**20)
    assert wire.decode_as(asyncio.run(service.read({})).json(), list[object])


def test_any_number_of_items_with_small_values_is_read(store: Store) -> None:
    meta: Json = {"words": ["one", "two"], "size": {"width": 1, "height": 2}}
    number = 2 * contained.MAX_CONTAINED // (weight.weight_of(wire.encode(meta)) * 2)
    create(store, [{"title": "more", "meta": meta, "tags": ["a", "b"]} for _ in range(number)])
    assert len(read(store, "pages", {"limit": -1})) == number + 4


def test_texts_that_would_become_long_lists_are_refused_before_they_do(store: Store, asked: list[str]) -> None:
    create(store, [{"title": "tagged", "tags": ["ab"] * 400_000} for _ in range(3)])
    asked.clear()
    with pytest.raises(DirectusError, match=r'The lists and objects in "tags" of "pages" would take'):
        read(store, "pages", {"fields": ["title", "tags"]})
    assert [sql for sql in asked if "stats(" not in sql] == []
    assert len(read(store, "pages", {"fields": ["title", "tags"], "limit": 4})) == 4


PATHS = [f"json(meta, {'a.' * 200}k{number})" for number in range(40)]


def test_the_database_writes_no_long_path_for_each_of_its_rows(store: Store, made: list[str]) -> None:
    [item] = read(store, "pages", {"fields": PATHS, "limit": 1})
    assert [*item] == [f"meta{'_a' * 200}_k{number}_json" for number in range(40)]
    assert all("_a_a_a_a" not in sql for sql in made)


@pytest.mark.parametrize("fields", [{"fields": PATHS}, {"fields": ["id", "x" * 490], "alias": {"x" * 490: "title"}}])
def test_names_that_somebody_made_up_are_refused_where_they_take_much_as_data(
    store: Store, monkeypatch: pytest.MonkeyPatch, fields: Json
) -> None:
    monkeypatch.setattr(contained, "MAX_CONTAINED", 2**10)
    monkeypatch.setattr(contained, "CONTAINED_IN_EACH", 2**7)
    assert len(read(store, "pages", {**fields, "limit": 1, "fields": ["id", "title"]})) == 1
    with pytest.raises(DirectusError, match=r'The aliases and paths that items of "pages" are shown under would take'):
        read(store, "pages", {**fields, "limit": -1})
