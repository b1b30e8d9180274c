"""Rows of aggregates as they are shown."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast

import msgspec
import pytest
from scopebox.errors import DirectusError
from scopebox.store import bounds
from scopebox.store.bounds import MAX_RELATED_VALUES
from scopebox.store.database.session import Row, Session
from scopebox.store.reading import grouped
from scopebox.store.reading.group_items import Cell
from scopebox.store.reading.grouped import CONVERTED, AggregatePlan, run_aggregate
from scopebox.store.reading.size import Size
from scopebox.store.steps import at_once
from scopebox.store.store import Store

from tests.growth import calls


class Rows:
    """A session that finds the same rows whatever it is asked."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def rows(self, _sql: str, _parameters: object = ()) -> list[Row]:
        return [*self._rows]


def shown(cells: list[Cell], rows: list[Row]) -> object:
    plan = AggregatePlan("", "", [None], 0, cells, None, None, ())
    return msgspec.json.decode(b"".join(at_once(run_aggregate(cast("Session", Rows(rows)), plan, Size(None)))))


class Cursor:
    """The result of a statement that found the same row so often."""

    def __init__(self, row: Row, number: int) -> None:
        self._row = row
        self._left = number
        self.fetched: list[int] = []

    def fetchmany(self, number: int) -> list[Row]:
        rows = [self._row] * min(number, self._left)
        self._left -= len(rows)
        self.fetched.append(len(rows))
        return rows


class Found:
    """A session that finds the rows of a cursor, and keeps what it was asked with."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor
        self.parameters: list[object] = []

    def execute(self, _sql: str, parameters: list[object]) -> Cursor:
        self.parameters = parameters
        return self.cursor


def run(cells: int, rows: int, limit: int | None = None, most: int | None = 2**24) -> tuple[Found, list[bytes], int]:
    """Return the session that so many rows of so many values came from, what is made of them, and in how many steps."""
    plan = AggregatePlan("", "", [limit], 0, [Cell((f"f{n}",), "") for n in range(cells)], None, None, ())
    session, steps = Found(Cursor(tuple(range(cells)), rows)), 0
    work = run_aggregate(cast("Session", session), plan, Size(most))
    while True:
        try:
            next(work)
        except StopIteration as end:
            return session, end.value, steps
        steps += 1


def test_many_values_are_made_ready_in_steps() -> None:
    session, pieces, steps = run(cells=100, rows=1_000)
    assert max(session.cursor.fetched) * 100 <= CONVERTED
    assert steps >= 1_000 * 100 // CONVERTED
    assert len(msgspec.json.decode(b"".join(pieces))) == 1_000


def test_the_database_is_asked_for_no_more_groups_than_an_answer_may_have_values() -> None:
    session, _, _ = run(cells=100, rows=10)
    assert session.parameters == [MAX_RELATED_VALUES // 100 + 1]
    session, _, _ = run(cells=100, rows=10, limit=7)
    assert session.parameters == [7]
    with pytest.raises(DirectusError, match="400,100 values in the answer, 400,000 are the limit"):
        run(cells=100, rows=MAX_RELATED_VALUES // 100 + 1)


def test_an_answer_is_counted_as_it_is_written() -> None:
    with pytest.raises(DirectusError, match="bytes in the answer, 1,000 are the limit"):
        run(cells=100, rows=2, most=1_000)


def test_values_stand_where_their_paths_say() -> None:
    cells = [Cell(("title",), ""), Cell(("count",), ""), Cell(("count", "id"), "", str), Cell(("sum", "n"), "")]
    assert shown(cells, [("a", 9, 1, 2), ("b", 9, 3, None)]) == [
        {"title": "a", "count": {"id": "1"}, "sum": {"n": 2}},
        {"title": "b", "count": {"id": "3"}, "sum": {"n": None}},
    ]


def test_what_rows_are_sorted_by_is_not_shown() -> None:
    assert shown([Cell(("title",), "")], [("a", 1)]) == [{"title": "a"}]
    assert shown([], [(1,), (1,)]) == [{}, {}]
    assert shown([Cell(("title",), "")], []) == []


def test_rows_take_few_calls_for_each_value() -> None:
    cells = [Cell(("sum", f"f{number}"), "") for number in range(20)]
    rows: list[Row] = [tuple(range(20)) for _ in range(200)]
    assert calls(lambda: shown(cells, rows)) < len(rows) * len(cells) / 2


FIELDS = [f"f{number}" for number in range(50)]
TEXTS = [f"t{number}" for number in range(50)]


@pytest.fixture
def store(empty: Store) -> Iterator[Store]:
    """Forty items of a hundred fields; ``kind`` has four values."""
    fields: dict[str, object] = {
        "kind": "integer",
        "words": "csv",
        **dict.fromkeys(FIELDS, "integer"),
        **dict.fromkeys(TEXTS, "text"),
    }
    with empty.fork() as made:
        made.create_collection("wide", fields)
        items = [
            {
                "kind": number % 4,
                "words": [f"w{number}", "x"],
                **{name: number * at for at, name in enumerate(FIELDS)},
                **{name: f"{number} {name}" for name in TEXTS},
            }
            for number in range(40)
        ]
        put(made, *items)
        yield made


def put(store: Store, *items: dict[str, object]) -> None:
    asyncio.run(store.items("wide", accountability=None).create([*items]))


def read(store: Store, query: dict[str, object], most: int | None = 2**22) -> list[dict[str, object]]:
    found = asyncio.run(store.items("wide", accountability=None, most=most).read(query)).data
    assert isinstance(found, list)
    return found


MANY: tuple[dict[str, object], ...] = (
    {"aggregate": {"min": TEXTS, "max": TEXTS}, "groupBy": ["id"], "limit": 7, "offset": 2},
    {"aggregate": {"sum": FIELDS, "avg": FIELDS}, "groupBy": ["kind"]},
    {"aggregate": {"sum": FIELDS}, "groupBy": ["kind", "t1"], "sort": ["-sum.f1", "t1"], "limit": 11},
    {"aggregate": {"countDistinct": FIELDS[:20], "min": ["words"], "countAll": ["*"]}, "groupBy": ["kind"], "sort": ["-kind"]},
    {"aggregate": {"max": [*FIELDS, *TEXTS], "sumDistinct": FIELDS[:3]}},
    {"aggregate": {"count": FIELDS}, "groupBy": ["words", "kind"], "filter": {"kind": {"_in": [1, 2]}}},
    {"aggregate": {"count": FIELDS}, "groupBy": ["kind"], "filter": {"kind": {"_eq": 9}}},
)  # fmt: skip


@pytest.mark.parametrize("query", MANY)
@pytest.mark.parametrize("most", [None, 2**22])
def test_many_values_are_taken_in_portions_and_are_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch, made: list[str], query: dict[str, object], most: int | None
) -> None:
    whole = read(store, query, most)
    assert made
    made.clear()
    for name in ("VALUES", "DIFFERENT", "LOOKED_AT"):
        monkeypatch.setattr(grouped, name, 10)
    monkeypatch.setattr(grouped, "PORTION_VALUES", 300)
    assert read(store, query, most) == whole
    assert not made


def test_each_step_of_portions_is_one_statement(
    store: Store, monkeypatch: pytest.MonkeyPatch, steps: list[int]
) -> None:
    monkeypatch.setattr(grouped, "VALUES", 10)
    monkeypatch.setattr(grouped, "PORTION_VALUES", 300)
    assert len(read(store, MANY[0])) == 7
    assert sum(steps) > 15
    assert max(steps) <= 2


def test_more_values_than_an_answer_may_have_are_refused_before_they_are_made(
    store: Store, monkeypatch: pytest.MonkeyPatch, made: list[str], weighed: list[str]
) -> None:
    query: dict[str, object] = {"aggregate": {"min": TEXTS, "max": FIELDS}, "groupBy": ["id"], "limit": -1}
    monkeypatch.setattr(grouped, "VALUES", 1_000)
    monkeypatch.setattr(bounds, "MAX_RELATED_VALUES", 1_000)
    with pytest.raises(DirectusError, match=r"There are 1,010 values in the answer, 1,000 are the limit"):
        read(store, query)
    assert not made
    assert len(weighed) == 1
    assert len(read(store, {**query, "limit": 9})) == 9


def test_few_values_cost_no_statement_more(store: Store, weighed: list[str]) -> None:
    read(store, {"aggregate": {"sum": FIELDS, "max": TEXTS[:9]}, "groupBy": ["kind"]})
    assert not weighed


def test_lists_that_texts_become_are_weighed_for_a_notebook(store: Store, asked: list[str]) -> None:
    put(store, {"kind": 9, "words": ["zz"] * 900_000})
    queries: tuple[dict[str, object], ...] = (
        {"aggregate": {"min": ["words"]}, "groupBy": ["kind"]},
        {"aggregate": {"max": ["words"]}},
        {"groupBy": ["words"]},
    )
    for query in queries:
        asked.clear()
        with pytest.raises(DirectusError, match=r'The lists and objects in "words" of "wide" would take') as raised:
            read(store, query, None)
        assert 'ask for fewer groups at a time with "limit" and "page"' in raised.value.message
        assert [sql for sql in asked if sql.startswith("SELECT t1") or "min(" in sql] == []
    few: dict[str, object] = {"aggregate": {"min": ["words"]}, "groupBy": ["kind"], "filter": {"kind": {"_lt": 9}}}
    assert len(read(store, few, None)) == 4
