"""What the statements of aggregates may hold."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.bounds import MAX_AGGREGATES, MAX_DISTINCT
from scopebox.store.store import Store

from tests.reading import read

WIDE = MAX_DISTINCT + 1
FIELDS = [f"f{number}" for number in range(WIDE)]


@pytest.fixture(scope="module")
def store(empty: Store) -> Iterator[Store]:
    """Three hundred rows of numbers."""
    with empty.fork() as made:
        made.create_collection("wide", dict.fromkeys(FIELDS, "integer"))
        made.sql(
            f"INSERT INTO wide (id, {', '.join(FIELDS)}) SELECT range, {', '.join(['range'] * WIDE)} FROM range(300)"
        )
        yield made


@pytest.mark.parametrize("group", [[], ["f0"]])
def test_different_values_are_found_of_so_many_fields_however_often_each_is_named(
    store: Store, group: list[str]
) -> None:
    few = dict.fromkeys(("countDistinct", "sumDistinct", "avgDistinct"), FIELDS[:MAX_DISTINCT])
    assert len(read(store, {"aggregate": few, "groupBy": group, "limit": 5}, collection="wide")) == (5 if group else 1)
    with pytest.raises(DirectusError, match="21 fields to find different values of, 20 are the limit") as caught:
        read(store, {"aggregate": {**few, "countDistinct": FIELDS}, "groupBy": group}, collection="wide")
    assert caught.value.status == 400


def test_without_a_limit_all_groups_are_found(store: Store) -> None:
    assert len(read(store, {"aggregate": {"count": ["*"]}, "groupBy": ["f0"], "limit": -1}, collection="wide")) == 300


def test_a_query_has_so_many_groups_and_aggregates(store: Store) -> None:
    names = [f"n{number}" for number in range(MAX_AGGREGATES)]
    with store.fork() as wider:
        wider.create_collection("wider", dict.fromkeys(names, "integer"))
        assert read(wider, {"aggregate": {"sum": names}}, collection="wider")
        query: dict[str, object] = {"aggregate": {"sum": names}, "groupBy": ["n0"]}
        with pytest.raises(
            DirectusError,
            match="There are 301 groups and aggregates in a query, 300 are the limit; ask in several queries",
        ):
            read(wider, query, collection="wider")
