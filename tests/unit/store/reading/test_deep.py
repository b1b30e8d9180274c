"""Deep queries: which of their conditions a Directus overrules, and what it reads of them at all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.reading.request import Request
from scopebox.store.store import Store

from tests.reading import Json, count_as_large, make_store, read, refusal

LISTS = {"fields": ["id", "articles.id"], "sort": ["id"]}
BOTH = [{"id": 1, "articles": [{"id": 2}]}, {"id": 2, "articles": [{"id": 1}]}]
NONE: list[Json] = [{"id": 1, "articles": []}, {"id": 2, "articles": []}]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


def lists(store: Store, filter_: object, **more: object) -> list[Json]:
    """Return users with the first of their articles that a deep filter leaves."""
    deep: Json = {"articles": {"_filter": filter_, "_limit": 1, **more}}
    return read(store, {**LISTS, "deep": deep}, collection="users")


@pytest.mark.parametrize("values", [[99], [2, 2, 99], "99", {"0": 99}, [], [None], ["99"], 99, ["x"]])
def test_a_list_of_the_keys_that_items_belong_to_counts_for_nothing(store: Store, values: object) -> None:
    assert lists(store, {"author": {"_in": values}}) == BOTH


def test_neither_does_one_of_the_keys_that_items_refer_to(store: Store) -> None:
    query: Json = {"fields": ["author.name"], "limit": 1, "deep": {"author": {"_filter": {"id": {"_in": [99]}}}}}
    assert read(store, query) == [{"author": {"name": "Bob"}}]


@pytest.mark.parametrize(
    "filter_",
    [
        {"author": {"_nin": [1, 2]}}, {"author": {"_eq": 99}}, {"author": {"_in": [99], "_neq": 98}}, {"_and": [{"author": {"_in": [99]}}]},
        {"author": {"_in": [99]}, "id": {"_gt": 0}}, {"author": {"id": {"_in": [99]}}}, {"_or": [{"author": {"_in": [99]}}]},
    ],
)  # fmt: skip
def test_every_other_condition_on_them_counts(store: Store, filter_: Json) -> None:
    assert lists(store, filter_) == NONE


def test_a_list_of_other_keys_counts(store: Store) -> None:
    assert lists(store, {"id": {"_in": [4, 3]}}) == [
        {"id": 1, "articles": [{"id": 4}]},
        {"id": 2, "articles": [{"id": 3}]},
    ]


def test_of_a_longer_list_the_rest_has_to_be_readable(store: Store) -> None:
    error = refusal(
        store,
        {**LISTS, "deep": {"articles": {"_filter": {"author": {"_in": [1, 2, "x"]}}}}},
        role="admin",
        collection="users",
    )
    assert error.message == "Invalid query. Invalid numeric value."


def test_who_may_not_read_a_field_may_not_name_it_in_a_list_that_counts_for_nothing(store: Store) -> None:
    deep: Json = {"children": {"_filter": {"secret_note": {"_in": ["x"]}}}}
    error = refusal(store, {"fields": ["id"], "deep": deep, "filter": {"secret_note": {"_in": ["x"]}}}, role="reader")
    assert error.status == 403


def test_at_a_name_that_is_empty_a_deep_query_ends(store: Store) -> None:
    for deep in ({"": {"_limit": 1}, "_limit": 1}, {"": 5, "_limit": 1}, {"": {}, "_limit": 1}):
        found = read(store, {**LISTS, "deep": {"articles": deep}}, collection="users")
        assert [len(user["articles"]) for user in found] == [4, 4]  # type: ignore[arg-type]
    found = read(store, {**LISTS, "deep": {"articles": {"_limit": 1, "": {"_limit": 2}}}}, collection="users")
    assert found == BOTH


def test_below_an_alias_without_a_name_fields_are_those_of_the_first_level(store: Store) -> None:
    error = refusal(store, {"fields": ["id", ".*"], "alias": {"": "author"}}, role="admin")
    assert (error.status, error.code) == (403, "FORBIDDEN")
    assert 'fields "name", "email", "articles" in collection "articles"' in error.message


@pytest.fixture(scope="module")
def kids() -> Iterator[Store]:
    """Two lists of thirty items, some of which are alike."""
    with Store() as made:
        made.create_collection("boss", {"name": "string"})
        made.create_collection(
            "kid", {"boss": {"references": "boss", "one_field": "kids"}, "name": "string", "size": "integer"}
        )
        asyncio.run(made.items("boss", accountability=None).create([{"name": "a"}, {"name": "b"}, {"name": "c"}]))
        items = [
            {"boss": at % 2 + 1, "name": None if at % 9 == 0 else "x" * (at % 4), "size": at % 7} for at in range(60)
        ]
        asyncio.run(made.items("kid", accountability=None).create(items))
        yield made


@pytest.mark.parametrize(
    "size",
    [
        {"_limit": 1},
        {"_limit": 4, "_offset": 3},
        {"_limit": 4, "_page": 3},
        {"_limit": 0},
        {"_limit": -1, "_offset": 20},
        {"_page": 2},
        {},
    ],
)
@pytest.mark.parametrize("sort", [None, ["name"], ["-name"], ["-size"], ["size", "-name"], ["-id"], ["boss.name"]])
@pytest.mark.parametrize("filter_", [{}, {"size": {"_gt": 2}}, {"name": {"_in": ["x", "xx"]}}])
def test_the_first_items_of_lists_in_a_large_table_are_the_same(
    kids: Store, size: Json, sort: list[str] | None, filter_: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep: Json = {**size, "_filter": filter_, **({"_sort": sort} if sort else {})}
    query: Json = {"fields": ["id", "kids.id", "kids.name", "kids.size"], "deep": {"kids": deep}}
    found = read(kids, query, collection="boss")
    count_as_large(monkeypatch)
    assert read(kids, query, collection="boss") == found


def test_of_lists_in_a_large_table_no_more_than_what_is_shown_is_found(
    kids: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 300,000 items all came to the host, and were refused, where one of each list was asked for."""
    query: Json = {"fields": ["id", "kids.*"], "deep": {"kids": {"_limit": 1, "_sort": ["-name"]}}}
    few = Request(kids.access.for_role("admin"), most=400)
    with pytest.raises(DirectusError, match="bytes in the answer, 400 are the limit"):
        asyncio.run(kids.reader.read("boss", query, few))
    count_as_large(monkeypatch)
    assert [len(boss["kids"]) for boss in asyncio.run(kids.reader.read("boss", query, few)).data] == [1, 1, 0]  # type: ignore[attr-defined]
