"""What a filter of queries makes of a query of the notebook is bounded as what an extension asks for itself; what it leaves alone is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.items import ItemsService
from scopebox.store.reading import hook_bounds
from scopebox.store.store import Store

from tests.stores import Listener, rows

MANY = 30


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(hook_bounds, "MAX_ITEMS", MANY - 1)
    monkeypatch.setattr("scopebox.store.reading.reader.MAX_ITEMS", MANY - 1)
    monkeypatch.setattr(hook_bounds, "MAX_ANSWER_BYTES", 2_000)
    with Store() as made:
        made.create_collection("notes", {"name": "string"})
        asyncio.run(made.items("notes", accountability=None).create([{"name": "n" * 100}] * MANY))
        yield made


def hooked(store: Store, **made: object) -> ItemsService:
    """The notes as the notebook asks for them, where a filter of an extension puts something into each query."""
    listener = Listener()

    async def change(query: object, _meta: object) -> object:
        assert isinstance(query, dict)
        return query | made

    listener.filters["items.query"] = change
    return store.items("notes", accountability=None, emitter=listener)


def test_what_the_notebook_asks_for_has_no_limit_beside_a_filter_that_leaves_it_alone(store: Store) -> None:
    notes = hooked(store)
    assert len(asyncio.run(notes.read({"limit": -1})).data) == MANY  # type: ignore[arg-type]
    assert len(asyncio.run(notes.update_by_query({"limit": -1}, {"name": "b"}))) == MANY
    assert len(asyncio.run(notes.delete_by_query({"limit": -1}))) == MANY


def test_an_answer_is_bounded_where_a_filter_asks_for_more(store: Store) -> None:
    notes = hooked(store, limit=-1)
    with pytest.raises(DirectusError, match=r"bytes in the answer, 2,000 are the limit") as caught:
        asyncio.run(notes.read({"limit": 1}))
    assert "A filter of items.query changed what is asked for here" in caught.value.hint
    assert len(asyncio.run(hooked(store, limit=5).read({"limit": 1})).data) == 5  # type: ignore[arg-type]


def test_a_filter_does_not_make_a_change_of_few_items_one_of_many(store: Store) -> None:
    notes = hooked(store, limit=-1, filter={"id": {"_nnull": True}})
    with pytest.raises(DirectusError, match="There are 30 items to be changed, 29 are the limit") as caught:
        asyncio.run(notes.update_by_query({"filter": {"id": {"_eq": 1}}}, {"name": "b"}))
    assert caught.value.hint == hook_bounds.HINT
    with pytest.raises(DirectusError, match="There are 30 items to be changed"):
        asyncio.run(notes.delete_by_query({"filter": {"id": {"_eq": 1}}}))
    assert rows(store, "select count(*) from notes where name <> 'b'") == [(MANY,)]
    assert len(asyncio.run(hooked(store, filter={"id": {"_lt": 9}}).delete_by_query({"limit": 1}))) == 1
