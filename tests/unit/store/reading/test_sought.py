"""What is looked for in texts is bounded before the database begins, which does not stop on its way through 2,048 rows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
from scopebox.errors import DirectusError
from scopebox.store.reading.compared import FREE
from scopebox.store.reading.looks import HELD
from scopebox.store.reading.sought import MOST
from scopebox.store.store import Store

from tests.reading import Json, read

LONG = 2**20
MANY = MOST // LONG
LOWERED = FREE + (MANY - FREE) // HELD  # conditions that ignore case: those behind the first few count several times
Query = dict[str, object]


@pytest.fixture(scope="module")
def store(empty: Store) -> Iterator[Store]:
    """A page with a long text, and 100 that belong to it."""
    with empty.fork() as made:
        made.create_collection("pages", {"title": "string", "body": "text", "parent": {"references": "pages"}})
        create(made, [{"title": "first", "body": "e" * LONG}])
        create(made, [{"title": f"page {number}", "body": "short", "parent": 1} for number in range(100)])
        yield made


def create(store: Store, items: list[dict[str, object]]) -> None:
    asyncio.run(store.items("pages", accountability=None).create(items))


def any_of(*conditions: Mapping[str, object]) -> Query:
    return {"fields": ["id"], "filter": {"_or": [*conditions]}}


def looked_for(operator: str, count: int) -> Query:
    return any_of(*({"body": {operator: f"x{number}"}} for number in range(count)))


def found(store: Store, query: Query) -> list[Json]:
    return read(store, query, collection="pages")


def count(store: Store, query: Query) -> object:
    items = store.items("pages", accountability=None)
    return asyncio.run(items.counts({"meta": ["filter_count"], **query}))


def deleted(store: Store, query: Query) -> object:
    return asyncio.run(store.items("pages", accountability=None).delete_by_query({**query, "limit": -1}))


@pytest.mark.parametrize(
    ("operator", "many"),
    [("_contains", MANY), ("_icontains", LOWERED), ("_starts_with", MANY), ("_iends_with", LOWERED)],
)
def test_a_long_text_is_looked_through_by_many_conditions_and_not_by_any_number(
    store: Store, operator: str, many: int
) -> None:
    assert found(store, looked_for(operator, many - 1)) == []
    with pytest.raises(DirectusError, match="bytes of texts to look through, 67,108,864 are the limit") as caught:
        found(store, looked_for(operator, many + 1))
    assert caught.value.status == 400


@pytest.mark.parametrize("ask", [count, deleted])
def test_so_it_is_whatever_becomes_of_what_is_found(store: Store, ask: Callable[[Store, Query], object]) -> None:
    with pytest.raises(DirectusError, match="bytes of texts to look through"):
        ask(store, looked_for("_contains", MANY + 1))


def test_so_it_is_in_aggregates_and_in_related_items(store: Store) -> None:
    many = looked_for("_contains", MANY + 1)
    queries: list[Query] = [
        {"aggregate": {"count": "id"}, "filter": many["filter"]},
        {"fields": ["id", "parent.id"], "deep": {"parent": {"_filter": many["filter"]}}},
    ]
    for query in queries:
        with pytest.raises(DirectusError, match="bytes of texts to look through"):
            found(store, query)


def test_a_text_counts_with_every_row_that_it_is_joined_to(store: Store) -> None:
    with pytest.raises(DirectusError, match="bytes of texts to look through"):
        found(store, any_of({"parent": {"body": {"_contains": "x"}}}, {"title": {"_eq": "x"}}))


def test_short_texts_are_looked_through_by_as_many_conditions_as_there_may_be(store: Store) -> None:
    conditions = any_of(*({"title": {"_contains": f"page {number}"}} for number in range(990)))
    assert len(found(store, conditions | {"limit": -1})) == 100


def test_beside_a_long_text_short_ones_do_not_count_however_many_they_are(empty: Store) -> None:
    with empty.fork() as store:
        store.create_collection("pages", {"title": "string", "body": "text"})
        store.sql("INSERT INTO pages (id, body) SELECT range + 1000, repeat('e', 20000) FROM range(4000)")
        create(store, [{"title": "long", "body": "e" * LONG}])
        assert len(found(store, any_of({"body": {"_contains": "e"}}) | {"aggregate": {"count": "id"}})) == 1


def test_all_that_is_joined_is_looked_at_by_one_statement(store: Store, weighed: list[str]) -> None:
    conditions: list[Query] = [{"body": {"_contains": "x"}}]
    for _ in range(8):
        conditions.append({"parent": conditions[-1]})
    with pytest.raises(DirectusError, match="bytes of texts to look through"):
        found(store, any_of(*conditions))
    assert len([sql for sql in weighed if "sum(size)" in sql]) == 1
