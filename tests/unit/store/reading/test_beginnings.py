"""The first items of a large table are looked for up to a key that stands far enough; the answers are the same, wherever that key stands."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.store.database.session import Row, Session
from scopebox.store.reading import beginnings, compiled
from scopebox.store.store import Store

from tests.reading import Json, read

ITEMS = 200
PLACE = 16  # the least one in these tests


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    """Notes with the keys 10, 20, … 2 000, of which every second one is kept."""
    with empty.fork() as made:
        made.create_collection("notes", {"kept": "boolean", "text": "string"})
        made.create_collection("names", {"id": {"type": "string", "primary_key": True}, "text": "string"})
        notes = [
            {"id": 10 * number, "kept": number % 2 == 0, "text": f"note {number}"} for number in range(1, ITEMS + 1)
        ]
        create(made, notes)
        create(made, [{"id": f"n{number}"} for number in range(ITEMS)], "names")
        yield made


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements whose rows are asked for; every table counts as large."""
    for module, name, value in (
        (compiled, "LARGE", 0),
        (compiled, "LARGE_FILTERED", 0),
        (beginnings, "LEAST", PLACE),
        (beginnings, "MOST", 16 * PLACE),
        (beginnings, "PASSING", 4),
    ):
        monkeypatch.setattr(module, name, value)
    statements: list[str] = []
    rows = Session.rows

    def noted(session: Session, sql: str, parameters: object = ()) -> list[Row]:
        statements.append(sql)
        return rows(session, sql, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "rows", noted)
    return statements


def create(store: Store, items: list[Json], collection: str = "notes") -> None:
    asyncio.run(store.items(collection, accountability=None).create(items))


def keys(store: Store, query: Json, collection: str = "notes") -> list[object]:
    return [item["id"] for item in read(store, {"fields": ["id", "text"], **query}, collection=collection)]


def by_beginning(asked: list[str]) -> int:
    """How many statements looked for items up to a key."""
    return sum('."id" <= $' in sql or '."id" >= $' in sql for sql in asked)


def by_keys(asked: list[str]) -> int:
    """How many looked for the keys of all first."""
    return sum('."id" IN (SELECT' in sql for sql in asked)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 3}, [10, 20, 30]),
        ({"limit": 2, "offset": 14}, [150, 160]),
        ({"limit": 2, "page": 3}, [50, 60]),
        ({"limit": 2, "page": 9}, [170, 180]),
        ({"limit": 3, "sort": ["-id"]}, [2000, 1990, 1980]),
        ({"limit": 2, "offset": 3, "sort": ["-id"]}, [1970, 1960]),
        ({"limit": 2, "filter": {"kept": {"_eq": True}}}, [20, 40]),
        ({"limit": 2, "offset": 1, "filter": {"kept": {"_eq": True}}, "sort": ["-id"]}, [1980, 1960]),
        ({"limit": 2, "filter": {"_or": [{"id": {"_gt": 1990}}, {"kept": {"_eq": False}}]}}, [10, 30]),
        ({"limit": 1, "search": "note"}, [10]),
    ],
    ids=str,
)
def test_no_item_behind_that_key_is_looked_at(
    store: Store, asked: list[str], query: Json, expected: list[object]
) -> None:
    assert keys(store, query) == expected
    assert (by_beginning(asked), by_keys(asked)) == (1, 0)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 0}, []),
        ({"limit": 2, "offset": ITEMS - 1}, [2000]),
        ({"limit": 2, "offset": ITEMS}, []),
        ({"limit": 2, "page": 2**53 - 1}, []),
        ({"limit": 2, "offset": 16 * PLACE - 1}, []),
        ({"limit": 2, "sort": ["text"]}, [10, 100]),
        ({"limit": 2, "sort": ["kept", "id"]}, [10, 30]),
    ],
    ids=str,
)
def test_another_order_and_what_is_far_away_are_found_as_before(
    store: Store, asked: list[str], query: Json, expected: list[object]
) -> None:
    assert keys(store, query) == expected
    assert by_beginning(asked) == 0


def test_keys_that_are_no_numbers_have_no_such_place(store: Store, asked: list[str]) -> None:
    assert keys(store, {"limit": 2}, "names") == ["n0", "n1"]
    assert (by_beginning(asked), by_keys(asked)) == (0, 1)


def test_a_condition_that_lets_few_pass_is_asked_without_it_and_not_tried_again_for_a_while(
    store: Store, asked: list[str]
) -> None:
    for wanted in (1900, 1800):
        query: Json = {"limit": 2, "filter": {"id": {"_in": [wanted, wanted + 10]}}}
        assert keys(store, query) == [wanted, wanted + 10]
    assert (by_beginning(asked), by_keys(asked)) == (1, 2)


@pytest.mark.parametrize(("sort", "first"), [("id", 10), ("-id", 2000)])
def test_items_that_come_and_go_are_seen_at_once(store: Store, asked: list[str], sort: str, first: int) -> None:
    query: Json = {"limit": 2, "sort": [sort]}
    second = first + (10 if sort == "id" else -10)
    assert keys(store, query) == [first, second]
    before = 1 if sort == "id" else 3000
    create(store, [{"id": before, "text": "first of all"}])
    assert keys(store, query) == [before, first]
    create(store, [{"id": 15 if sort == "id" else 1995}])
    assert keys(store, {**query, "offset": 1}) == [first, 15 if sort == "id" else 1995]
    assert (by_beginning(asked), by_keys(asked)) == (3, 0)


def test_where_all_before_that_key_were_deleted_the_next_ones_are_the_first(store: Store, asked: list[str]) -> None:
    items = store.items("notes", accountability=None)
    assert keys(store, {"limit": 2}) == [10, 20]
    asyncio.run(items.delete_by_query({"filter": {"id": {"_lt": 20 * PLACE}}, "limit": -1}))
    asked.clear()
    assert keys(store, {"limit": 2}) == [20 * PLACE, 20 * PLACE + 10]
    assert (by_beginning(asked), by_keys(asked)) == (1, 1)
    asyncio.run(items.delete_by_query({"filter": {"id": {"_gt": 20 * PLACE}}, "limit": -1}))
    assert keys(store, {"limit": 2}) == [20 * PLACE]


def test_an_empty_collection_has_no_first_items(store: Store) -> None:
    asyncio.run(store.items("notes", accountability=None).delete_by_query({"limit": -1}))
    assert keys(store, {"limit": 2}) == []
    create(store, [{"id": 7}])
    assert keys(store, {"limit": 2}) == [7]
