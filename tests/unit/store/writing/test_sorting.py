"""Moving an item by hand may give every item of a collection another number: more than a database renumbers at once are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store
from scopebox.store.writing import sorting

from tests.stores import rows


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        made.create_collection("pages", {"sort": "integer"}, sort_field="sort")
        made.sql("INSERT INTO pages (id) SELECT range + 1 FROM range(5)")
        yield made


def move(store: Store, item: int, to: int) -> None:
    asyncio.run(store.items("pages", accountability=None).move(item, to))


def test_very_many_items_are_not_numbered_anew(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "MOST_RENUMBERED", 4)
    with pytest.raises(
        DirectusError, match=r"There are 5 items that may all get another number, 4 are the limit; give"
    ):
        move(store, 5, 1)
    assert rows(store, "SELECT DISTINCT sort FROM pages") == [(None,)]


def test_as_many_as_the_limit_are(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sorting, "MOST_RENUMBERED", 5)
    move(store, 5, 1)
    assert rows(store, "SELECT id FROM pages ORDER BY sort") == [(5,), (1,), (2,), (3,), (4,)]
