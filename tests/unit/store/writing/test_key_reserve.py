"""Keys drawn ahead: no item notices, and no key is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session
from scopebox.store.store import Store
from scopebox.vocabulary import HookKind

from tests.stores import Listener, Row, items, recorded_copy, rows

store = recorded_copy


def created(store: Store, data: list[object], listener: Listener | None = None) -> list[object]:
    return asyncio.run(items(store, "articles", listener).create(data))


class Filters(Listener):
    """A listener that no action and no read concerns."""

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        return kind == "filter" and super().listens(kind, names)


def changing(change: Callable[[Row], Row], listener: Listener) -> Listener:
    """Return ``listener`` with the filter ``change`` of new articles."""

    async def handler(payload: Row, meta: Row) -> Row:
        del meta
        return change(payload)

    listener.filters["articles.items.create"] = handler
    return listener


def commented(title: str, *texts: str) -> Row:
    return {"title": title, "comments": [{"text": text} for text in texts]}


def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    run = Session.rows

    def counting(session: Session, sql: str, parameters: tuple[object, ...] = ()) -> object:
        found.append(sql)
        return run(session, sql, parameters)

    monkeypatch.setattr(Session, "rows", counting)
    return found


def test_keys_of_items_with_nested_ones_have_no_gaps(store: Store) -> None:
    assert created(store, [commented("a", "x"), {"title": "b"}, commented("c", "y", "z")]) == [61, 62, 63]
    assert created(store, [{"title": "d"}]) == [64]
    assert rows(store, "select article from comments where article > 60 order by id") == [(61,), (63,), (63,)]


def test_a_key_in_between_moves_what_comes_after_it(store: Store) -> None:
    data: list[object] = [commented("a", "x"), {**commented("b", "y"), "id": 500}, commented("c", "z")]
    assert created(store, data) == [61, 500, 501]


@pytest.mark.parametrize("kind", [Filters, Listener])
def test_a_key_that_a_filter_adds_moves_what_comes_after_it(store: Store, kind: type[Listener]) -> None:
    listener = changing(lambda data: {**data, "id": 500} if data["title"] == "b" else data, kind())
    assert created(store, [commented("a", "x"), commented("b", "y"), commented("c", "z")], listener) == [61, 500, 501]


def test_items_of_the_same_collection_inside_each_other_have_a_key_each(store: Store) -> None:
    data: list[object] = [{"name": f"c{at}", "parent": {"name": f"p{at}"}} for at in range(3)]
    before = rows(store, "select max(id) from categories")[0][0]
    asyncio.run(items(store, "categories").create(data))
    assert isinstance(before, int)
    assert rows(store, "select id, name, parent from categories where name ~ '^[cp][0-9]$' order by id") == [
        (before + 2 * at + step, name, parent)
        for at in range(3)
        for step, name, parent in ((1, f"p{at}", None), (2, f"c{at}", before + 2 * at + 1))
    ]


def test_the_statements_of_a_list_with_nested_items_do_not_grow_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = statements(monkeypatch)
    counts = []
    for number in (2, 20):
        run.clear()
        created(store, [commented(f"t{at}", "x", "y") for at in range(number)])
        counts.append(len(run))
    assert counts[0] == counts[1]


def test_the_statements_of_a_list_that_a_filter_sees_do_not_grow_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = changing(lambda data: {**data, "title": "seen"}, Filters())
    run = statements(monkeypatch)
    counts = []
    for number in (2, 20):
        run.clear()
        created(store, [{**commented(f"t{at}", "x"), "author": 1} for at in range(number)], listener)
        counts.append(len(run))
    assert counts[0] == counts[1]


def test_what_a_filter_makes_of_an_item_is_looked_up_before_the_next_one_is_asked_about(store: Store) -> None:
    asked: list[object] = []

    def point_nowhere(data: Row) -> Row:
        asked.append(data["title"])
        return {**data, "author": 99_999}

    with pytest.raises(DirectusError):
        created(store, [{"title": title, "author": 1} for title in ("a", "b")], changing(point_nowhere, Filters()))
    assert asked == ["a"]


def test_values_that_no_column_takes_are_left_to_the_item_that_has_them(store: Store) -> None:
    listener = changing(lambda data: {**data, "author": 1}, Filters())
    assert created(store, [{"title": "a", "author": "?"}, {"title": "b", "author": [1]}], listener) == [61, 62]
