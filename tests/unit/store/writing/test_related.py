from __future__ import annotations

import asyncio
from typing import Any

import pytest
from scopebox.errors import DirectusError
from scopebox.store import items as service
from scopebox.store.reading.reader import Reader
from scopebox.store.store import Store
from scopebox.store.writing import related as counted
from scopebox.store.writing.related import MAX_HELD_BYTES, Related

from tests.stores import Listener, Row, content, items, recorded_copy, rows

store = recorded_copy
WEIGHTY = [0] * (MAX_HELD_BYTES // 100)  # more than a third of it as data


def test_a_filter_that_adds_a_list_of_related_items_to_each_of_them_is_refused_at_the_second_list(store: Store) -> None:
    before, listener = content(store), Listener()

    async def grow(_payload: object, _meta: Row) -> object:
        return {"title": "t", "author": {"name": "n", "articles": [{"title": "t"}] * 6_000}}

    listener.filters["articles.items.create"] = grow
    with pytest.raises(DirectusError, match="More than 10,000 related items come with the items"):
        asyncio.run(items(store, "articles", listener).create_one({"title": "t"}))
    assert content(store) == before
    assert len(listener.heard("filter", "articles.items.create")) == 2


def test_items_that_filters_made_around_each_other_are_refused_where_they_take_much() -> None:
    related = Related()
    with related.holding(WEIGHTY), related.holding(WEIGHTY):
        with pytest.raises(DirectusError, match="would take more than 16 MiB of memory together"):
            related.holding(WEIGHTY).__enter__()
        with related.holding({"title": "t"}):
            pass
    with related.holding([*WEIGHTY, *WEIGHTY, *WEIGHTY]):  # one is never refused
        pass


def test_no_more_items_are_taken_off_lists_than_a_call_may_and_no_more_are_looked_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "MAX_NESTED_ITEMS", 10)
    asyncio.run(items(store, "comments").create([{"article": 1, "text": "t"} for _ in range(20)]))
    looked_up, keys = [], Reader.keys

    async def noting(*args: Any, **named: Any) -> list[object]:
        looked_up.append(len(found := await keys(*args, **named)))
        return found

    monkeypatch.setattr(Reader, "keys", noting)
    before = content(store)
    for articles in ([1], [3, 4]):  # the second have 9 and 4
        with pytest.raises(DirectusError, match="More than 10 items would be taken off lists; update or delete these"):
            asyncio.run(items(store, "articles").update_many(articles, {"comments": []}))
    assert max(looked_up) == 11
    assert content(store) == before
    asyncio.run(items(store, "articles").update_many([3], {"comments": []}))
    assert rows(store, "select count(*) from comments where article = 3") == [(0,)]


def test_hooks_are_told_of_no_limit_that_was_not_asked_for_and_cannot_raise_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counted, "MAX_NESTED_ITEMS", 4)
    monkeypatch.setattr(service, "MAX_ITEMS", 4)
    listener = Listener()

    async def all_of_them(query: object, _meta: Row) -> object:
        assert isinstance(query, dict)
        return {**query, "limit": -1, "page": 7}

    async def noted(rows: object, _meta: Row) -> object:
        return rows

    listener.filters = {"comments.items.query": all_of_them, "comments.items.read": noted}
    role = store.access.for_role("admin")
    outside = store.items("comments", accountability=role, emitter=listener, most=MAX_HELD_BYTES)
    before = content(store)
    for work, limit in (
        (items(store, "articles", listener).update_many([1], {"comments": []}), -1),
        (outside.update_by_query({"limit": 3}, {"text": "t"}), 3),
    ):
        with pytest.raises(DirectusError, match="More than 4 items"):
            asyncio.run(work)
        told = listener.heard("filter", "comments.items.query")[-1]
        assert isinstance(told, dict)
        assert told["limit"] == limit
        found = listener.heard("filter", "comments.items.read")[-1]
        assert isinstance(found, list)
        assert len(found) == 5
    assert content(store) == before
