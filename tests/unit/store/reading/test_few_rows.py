"""Few rows become JSON without the database, which shows the same, and is asked where it alone can tell."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access import Access, Accountability
from scopebox.store.database.session import Session
from scopebox.store.reading.few_rows import FEW
from scopebox.store.store import Store

FIELDS: dict[str, object] = {
    "id": {"type": "integer", "primary_key": True},
    "string": "string",
    "text": "text",
    "integer": "integer",
    "big": "bigInteger",
    "float": "float",
    "decimal": "decimal",
    "boolean": "boolean",
    "date": "date",
    "moment": "dateTime",
    "stamp": "timestamp",
    "json": "json",
    "csv": "csv",
    "uuid": "uuid",
}
VALUES: dict[str, tuple[str, ...]] = {
    "string": (
        "''",
        "'a \"quote\" \\ / é 中 😀'",
        "chr(1) || chr(31) || chr(127) || chr(8232) || 'x'",
        "'null'",
        "'0'",
    ),
    "text": ("'</script>'", "repeat('long ', 1000)", "'line' || chr(10) || chr(13) || chr(9)"),
    "integer": ("0", "-2147483648", "2147483647"),
    "big": ("0", "9223372036854775807", "-9223372036854775808", "9007199254740993"),
    "float": (
        "0",
        "1",
        "-0.5",
        "0.1",
        "1e300",
        "5e-324",
        "1e21",
        "1e-7",
        "123456789012345680",
        "1.7976931348623157e308",
    ),
    "decimal": ("0", "1.5", "-0.00001", "99999.99999"),
    "boolean": ("true", "false"),
    "date": ("'2024-02-29'", "'0002-01-01'", "'1582-10-10'", "'9998-12-31'"),
    "moment": ("'2024-02-29 23:59:59.999999'", "'0002-01-01 00:00:00'", "'1969-12-31 23:59:59.5'"),
    "stamp": ("'2024-02-29 23:59:59.999999'", "'0002-01-01 00:00:00.0009'", "'1969-12-31 23:59:59.5'"),
    "json": (
        "'null'",
        "'0'",
        "'\"text\"'",
        "'[]'",
        '\'{"a": [1,  2.50, {"b": null}], "é": "\\u00e9"}\'',
        "'12345678901234567890'",
    ),
    "csv": ("''", "'a'", "'a,b'", "',a,,'", "'[1]'"),
    "uuid": ("'00000000-0000-4000-8000-00000000000A'",),
}
ODD: dict[str, tuple[str, ...]] = {
    "date": ("'infinity'", "'-infinity'", "'9999-12-31'", "'0001-01-01'", "'12345-01-02'", "'0044-03-15 (BC)'"),
    "moment": ("'infinity'", "'-infinity'", "'9999-12-31 23:59:59.999999'", "'12345-01-02 01:02:03'"),
    "stamp": ("'infinity'", "'-infinity'", "'0001-01-01 00:00:00'", "'0044-03-15 (BC) 01:02:03.5'"),
}
"""Moments that Python has none of, or takes for others."""


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        made.create_collection("all", FIELDS)
        yield made


def put(store: Store, field: str, *values: str) -> None:
    """Write values as SQL has them, each into an item of its own."""
    store.database.write_now(
        lambda session: [
            session.execute(f'INSERT INTO "all" (id, "{field}") SELECT coalesce(max(id), 0) + 1, {value} FROM "all"')
            for value in values
        ]
    )


def read(store: Store, query: Mapping[str, object], who: Accountability | None = None) -> str:
    return asyncio.run(store.items("all", accountability=who).read(dict(query))).json().decode()


@pytest.fixture
def made_by_the_database(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements that made JSON."""
    statements: list[str] = []
    execute, rows = Session.execute, Session.rows

    def note(sql: str) -> None:
        if "to_json" in sql:
            statements.append(sql)

    def executed(self: Session, sql: str, parameters: Any = ()) -> Any:
        note(sql)
        return execute(self, sql, parameters)

    def fetched(self: Session, sql: str, parameters: Any = ()) -> Any:
        note(sql)
        return rows(self, sql, parameters)

    monkeypatch.setattr(Session, "execute", executed)
    monkeypatch.setattr(Session, "rows", fetched)
    return statements


def both(store: Store, query: Mapping[str, object], statements: list[str], who: Accountability | None = None) -> Any:
    """Return what few rows and many show, which has to be the same, made in two ways."""
    few = json.loads(read(store, {**query, "limit": FEW}, who))
    assert not statements
    many = json.loads(read(store, {**query, "limit": FEW + 1}, who))
    assert len(statements) == 1
    assert few == many
    statements.clear()
    return few


@pytest.mark.parametrize("field", VALUES)
def test_they_show_what_the_database_shows(store: Store, field: str, made_by_the_database: list[str]) -> None:
    put(store, field, *VALUES[field], "NULL")
    found = both(store, {"sort": ["id"]}, made_by_the_database)
    assert len(found) == len(VALUES[field]) + 1
    assert found[-1][field] is None
    for item in found:  # by its key alone
        assert json.loads(read(store, {"filter": {"id": {"_eq": item["id"]}}})) == [item]
    assert not made_by_the_database


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in ODD.items() for value in values])
def test_the_database_is_asked_where_it_alone_can_tell(
    store: Store, field: str, value: str, made_by_the_database: list[str]
) -> None:
    put(store, field, value)
    few, many = (json.loads(read(store, {"limit": limit})) for limit in (FEW, FEW + 1))
    assert few == many
    assert len(made_by_the_database) == 2


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_json_has_not_is_shown_as_none(store: Store, value: float) -> None:
    put(store, "float", f"'{value}'::DOUBLE")
    assert json.loads(read(store, {"fields": ["float"]}))[0]["float"] is None


def test_a_time_and_a_concealed_value_and_a_function_are_the_databases(
    store: Store, made_by_the_database: list[str]
) -> None:
    store.create_collection(
        "others", {"at": "time", "secret": {"type": "string", "special": ["conceal"]}, "day": "date"}
    )
    service = store.items("others", accountability=None)
    asyncio.run(service.create([{"at": "10:11:12", "secret": "s", "day": "2024-05-06"}]))
    shown = {
        "at": [{"at": "10:11:12"}],
        "secret": [{"secret": "**********"}],
        "year(day)": [{"day_year": "2024"}],
    }
    for number, (name, expected) in enumerate(shown.items()):
        assert json.loads(asyncio.run(service.read({"fields": [name]})).json()) == expected
        assert len(made_by_the_database) == number + 1
    assert json.loads(asyncio.run(service.read({"fields": ["day"]})).json()) == [{"day": "2024-05-06"}]
    assert len(made_by_the_database) == len(shown)


def fill(store: Store) -> None:
    put(store, "string", *(f"'{letter}'" for letter in "gfedcba"))


@pytest.fixture(scope="module")
def filled(empty: Store) -> Iterator[Store]:
    """A store with seven items, to be read."""
    with empty.fork() as made:
        made.create_collection("all", FIELDS)
        fill(made)
        yield made


@pytest.mark.parametrize(
    "query",
    [
        {"sort": ["string"]},
        {"sort": ["-id"], "offset": 2},
        {"fields": ["string"], "page": 1},
        {"filter": {"string": {"_in": ["a", "c", "none"]}}, "sort": ["string"]},
        {"search": "b"},
        {"filter": {"string": {"_eq": "none"}}},
        {"fields": ["string", "id", "string"]},
    ],
    ids=str,
)
def test_every_query_finds_the_same(filled: Store, query: dict[str, object], made_by_the_database: list[str]) -> None:
    both(filled, query, made_by_the_database)


def test_rules_for_items_and_fields_hold(store: Store, made_by_the_database: list[str]) -> None:
    fill(store)
    rules = [
        {"collection": "all", "action": "read", "fields": ["id"], "permissions": {"id": {"_lt": 6}}},
        {"collection": "all", "action": "read", "fields": ["string"], "permissions": {"id": {"_gt": 3}}},
    ]
    policies = {"p": {"permissions": rules[:1]}, "q": {"permissions": rules[1:]}}
    store.access = Access.read({"policies": policies, "roles": {"r": {"policies": ["p", "q"]}}})
    found = both(store, {"sort": ["id"]}, made_by_the_database, store.access.for_role("r"))
    shown = zip([1, 2, 3, 4, 5, None, None], [None, None, None, *"dcba"], strict=True)
    assert found == [{"id": key, "string": text} for key, text in shown]


@pytest.mark.parametrize("size", [30_000, 3_000_000])
def test_long_texts_are_weighed_as_before(store: Store, size: int, made_by_the_database: list[str]) -> None:
    put(store, "text", f"repeat('x', {size})")
    service = store.items("all", accountability=None, most=2**20)
    if size < 2**20:
        [item] = json.loads(asyncio.run(service.read({})).json())
        assert item["text"] == "x" * size
        assert not made_by_the_database
    else:
        with pytest.raises(DirectusError, match="bytes in the answer"):
            asyncio.run(service.read({}))


def test_an_item_that_json_makes_too_long_is_refused(store: Store) -> None:
    put(store, "text", "repeat(chr(1), 300000)")
    with pytest.raises(DirectusError, match="bytes in the answer"):
        asyncio.run(store.items("all", accountability=None, most=2**20).read({}))


KEYS: tuple[list[object], ...] = ([5, 2, 7], [3], [4, 4, 1], [2, "6", 1])


@pytest.mark.parametrize("keys", KEYS, ids=str)
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"limit": 1},
        {"limit": 2, "fields": ["string"]},
        {"limit": "1"},
        {"limit": -1},
        {"limit": 0},
        {"limit": 1, "sort": ["-id"]},
        {"limit": 1, "offset": 1},
        {"limit": 1, "page": 2},
        {"limit": 1, "search": "f"},
        {"limit": 1, "filter": {"string": {"_eq": "f"}}},
        {"limit": 1, "alias": {"id": "string"}, "fields": ["id"]},
        {"limit": 1, "aggregate": {"count": ["*"]}},
    ],
    ids=str,
)
def test_what_was_written_is_read_back_as_a_filter_by_its_keys_finds_it(
    filled: Store, query: dict[str, object], keys: list[object]
) -> None:
    service = filled.items("all", accountability=None)
    by_keys = {"_and": [{"id": {"_in": keys}}, query.get("filter", {})]}
    every = {"limit": -1} if "limit" not in query or not query["limit"] else {}
    found = json.loads(asyncio.run(service.read(dict(query), keys=keys, created=True)).json())
    assert found == json.loads(asyncio.run(service.read({**query, **every, "filter": by_keys})).json())


def test_items_in_an_order_of_their_own_and_those_of_a_role_are_all_looked_at(store: Store) -> None:
    store.create_collection("sorted", {"place": "integer"}, sort_field="place")
    service = store.items("sorted", accountability=None)
    asyncio.run(service.create([{"place": place} for place in (3, 2, 1)]))
    [first] = json.loads(asyncio.run(service.read({"limit": 1}, keys=[1, 2, 3], created=True)).json())
    assert first["id"] == 3
    fill(store)
    rules = [{"collection": "all", "action": "read", "fields": ["id"], "permissions": {"id": {"_gt": 2}}}]
    store.access = Access.read({"policies": {"p": {"permissions": rules}}, "roles": {"r": {"policies": ["p"]}}})
    service = store.items("all", accountability=store.access.for_role("r"))
    assert json.loads(asyncio.run(service.read({"limit": 1}, keys=[1, 2, 3, 4], created=True)).json()) == [{"id": 3}]


def test_what_was_changed_need_not_be_there(store: Store) -> None:
    fill(store)
    service = store.items("all", accountability=None)
    assert json.loads(asyncio.run(service.read({"limit": 1, "fields": ["id"]}, keys=[-1, 2, 3])).json()) == [{"id": 2}]
