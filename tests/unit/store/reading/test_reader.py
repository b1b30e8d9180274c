"""Reads: the events around them, their shapes, their statements."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from scopebox.errors import DirectusError
from scopebox.store.access.variables import adjusted
from scopebox.store.database.session import Row, Session
from scopebox.store.emitter import EventContext, Filtered
from scopebox.store.reading.keys import fits_key
from scopebox.store.reading.quantities import numeric_quotient
from scopebox.store.reading.request import Request, Rows
from scopebox.store.store import Store
from scopebox.vocabulary import HookKind
from scopebox_guest.wire import Certain

from tests.reading import Json, make_store, read, refusal
from tests.stores import as_data


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


class Listener:
    """Listens to everything, and answers filters by the general name of their event."""

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.told: list[tuple[str, str, object]] = []

    def listens(self, kind: HookKind, names: tuple[str, ...]) -> bool:
        return True

    async def filter(self, names: tuple[str, ...], payload: object, meta: Json, context: EventContext) -> object:
        self.told.append(("filter", names[0], as_data(payload)))
        return self.answers.get(names[0].partition(".")[2], payload)

    async def filter_first(
        self, names: tuple[str, ...], payloads: Sequence[object], meta: Json, context: EventContext, certain: Certain
    ) -> Filtered:
        return Filtered([await self.filter(names, payloads[0], meta, context)])

    def action(self, names: tuple[str, ...], meta: Json, context: EventContext) -> None:
        self.told.append(("action", names[1], as_data(meta["payload"])))


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "1e400", "x", 10**300, -(10**300), 1.5])
@pytest.mark.parametrize("name", ["limit", "offset", "page"])
def test_the_numbers_of_updates_and_deletes_are_not_checked_and_never_an_error(
    store: Store, name: str, number: object
) -> None:
    service = store.items("articles", accountability=None)
    assert asyncio.run(service.keys({"limit": 5, "filter": {"id": {"_eq": -1}}, name: number})) == []


def test_a_read_tells_the_query_then_the_items_then_the_action(store: Store) -> None:
    listener = Listener()
    rows = read(store, {"fields": "id", "limit": "1"}, emitter=listener)
    assert listener.told == [
        ("filter", "items.query", {"fields": ["id"], "limit": 1}),
        ("filter", "items.read", [{"id": 1}]),
        ("action", "articles.items.read", [{"id": 1}]),
    ]
    assert rows == [{"id": 1}]


def test_a_filter_sees_all_that_was_given_in_the_order_of_a_directus(store: Store) -> None:
    deep: Json = {"author": {}, "parent": {"_limit": 1, "author": {"_sort": "id"}}}
    given: Json = {
        "backlink": "false", "alias": {"a": "title"}, "deep": deep, "export": "json", "versionRaw": "true", "version": "main", "search": "x", "fields": "id",
        "limit": "1",
    }  # fmt: skip
    listener = Listener()
    read(store, given, emitter=listener)
    assert json.dumps(listener.told[0][2]) == json.dumps(
        {
            "limit": 1, "fields": ["id"], "search": "x", "version": "main", "versionRaw": True, "export": "json",
            "deep": {"parent": {"author": {"_sort": ["id"]}, "_limit": 1}}, "alias": {"a": "title"}, "backlink": False,
        }
    )  # fmt: skip
    empty_ones: list[object] = [{}, "{}", {"author": {}}, "no JSON"]
    for empty in empty_ones:
        read(store, {"deep": empty, "filter": {}}, emitter=listener)
        assert listener.told[-3][2] == {"filter": {}, "deep": {}}


def test_a_filter_may_change_the_query_and_the_items(store: Store) -> None:
    changed: Json = {"fields": ["id"], "filter": {"id": {"_in": [2, 3]}}, "limit": "x"}
    assert read(store, {}, emitter=Listener(query=changed)) == [{"id": 2}, {"id": 3}]
    assert read(store, {}, emitter=Listener(read=[{"x": 1}])) == [{"x": 1}]


def test_a_changed_query_is_held_against_the_rights_of_the_asker(store: Store) -> None:
    with pytest.raises(DirectusError, match="secret_note"):
        read(store, {}, role="reader", emitter=Listener(query={"fields": ["secret_note"]}))


def test_a_query_that_becomes_nothing_is_a_500(store: Store) -> None:
    for nothing in (None, 5):
        with pytest.raises(DirectusError) as caught:
            asyncio.run(store.reader.read("articles", {}, Request(emitter=Listener(query=nothing))))
        assert caught.value.status == 500


def test_a_forbidden_read_tells_its_query_only(store: Store) -> None:
    listener = Listener()
    with pytest.raises(DirectusError):
        read(store, {}, role="public", emitter=listener)
    assert [name for _, name, _ in listener.told] == ["items.query"]


def test_rows_go_out_as_text_without_becoming_objects(store: Store) -> None:
    rows = asyncio.run(store.reader.read("articles", {"fields": ["id", "title"], "limit": 2}))
    assert rows._data is None
    assert rows.json() == b'[{"id":1,"title":"Title 1"},{"id":2,"title":"Title 2"}]'
    assert Rows(data=[1]).json() == b"[1]"


@pytest.mark.parametrize(
    ("fields", "most"), [(["*"], 2), (["id", "author.name", "author.articles.title"], 3), (["children.children.id"], 3)]
)
def test_there_is_one_statement_a_level(
    store: Store, monkeypatch: pytest.MonkeyPatch, fields: list[str], most: int
) -> None:
    ran: list[str] = []
    rows = Session.rows

    def counted(self: Session, sql: str, values: Sequence[object] = ()) -> list[Row]:
        ran.append(sql)
        return rows(self, sql, values)

    read(store, {"fields": fields})  # how long texts are is asked once after a write
    monkeypatch.setattr(Session, "rows", counted)
    read(store, {"fields": fields})
    assert 0 < len(ran) <= most


def test_a_rule_that_needs_relations_multiplies_nothing(store: Store) -> None:
    rows = read(store, {"filter": {"children": {"id": {"_nnull": True}}}, "sort": ["children.id"], "limit": -1})
    assert [row["id"] for row in rows] == [1, 2, 3, 4, 5, 6, 7]


def test_read_by_key(store: Store) -> None:
    assert asyncio.run(store.reader.read_one("articles", "3", {"fields": ["id"]})).data == {"id": 3}
    for key in (99, "x", 1.5, "true", 10**30):
        with pytest.raises(DirectusError):
            asyncio.run(store.reader.read_one("articles", key))
    assert asyncio.run(store.reader.read("articles", {"fields": ["id"]}, keys=[3, "1", 3])).data == [
        {"id": 1},
        {"id": 3},
    ]


def test_keys_for_a_write_are_found_without_regard_to_permissions(store: Store) -> None:
    request = Request(store.access.for_role("reader"))
    assert asyncio.run(store.reader.keys("articles", {"filter": {"status": {"_eq": "draft"}}}, request)) == [4, 8]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"aggregate": {"avg": ["views"], "sum": ["views"], "count": ["views"]}},
         {"avg": {"views": "44.2857142857142857"}, "sum": {"views": "310"}, "count": {"views": "7"}}),
        ({"aggregate": {"avg": ["rating"], "max": ["day"]}}, {"avg": {"rating": 1.125}, "max": {"day": "2024-08-15"}}),
        ({"aggregate": {"avg": ["views"]}, "filter": {"id": {"_eq": 0}}}, {"avg": {"views": None}}),
    ],
)  # fmt: skip
def test_aggregates(store: Store, query: Json, expected: Json) -> None:
    assert read(store, query) == [expected]


def test_groups(store: Store) -> None:
    query: Json = {
        "groupBy": ["status", "month(day)"],
        "aggregate": {"count": "*"},
        "sort": ["-month(day)"],
        "limit": 2,
    }
    assert read(store, query) == [
        {"status": "draft", "day_month": "8", "count": "1"},
        {"status": "published", "day_month": "7", "count": "1"},
    ]
    assert refusal(store, {"groupBy": ["author.name"]}, role="admin").status == 500
    assert refusal(store, {"groupBy": ["status"], "sort": ["id"]}, role="admin").status == 500


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [("119", "9", "13.2222222222222222"), ("0", "3", "0.00000000000000000000"), ("123459.50", "1", "123459.500000000000"),
     ("-1", "3", "-0.33333333333333333333"), ("123456789012", "19", "6497725737.47368421")],
)  # fmt: skip
def test_averages_have_the_digits_of_postgresql(total: str, count: str, expected: str) -> None:
    assert numeric_quotient(Decimal(total), Decimal(count)) == expected


@pytest.mark.parametrize(
    ("text", "days"),
    [("-1 day", -1), ("+2 weeks", 14), ("1h", 1 / 24), ("-1 year", -366), ("1 month", 31), ("x", 0), ("1e9 days", 0)],
)
def test_adjustments_of_now(text: str, days: float) -> None:
    start = datetime(2025, 1, 1, tzinfo=UTC)
    assert (adjusted(start, text) - start).total_seconds() == days * 86400


@pytest.mark.parametrize(
    ("type_", "key", "fits"),
    [("integer", "5", True), ("integer", "5.5", False), ("integer", "x", False), ("uuid", "x", False), ("string", "x", True),
     ("string", {}, False), ("uuid", "0d42acf6-71dd-49c7-b77a-477a3559c650", True)],
)  # fmt: skip
def test_what_can_be_a_key(type_: str, key: object, fits: bool) -> None:
    assert fits_key(type_, key) is fits


def test_conditions_in_a_group_are_looked_at_before_groups_in_it_and_after_columns(store: Store) -> None:
    inner: Json = {"_or": [{"id": {"_eq": "x"}}]}
    outer: Json = {"views": {"_contains": "x"}}
    for filter_ in ({"_and": [inner, outer]}, {**inner, **outer}, {"_or": [{"_and": [inner]}, outer]}):
        assert "_contains" in refusal(store, {"filter": filter_}, role="admin").message
    asked: Json = {"aggregate": {"count": "*"}, "groupBy": ["nope(day)"]}
    grouped = refusal(store, {**asked, "filter": {"_and": [outer, inner]}}, role="admin")
    assert grouped.message == 'Invalid query. Invalid function specified "nope".'
    assert "_contains" in refusal(store, {**asked, "filter": outer}, role="admin").message
