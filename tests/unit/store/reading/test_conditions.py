"""Many conditions in one statement."""

from __future__ import annotations

import pytest
from scopebox.store.bounds import MAX_LISTS
from scopebox.store.query.operators import CROWDED, FEW, LONG
from scopebox.store.reading.source import MAX_LOOKED_UP
from scopebox.store.store import Store

from tests.reading import read


@pytest.mark.parametrize("values", [FEW, FEW + 1])
def test_lists_make_no_more_subqueries_and_parameters_than_a_database_plans_in_good_time(
    recorded: Store, asked: list[str], values: int
) -> None:
    conditions = [{"title": {"_in": [f"{number}-{value}" for value in range(values)]}} for number in range(MAX_LISTS)]
    assert read(recorded, {"filter": {"_or": conditions}}) == []
    sql = max(asked, key=len)
    assert "unnest" not in sql
    assert sql.count("$") <= MAX_LISTS + 1


def test_few_of_the_long_lists_among_many_conditions_are_looked_up(recorded: Store, asked: list[str]) -> None:
    conditions = [{"title": {"_in": [f"{number}-{value}" for value in range(LONG + 1)]}} for number in range(50)]
    assert read(recorded, {"filter": {"_or": conditions}}) == []
    assert max(asked, key=len).count("unnest") == MAX_LOOKED_UP


def test_conditions_behind_a_relation_are_among_those_before_it(recorded: Store, asked: list[str]) -> None:
    values = [f"{number}" for number in range(FEW + 1)]
    conditions = [{"articles": {"_some": {"title": {"_in": values}}}} for _ in range(CROWDED + 1)]
    assert read(recorded, {"filter": {"_or": conditions}}, collection="authors") == []
    assert "unnest" not in max(asked, key=len)
