"""Related items that are put into others: counted with each that shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store import bounds
from scopebox.store.query.query import Query
from scopebox.store.reading.attached import PORTION, Attached, Item
from scopebox.store.reading.request import Request
from scopebox.store.reading.size import Size
from scopebox.store.steps import at_once
from scopebox.store.store import Store

from tests.reading import Json, make_store, read


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


def sent(store: Store, query: Json, most: int = 2**20) -> bytes:
    """Return the answer of a read whose size is limited."""
    request = Request(store.access.for_role("admin"), most=most)
    return asyncio.run(store.reader.read("articles", query, request)).json()


def authors(number: int, *names: str) -> Json:
    """Return a query for the author of each article under a number of names."""
    aliases: list[str] = [f"x{at}" for at in range(number)]
    return {
        "alias": dict.fromkeys(aliases, "author"),
        "fields": [f"{alias}.{name}" for alias in aliases for name in names],
    }


def test_a_related_item_counts_with_each_item_that_shows_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_RELATED_VALUES", 200)
    assert sent(store, authors(8, "id", "name"))
    with pytest.raises(DirectusError, match="values in the answer, 200 are the limit"):
        sent(store, authors(15, "id", "name"))


def test_relations_that_lead_to_nothing_count_before_anything_is_made_of_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MAX_RELATED_VALUES", 200)
    nothing: Json = {f"x{at}": {"_filter": {"id": {"_eq": 0}}} for at in range(30)}
    with pytest.raises(DirectusError, match="There are 248 values in the answer, 200 are the limit"):
        sent(store, {**authors(30, "id"), "deep": nothing})


def test_the_names_that_values_are_shown_under_count_as_bytes(store: Store) -> None:
    long = "x" * 200
    assert sent(store, {"alias": {"x": "title"}, "fields": ["id", "x"]}, most=1_000)
    for field in ("title", "author"):
        query: Json = {"alias": {long: field}, "fields": ["id", long if field == "title" else f"{long}.id"]}
        with pytest.raises(DirectusError, match="bytes in the answer, 1,000 are the limit"):
            sent(store, query, most=1_000)


def test_lists_are_counted_as_far_as_they_are_shown(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    aliases: list[str] = [f"x{at}" for at in range(8)]
    fields: list[object] = [f"{alias}.articles.id" for alias in aliases]
    deep: Json = {alias: {"articles": {"_limit": 1}} for alias in aliases}
    query: Json = {"alias": dict.fromkeys(aliases, "author"), "fields": fields, "deep": deep}
    monkeypatch.setattr(bounds, "MAX_RELATED_VALUES", 200)
    assert sent(store, query)
    with pytest.raises(DirectusError, match="values in the answer, 200 are the limit"):
        sent(store, {**query, "deep": {}})


def test_what_is_put_in_comes_behind_the_own_fields_in_the_order_of_the_query(store: Store) -> None:
    fields: list[object] = ["parent.id", "title", "author.name"]
    assert sent(store, {"fields": fields, "limit": 2}) == (
        b'[{"title":"Title 1","parent":null,"author":{"name":"Bob"}},{"title":"Title 2","parent":{"id":1},"author":{"name":"Ada"}}]'
    )
    assert read(store, {"fields": ["author.name"], "limit": 1}) == [{"author": {"name": "Bob"}}]


def test_a_part_that_is_too_much_is_refused_before_the_text_is_made() -> None:
    attached = Attached(Size(10_000), [b"{}"] * 100, ["x"])
    with pytest.raises(DirectusError, match="There are 100,700 bytes"):
        attached.one("x", [1] * 100, [Item(b'"' + b"a" * 998 + b'"', 1)])


class Counting:
    """What counts values alone."""

    def __init__(self) -> None:
        self.found = 0

    def check(self, _size: int) -> None:
        """Take any size."""

    def values(self, more: int) -> None:
        """Count."""
        self.found += more


def test_items_of_several_collections_count_once_each() -> None:
    size, text = Counting(), b'{"id":1,"a":2,"b":3}'
    attached = Attached(size, [b"{}"] * 5, ["x,y"])
    for at in range(5):
        parts = attached.places("x,y")
        parts[at] = attached.part("x,y", text)
        attached.put("x,y", parts, [Item(text, at)])
    assert size.found == 0  # they were counted when they were read
    attached.put("x,y", [attached.part("x,y", text)] * 5, [])
    assert size.found == 0
    attached.put("x,y", [attached.part("x,y", b'{"id":1,"a":2,"b":3,"c":4}')] * 5, [])
    assert size.found == 5


def test_a_long_list_is_sorted_once_more_with_rests_and_stays_the_text_it_was() -> None:
    """A thread held 65,000 items for 0.8 s."""
    texts = [b'{"name":"%d","size":%d}' % (at % 7, at) for at in range(4 * PORTION)]
    items = [Item(text, 1) for text in texts]

    def shown(sort: str) -> tuple[int, bytes]:
        attached = Attached(Size(None), [b"{}"], ["x"])
        rests = sum(1 for _ in attached.lists("x", [1], items, Query(sort=(sort,), limit=-1)))
        return rests, attached.texts()[0]

    assert shown("size") == (8, b'{"x":[%b]}' % b",".join(texts))
    assert shown("-size") == (8, b'{"x":[%b]}' % b",".join(texts[::-1]))
    by_name = sorted(range(len(texts)), key=lambda at: at % 7)
    assert shown("name") == (8, b'{"x":[%b]}' % b",".join(texts[at] for at in by_name))


def test_nothing_is_looked_into_of_the_items_that_a_list_leaves_out() -> None:
    items = [Item(b'{"size":2}', 1), Item(b'{"size":1}', 1), Item(b"no JSON", 1)]
    attached = Attached(Size(None), [b"{}"], ["x"])
    at_once(attached.lists("x", [1], items, Query(sort=("size",), limit=2)))
    assert attached.texts() == [b'{"x":[{"size":1},{"size":2}]}']
