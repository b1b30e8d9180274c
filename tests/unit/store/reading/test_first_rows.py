"""The first rows of a large table are looked for up to where they ended the last time; the answers are the same, whatever was written since."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.store.access import Access
from scopebox.store.reading import first_rows
from scopebox.store.store import Store

from tests.reading import Json, count_as_large, read

ITEMS = 60
FIELDS: Json = {
    "kept": "boolean",
    "text": "string",
    "integer": "integer",
    "big": "bigInteger",
    "float": "float",
    "decimal": "decimal",
    "date": "date",
    "moment": "dateTime",
    "stamp": "timestamp",
    "time": "time",
    "uuid": "uuid",
}
SORTS = [
    *([f"{sign}{field}"] for field in ("id", *FIELDS) for sign in ("", "-")),
    *(["kept", "integer"], ["-integer", "-text"], ["-integer", "-id"], ["-year(date)", "-moment"]),
]
ACCESS: Json = {
    "policies": {
        "reader": {
            "permissions": [
                {
                    "collection": "notes",
                    "action": "read",
                    "fields": ["*"],
                    "permissions": {"kept": {"_eq": True}},
                }
            ]
        }
    },
    "roles": {"reader": {"policies": ["reader"]}},
}


def note(number: int) -> Json:
    """One of the notes; every seventh has no values, and neighbours in any order are far from each other in another."""
    value = number * 37 % ITEMS
    values: Json = {
        "text": f"note {value}",
        "integer": value,
        "big": value - 2**60,
        "float": value / 7,
        "decimal": value / 10,
        "date": f"2024-{value % 12 + 1:02}-{value % 28 + 1:02}",
        "moment": f"2024-01-{value % 28 + 1:02}T{value % 24:02}:00:00",
        "stamp": f"2024-02-{value % 28 + 1:02}T{value % 24:02}:00:00Z",
        "time": f"{value % 24:02}:{value:02}:00",
        "uuid": f"00000000-0000-4000-8000-0000000000{value:02}",
    }
    return {"id": 10 * number, "kept": number % 2 == 0, **(values if number % 7 else {})}


@pytest.fixture(scope="module")
def notes() -> Iterator[Store]:
    """Notes with the keys 10, 20, … 600, of which every second one is kept, and names with a key of text."""
    with Store() as made:
        made.create_collection("notes", FIELDS)
        made.create_collection("names", {"id": {"type": "string", "primary_key": True}, "text": "string"})
        create(made, [note(number) for number in range(1, ITEMS + 1)])
        create(made, [{"id": f"n{number}"} for number in range(ITEMS)], "names")
        made.access = Access.read(ACCESS)
        yield made


@pytest.fixture
def store(notes: Store) -> Iterator[Store]:
    """A copy of them to be changed."""
    with notes.fork() as copy:
        yield copy


@pytest.fixture
def asked(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that find rows; every table counts as large."""
    count_as_large(monkeypatch)
    return asked


def create(store: Store, items: list[Json], collection: str = "notes") -> None:
    asyncio.run(store.items(collection, accountability=None).create(items))


def delete(store: Store, **conditions: object) -> None:
    items = store.items("notes", accountability=None)
    asyncio.run(items.delete_by_query({"filter": {"id": conditions}, "limit": -1}))


def keys(store: Store, query: Json, collection: str = "notes") -> list[object]:
    return [item["id"] for item in read(store, {"fields": ["id", "text"], **query}, collection=collection)]


def near(asked: list[str]) -> list[bool]:
    """Of each statement that looked for rows or their keys, whether it looked at none behind an end."""
    limited = [sql for sql in asked if "LIMIT" in sql and "stats(" not in sql]
    asked.clear()
    return ["<= $" in sql or ">= $" in sql for sql in limited]


@pytest.mark.parametrize(
    ("role", "filter_"),
    [
        ("admin", {}),
        ("admin", {"_or": [{"id": {"_lt": 50}}, {"id": {"_gt": 300}}]}),
        ("reader", {"integer": {"_gt": 20}}),
    ],
)
@pytest.mark.parametrize("sort", SORTS, ids=" ".join)
def test_every_answer_is_the_same_in_a_large_table(
    notes: Store, monkeypatch: pytest.MonkeyPatch, sort: list[str], filter_: Json, role: str
) -> None:
    queries: list[Json] = [{"filter": filter_, "sort": sort, "limit": 5, "page": page} for page in (2, 3, 2, 9)]
    small = [read(notes, query, role=role, collection="notes") for query in queries]
    count_as_large(monkeypatch)
    assert [read(notes, query, role=role, collection="notes") for query in queries] == small
    assert [len(answer) for answer in small][:3] == [5, 5, 5]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 3}, [10, 20, 30]),
        ({"limit": 2, "offset": 14}, [150, 160]),
        ({"limit": 3, "sort": ["-id"]}, [600, 590, 580]),
        ({"limit": 2, "filter": {"kept": {"_eq": True}}}, [20, 40]),
        ({"limit": 2, "offset": 1, "filter": {"kept": {"_eq": True}}, "sort": ["-id"]}, [580, 560]),
        ({"limit": 2, "filter": {"_or": [{"id": {"_gt": 590}}, {"kept": {"_eq": False}}]}}, [10, 30]),
        ({"limit": 1, "search": "note"}, [10]),
        ({"limit": 2, "sort": ["integer"]}, [600, 130]),
        ({"limit": 2, "sort": ["-integer"], "offset": 8}, [470, 340]),
    ],
    ids=str,
)
def test_the_second_time_no_row_is_looked_at_behind_where_they_ended_the_first(
    store: Store, asked: list[str], query: Json, expected: list[object]
) -> None:
    assert keys(store, query) == expected
    assert near(asked) == [False]
    assert keys(store, query) == expected
    assert near(asked) == [True]


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ({"limit": 0}, 1),
        ({"limit": 2, "offset": ITEMS}, 1),
        ({"limit": 2, "page": 2**53 - 1}, 1),
        ({"limit": 2, "sort": ["text"]}, 1),
        ({"limit": 2, "sort": ["kept", "id"]}, 1),
        ({"limit": 2, "sort": ["year(date)"]}, 1),
        ({"limit": 2, "sort": ["-integer"]}, 1),  # those without a value come first
    ],
    ids=str,
)
def test_what_has_no_end_that_is_known_is_looked_for_among_all(
    store: Store, asked: list[str], query: Json, statements: int
) -> None:
    first = keys(store, query)
    asked.clear()
    assert keys(store, query) == first
    assert near(asked) == [False] * statements


def test_keys_that_are_texts_have_no_end(store: Store, asked: list[str]) -> None:
    for _ in range(2):
        assert keys(store, {"limit": 2}, "names") == ["n0", "n1"]
    assert near(asked) == [False, False]


def test_pages_behind_one_another_share_the_last_end(store: Store, asked: list[str]) -> None:
    for page in (2, 4, 3, 2, 4):
        assert keys(store, {"limit": 2, "page": page}) == [20 * page - 10, 20 * page]
    assert near(asked) == [False, True, False, True, True, True]


def test_a_condition_of_other_values_is_asked_of_all_where_too_few_are_near(store: Store, asked: list[str]) -> None:
    def least(key: int) -> list[object]:
        return keys(store, {"limit": 2, "filter": {"id": {"_gte": key}}, "sort": ["id"]})

    assert least(100) == [100, 110]
    assert least(50) == [50, 60]
    assert near(asked) == [False, True]
    assert least(400) == [400, 410]
    assert near(asked) == [True, False]
    assert least(600) == [600]
    assert near(asked) == [True, False]
    assert least(100) == [100, 110]
    assert near(asked) == [False]


@pytest.mark.parametrize("sort", ["id", "-id"])
def test_items_that_come_are_seen_at_once(store: Store, asked: list[str], sort: str) -> None:
    query: Json = {"limit": 2, "offset": 1, "sort": [sort]}
    first, second, third, before, between = (10, 20, 30, 1, 15) if sort == "id" else (600, 590, 580, 700, 595)
    assert keys(store, query) == [second, third]
    create(store, [{"id": before}])
    asked.clear()
    assert keys(store, query) == [first, second]
    assert near(asked) == [True]
    create(store, [{"id": between}])
    assert keys(store, query) == [first, between]


@pytest.mark.parametrize("sort", ["id", "integer"])
def test_where_the_first_were_deleted_the_next_are_the_first(store: Store, asked: list[str], sort: str) -> None:
    query: Json = {"limit": 2, "sort": [sort], "filter": {"integer": {"_nnull": True}}}
    first = keys(store, query)
    delete(store, _in=first)
    asked.clear()
    next_ = keys(store, query)
    assert len(next_) == 2
    assert not set(first) & set(next_)
    assert near(asked) == [True, False]
    delete(store, _nin=next_[:1])
    assert keys(store, query) == next_[:1]
    delete(store, _nnull=True)
    assert keys(store, query) == []
    create(store, [{"id": 7, "integer": 1}])
    assert keys(store, query) == [7]


def test_an_item_that_moves_in_the_order_moves_in_the_answer(store: Store, asked: list[str]) -> None:
    query: Json = {"limit": 2, "sort": ["integer"]}
    assert keys(store, query) == [600, 130]
    asyncio.run(store.items("notes", accountability=None).update_many([600], {"integer": 1000}))
    asyncio.run(store.items("notes", accountability=None).update_many([70], {"integer": -1}))
    assert keys(store, query)[0] == 70
    assert near(asked)[:1] == [False]


def test_a_far_page_is_remembered_apart_from_the_first_ones(
    store: Store, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_rows, "FEWEST", 4)
    for offset in (0, 32, 0, 32, 30):
        assert keys(store, {"limit": 2, "offset": offset}) == [10 * offset + 10, 10 * offset + 20]
    assert near(asked) == [False, False, True, True, False]


def test_moments_that_only_the_database_knows_are_in_their_order(store: Store, asked: list[str]) -> None:
    for number, moment in enumerate(("'infinity'", "'-infinity'", "'294246-01-01'", "'290000-01-01 (BC)'")):
        sql = f"UPDATE notes SET moment = {moment} WHERE id = {10 * number + 10}"
        store.database.write_now(lambda session, sql=sql: session.execute(sql))  # type: ignore[misc]
    for _ in range(2):
        assert keys(store, {"limit": 2, "sort": ["moment"]}) == [20, 40]
        assert keys(store, {"limit": 2, "sort": ["-moment"], "filter": {"moment": {"_nnull": True}}}) == [10, 30]
