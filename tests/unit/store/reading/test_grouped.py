"""Rows of aggregates as they are shown."""

from __future__ import annotations

from typing import cast

import msgspec
from scopebox.store.database.session import Row, Session
from scopebox.store.reading.grouped import AggregatePlan, Cell, run_aggregate
from scopebox.store.reading.running import Size
from scopebox.store.steps import at_once

from tests.growth import calls


class Rows:
    """A session that finds the same rows whatever it is asked."""

    def __init__(self, rows: list[Row]) -> None:
        self._rows = rows

    def rows(self, _sql: str, _parameters: object = ()) -> list[Row]:
        return [*self._rows]


def shown(cells: list[Cell], rows: list[Row]) -> object:
    plan = AggregatePlan("", "", [], cells, None, None, ())
    return msgspec.json.decode(b"".join(at_once(run_aggregate(cast("Session", Rows(rows)), plan, Size(None)))))


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
