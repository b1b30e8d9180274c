"""Many conditions in one statement."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.bounds import MAX_CONDITIONS, MAX_LISTS, MAX_PARTS
from scopebox.store.query.operators import CROWDED, FEW, LONG
from scopebox.store.reading.source import MAX_LOOKED_UP
from scopebox.store.store import Store

from tests.reading import Json, make_store, read


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


def along(path: str, condition: object) -> object:
    """Return a condition at the end of a path."""
    for step in reversed(path.split(".")):
        condition = {step: condition}
    return condition


def parents(count: int, conditions: int) -> Json:
    """Return a query with so many conditions, which are about the parent, its parent and so on in turn."""
    paths = [".".join(["parent"] * (number + 1)) for number in range(count)]
    found = [along(paths[n % count], {"title": {"_contains": f"x{n}"}}) for n in range(conditions)]
    return {"fields": ["id"], "filter": {"_or": found}}


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


def test_the_more_relations_a_query_follows_the_fewer_conditions_it_may_have(store: Store) -> None:
    most = MAX_PARTS // 10 - 2  # beside the field that is shown, and what it is sorted by
    assert read(store, parents(9, most)) == []
    with pytest.raises(DirectusError) as caught:
        read(store, parents(9, most + 2))
    assert caught.value.status == 400
    assert caught.value.message == (
        "Invalid query. There are 501 fields, conditions and sort keys in a query with 9 relations, 500 are the limit; "
        "ask in several queries, or along fewer relations."
    )


def test_all_conditions_that_there_may_be_are_taken_along_one_relation(store: Store) -> None:
    assert read(store, parents(1, MAX_CONDITIONS)) == []


def test_so_it_is_with_sort_keys_and_aggregates(store: Store) -> None:
    paths = [".".join(["parent"] * (number + 1)) for number in range(9)]
    keys = [f"{path}.{name}" for path in paths for name in ("id", "title", "status", "views", "rating", "day")]
    aggregates = {name: ["id", "views", "rating", "parent"] for name in ("count", "countDistinct", "min", "max")}
    conditions = parents(9, MAX_PARTS // 10 - 10)["filter"]
    queries: list[Json] = [{"sort": keys}, {"aggregate": aggregates}]
    for query in queries:
        assert read(store, query) is not None
        with pytest.raises(DirectusError, match="fields, conditions and sort keys in a query with 9 relations"):
            read(store, {**query, "filter": conditions})


def test_what_refers_to_a_list_is_looked_up_once_for_all_conditions_that_nothing_fulfils(
    store: Store, made: list[str]
) -> None:
    def found(number: int) -> object:
        conditions = [along("articles", {"title": {"_null": True}}) for _ in range(number)]
        query: Json = {"fields": ["id"], "filter": {"_or": conditions}, "limit": -1}
        return read(store, query, role="reader", collection="users", literal=True)

    assert found(1) == found(50)
    assert [sql.count("SELECT DISTINCT") for sql in made] == [1, 1]


def test_each_relation_that_may_be_hidden_counts_with_each_condition_that_nothing_fulfils(store: Store) -> None:
    path = ".".join(["parent"] * 9)
    conditions = [along(path, {"title": {"_null": True}}) for _ in range(60)]
    with pytest.raises(DirectusError, match="fields, conditions and sort keys in a query with 9 relations"):
        read(store, {"filter": {"_or": conditions}}, role="reader", literal=True)
