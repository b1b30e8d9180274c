"""Many conditions in one statement."""

from __future__ import annotations

import pytest
from scopebox.store.query.operators import FEW
from scopebox.store.store import Store

from tests.reading import read


@pytest.mark.parametrize("values", [FEW, FEW + 1])
def test_lists_make_no_more_subqueries_and_parameters_than_a_database_plans_in_good_time(
    recorded: Store, asked: list[str], values: int
) -> None:
    conditions = [{"title": {"_in": [f"{number}-{value}" for value in range(values)]}} for number in range(700)]
    assert read(recorded, {"filter": {"_or": conditions}}) == []
    sql = max(asked, key=len)
    assert "unnest" not in sql
    assert sql.count("$") <= 700 + 1
