"""What a statement would hold at once to sort, group and join is told before it runs: too much is refused, much is found late and in turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Any

import pytest
from scopebox.errors import DirectusError
from scopebox.store.database.session import Session
from scopebox.store.reading import group_memory, grouped, memory, running
from scopebox.store.store import Store

from tests.stores import rows

Query = dict[str, object]
REFUSED = r"It would take [\d,]+ bytes of memory to sort, group and join the items, [\d,]+ are the limit; sort and group by fewer"
FIELDS = [f"t{number}" for number in range(4)]


@pytest.fixture(scope="module")
def store(empty: Store) -> Iterator[Store]:
    """8,000 items of four texts of 50 characters, 8,000 notes of the first forty of them, and 100 items that have none."""
    with empty.fork() as made:
        made.create_collection("items", {**dict.fromkeys(FIELDS, "string"), "number": "integer", "same": "integer"})
        made.create_collection("notes", {"item": {"references": "items", "one_field": "notes"}, "text": "string"})
        made.create_collection("few", {"item": {"references": "items", "one_field": "few"}})
        texts = ", ".join(f"md5((range * {number + 1})::VARCHAR) || repeat('x', 18)" for number in range(4))
        made.sql(
            f"INSERT INTO items (id, {', '.join(FIELDS)}, number, same) "
            f"SELECT range + 1, {texts}, (range * 7919) % 8000, range % 5 FROM range(8000)"
        )
        made.sql("INSERT INTO notes (id, item, text) SELECT range + 1, range % 40 + 1, 'n' || range FROM range(8000)")
        made.sql("INSERT INTO few (id, item) SELECT range + 1, range + 1 FROM range(10)")
        yield made


@pytest.fixture(autouse=True)
def _little(monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, 800_000, 100_000)


def limits(monkeypatch: pytest.MonkeyPatch, most: int, light: int) -> None:
    for module in (memory, group_memory):
        monkeypatch.setattr(module, "MOST", most)
        monkeypatch.setattr(module, "LIGHT", light)


def read(store: Store, query: Mapping[str, object], collection: str = "items", most: int | None = 10**7) -> list[Any]:
    found = asyncio.run(store.items(collection, accountability=None, most=most).read(dict(query)))
    data = found.data
    assert isinstance(data, list)
    return data


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that take parameters, and those of rows."""
    found: list[str] = []
    for name in ("execute", "rows", "rows_with_some", "with_some"):
        run = getattr(Session, name)

        def told(
            session: Session, sql: str, *more: object, run: Callable[..., object] = run, **named: object
        ) -> object:
            found.append(sql)
            return run(session, sql, *more, **named)

        monkeypatch.setattr(Session, name, told)
    return found


class Turn:
    """A lock that counts how often it was taken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.taken = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self._lock.release()


FAR: Query = {"fields": ["id"], "limit": 10, "offset": 7_000}
TOO_MUCH: list[Query] = [
    {**FAR, "sort": FIELDS},
    {**FAR, "sort": ["number", *FIELDS[:2]]},
    {**FAR, "sort": [f"count({name})" for name in ("notes", "few")]},
    {"fields": ["id"], "filter": {"_and": [{f"count({name})": {"_gte": 0}} for name in ("notes", "few")]}},
    {"fields": ["id"], "filter": {"notes": {"text": {"_nnull": True}}}, "sort": ["notes.text"]},
    {"fields": ["id"], "filter": {"_and": [{"notes": {"_some": {"text": {"_eq": f"n{at}"}}}} for at in range(3)]}},
    {"groupBy": FIELDS, "aggregate": {"count": ["*"]}, "limit": 10},
    {"groupBy": ["number"], "aggregate": {"countDistinct": ["t0"]}, "limit": 10},
    {"aggregate": {"countDistinct": ["t0"]}},
]


@pytest.mark.parametrize("query", TOO_MUCH)
def test_what_would_take_too_much_is_refused_to_those_who_ask_from_outside(store: Store, query: Query) -> None:
    with pytest.raises(DirectusError, match=REFUSED):
        read(store, query)


@pytest.mark.parametrize("query", TOO_MUCH)
def test_the_notebook_is_never_refused(store: Store, query: Query) -> None:
    assert read(store, query, most=None) or "filter" in query


def test_keys_of_an_update_by_query_are_bound_as_well(store: Store) -> None:
    service = store.items("items", accountability=None, most=10**7)
    with pytest.raises(DirectusError, match=REFUSED):
        asyncio.run(service.update_by_query({**FAR, "sort": FIELDS}, {"same": 1}))


@pytest.mark.parametrize(
    "query",
    [
        {"fields": ["id"], "limit": 10, "sort": FIELDS},
        {**FAR, "sort": ["number"]},
        {**FAR, "sort": FIELDS, "filter": {"id": {"_gt": 7_900}}, "offset": 50},
        {"groupBy": ["same"], "aggregate": {"count": ["*"], "max": FIELDS}},
        {"groupBy": ["number"], "aggregate": {"count": ["*"]}, "limit": 10},
        {"aggregate": {"countDistinct": ["same"]}},
        {"fields": ["id", "count(notes)", "count(few)"], "limit": 10, "sort": ["number"]},
        {"fields": ["id"], "filter": {"notes": {"text": {"_eq": "n7"}}}},
    ],
)
def test_first_pages_few_items_and_few_groups_are_answered_as_ever(
    store: Store, query: Query, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read(store, query)
    limits(monkeypatch, 10**9, 10**9)
    assert found
    assert found == read(store, query)


@pytest.mark.parametrize(
    "query",
    [
        {"fields": ["*"], "limit": 10, "offset": 7_000, "sort": ["t0"]},
        {"fields": ["id", "item.t0", "text"], "limit": 10, "offset": 7_000, "sort": ["item.number", "id"]},
        {"fields": ["id", "count(notes)"], "limit": 10, "offset": 7_000, "sort": ["-number"]},
    ],
)
def test_what_takes_much_is_shown_of_the_rows_that_are_asked_for(
    store: Store, query: Query, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = "notes" if "text" in str(query["fields"]) else "items"
    limits(monkeypatch, 10**9, 10**9)
    found = read(store, query, collection)
    limits(monkeypatch, 10**9, 0)
    asked.clear()
    assert read(store, query, collection) == found
    shown = [sql for sql in asked if "to_json({" in sql and "OFFSET" in sql]
    assert shown
    assert all(" IN (SELECT " in sql for sql in shown)


def test_items_are_counted_before_they_are_joined_and_after_the_tables_were_looked_at(
    store: Store, asked: list[str]
) -> None:
    with pytest.raises(DirectusError, match=REFUSED):
        read(store, TOO_MUCH[5])
    assert not [sql for sql in asked if "notes" in sql and "duckdb_tables" not in sql]


def test_ordinary_reads_run_no_statement_more(store: Store, asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, 32 * 2**20, 6 * 2**20)
    for query in ({"fields": ["id"], "sort": ["number"]}, {"fields": ["*"], "filter": {"notes": {"text": "n7"}}}):
        read(store, query)
        asked.clear()
        read(store, query)
        assert not [sql for sql in asked if sql.startswith("SELECT count(*)")]


def test_those_that_take_much_run_one_after_the_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    limits(monkeypatch, 10**9, 0)
    turn = Turn()
    for module in (memory, group_memory, running, grouped):
        monkeypatch.setattr(module, "MEMORY_TURN", turn)
    read(store, {**FAR, "sort": ["t0"]})
    assert turn.taken > 1
    turn.taken = 0
    read(store, {"groupBy": ["number"], "aggregate": {"count": ["*"]}, "limit": 10})
    assert turn.taken > 1


def test_groups_that_would_be_too_much_at_once_are_taken_in_portions(
    store: Store, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"groupBy": ["number"], "aggregate": {"max": FIELDS}, "limit": 7}
    limits(monkeypatch, 10**9, 10**9)
    found = read(store, query)
    limits(monkeypatch, 800_000, 100_000)
    monkeypatch.setattr(grouped, "VALUES", 10**9)
    asked.clear()
    assert read(store, query) == found
    assert [sql for sql in asked if "AS UBIGINT[]" in sql]
    monkeypatch.setattr(grouped, "MAX_KEYS", 5)
    with pytest.raises(DirectusError, match=REFUSED):
        read(store, query)


def test_tables_that_have_just_grown_are_looked_at_again(empty: Store) -> None:
    with empty.fork() as store:
        store.create_collection("items", {"text": "string"})
        query: Query = {"fields": ["id"], "sort": ["text"], "limit": 10, "offset": 7_990}
        assert read(store, query) == []
        asyncio.run(
            store.items("items", accountability=None).create([{"text": f"{number:050}"} for number in range(8_000)])
        )
        assert rows(store, "SELECT count(*) FROM items") == [(8_000,)]
        with pytest.raises(DirectusError, match=REFUSED):
            read(store, query)
