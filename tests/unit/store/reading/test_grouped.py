"""Rows of aggregates as they are shown."""

from __future__ import annotations

from typing import cast

import msgspec
import pytest
from scopebox.errors import DirectusError
from scopebox.store.bounds import MAX_RELATED_VALUES
from scopebox.store.database.session import Row, Session
from scopebox.store.reading.grouped import CONVERTED, AggregatePlan, Cell, run_aggregate
from scopebox.store.reading.size import Size
from scopebox.store.steps import at_once

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
