"""Of a large table the keys are sorted first, and the rows of the first of them are taken then: the answers are the same."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.store.reading import compiled
from scopebox.store.store import Store

from tests.reading import Json, count_as_large, make_store, read

ALONE: list[Json] = [
    {},
    {"limit": 3},
    {"limit": 3, "offset": 2},
    {"limit": 3, "page": 2},
    {"limit": 0},
    {"sort": ["-views"], "limit": 4},
    {"sort": ["views", "-rating"], "limit": 4, "offset": 1},
    {"sort": ["-month(day)"], "limit": 4},
    {
        "sort": ["status", "title"],
        "limit": 5,
        "fields": ["title", "year(day)", "count(children)"],
        "alias": {"n": "views"},
    },
    {"filter": {"views": {"_gt": 20}}, "sort": ["-title"], "limit": 2},
    {"filter": {"_or": [{"views": {"_null": True}}, {"title": {"_contains": "CANARY"}}]}, "limit": 2, "offset": 1},
    {"search": "Title", "limit": 3},
    {"fields": ["title", "author.name", "children.title", "count(children)"], "limit": 3, "sort": ["-id"]},
]
OTHER: list[Json] = [
    {"limit": -1},  # all of them
    {"sort": ["author.name"], "limit": 4},  # something is joined
    {"filter": {"author": {"name": {"_eq": "Bob"}}}, "limit": 3},
    {"filter": {"children": {"_some": {"views": {"_gt": 20}}}}, "limit": 2},
    {"filter": {"id": {"_eq": 3}}},  # one of them
    {"aggregate": {"count": ["*"]}, "group": ["status"]},
]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


def by_keys(asked: list[str]) -> bool:
    """Whether keys were looked at before rows, or none behind where they ended the last time, but for those of lists."""
    whole = [sql for sql in asked if "PARTITION BY" not in sql]
    return any('."id" IN (SELECT t1."id"' in sql or 't1."id" <= $' in sql for sql in whole)


@pytest.mark.parametrize("role", ["admin", "reader"])
@pytest.mark.parametrize("query", [*ALONE, *OTHER], ids=str)
@pytest.mark.parametrize("literal", [False, True])
def test_the_answer_is_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch, asked: list[str], query: Json, role: str, *, literal: bool
) -> None:
    fields = query.get("fields", ["id", "title", "status", "meta", "parent"])
    grouped = "aggregate" in query
    query = query if grouped else {**query, "fields": fields}

    def answer() -> object:
        try:
            return read(store, query, role=role, literal=literal)
        except Exception as error:
            return str(error)

    small = answer()
    assert not by_keys(asked)
    count_as_large(monkeypatch)
    assert answer() == small
    assert by_keys(asked) == (query in [{**entry, "fields": fields} for entry in ALONE] and isinstance(small, list))


def test_a_condition_has_to_leave_many_rows_for_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    monkeypatch.setattr(compiled, "LARGE", 0)
    read(store, {"filter": {"views": {"_gt": 20}}})
    read(store, {}, role="reader")  # whose rule is a condition
    assert not by_keys(asked)
    read(store, {})
    assert by_keys(asked)
