from __future__ import annotations

import asyncio

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store
from scopebox.store.writing.related import MAX_HELD_BYTES, Related

from tests.stores import Listener, Row, content, items, recorded_copy

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
