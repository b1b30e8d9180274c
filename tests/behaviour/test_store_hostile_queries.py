"""No query gets at what its asker may not see, whatever it is made of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import cast

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store

from tests.reading import Json, make_store, read, refusal


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


def answer(store: Store, query: Json, *, role: str = "reader") -> object:
    """Return the items, or the message of an error that is in order."""
    try:
        return read(store, query, role=role)
    except DirectusError as error:
        return error.message


INJECTION = '" , (SELECT value FROM secrets) AS "x'


@pytest.mark.parametrize(
    "collection",
    [
        'articles" UNION SELECT value, 1 FROM "secrets', "(SELECT * FROM secrets)", "glob('/*')", "duckdb_secrets()",
        "'/etc/passwd'", "https://example.com/x.parquet", "pragma_database_list", "secrets\u200b", "\uff53ecrets", "SECRETS",
        "scopebox.catalog", "main.secrets", "secrets", "", "articles;", "__proto__",
    ],
)  # fmt: skip
def test_no_collection_but_those_of_the_schema_can_be_named(store: Store, collection: str) -> None:
    message = refusal(store, {}, collection=collection).message
    assert (
        message
        == f'You don\'t have permission to access collection "{collection}" or it does not exist. Queried in root.'
    )


def test_system_collections_are_refused(store: Store) -> None:
    reader = store.items("directus_users", accountability=store.access.for_role("reader"))
    with pytest.raises(DirectusError) as caught:
        asyncio.run(reader.read())
    assert caught.value.message == "You don't have permission to access this."


@pytest.mark.parametrize(
    "query",
    [
        {"fields": [f"id{INJECTION}"]},
        {"fields": ["SECRET_NOTE"]},
        {"fields": ["secret_note"]},
        {"fields": ["*", "secret_note"]},
        {"fields": ["author.email"]},
        {"fields": ["author.articles.secret_note"]},
        {"fields": ["year(day); DROP TABLE secrets; --)"]},
        {"fields": ["json(meta, $.a') , (SELECT value FROM secrets) --)"]},
        {"fields": ["json(secret_note, a)"]},
        {"fields": ["count(secret)"]},
        {"fields": ["t"], "alias": {"t": "secret_note"}},
        {"fields": ["a"], "alias": {f"a{INJECTION}": "title"}},
        {"filter": {"secret_note": {"_starts_with": "C"}}},
        {"filter": {"author": {"email": {"_nnull": True}}}},
        {"filter": {"secret": {"value": {"_eq": "CANARY"}}}},
        {"filter": {"_or": [{"secret_note": {"_null": False}}, {"id": {"_eq": 1}}]}},
        {"filter": {"title": {"_eq) OR (1=1": "x"}}},
        {"filter": {f"title{INJECTION}": {"_eq": 1}}},
        {"filter": {"author": {"articles": {"secret_note": {"_nnull": True}}}}},
        {"sort": ["secret_note"]},
        {"sort": ["author.email"]},
        {"sort": ["id; DROP TABLE secrets; --"]},
        {"aggregate": {"min": ["secret_note"]}},
        {"groupBy": ["secret_note"]},
        {"groupBy": ["views"], "aggregate": {"count": "*"}},
        {"limit": "1; DROP TABLE secrets", "offset": -5, "page": 9223372036854775808},
        {"limit": 2**70},
        {"deep": {"author": {"_sort": ["name; DROP TABLE secrets"]}}, "fields": ["author.name"]},
        {"deep": {"author": {"_filter": {"email": {"_nnull": True}}}}, "fields": ["author.name"]},
        {"deep": {"author": {"_alias": {"n": "email"}}}, "fields": ["author.n"]},
        {"fields": ["parent." * 2000 + "id"]},
        {"fields": ["*." * 50 + "*"]},
        {"fields": ["f" * 100] * 5000},
    ],
)
def test_what_is_hidden_is_refused_wherever_it_is_named(store: Store, query: Json) -> None:
    error = refusal(store, query)
    assert error.status in {400, 403}
    assert "CANARY" not in error.message


@pytest.mark.parametrize("path", ["COLUMNS('.*')", "secret.value", "item:secrets.value", "no.such"])
def test_a_path_that_leads_nowhere_or_into_what_is_hidden_shows_keys_alone(store: Store, path: str) -> None:
    keys = [row["id"] for row in read(store, {"fields": ["id"]}, role="reader")]
    assert read(store, {"fields": [path]}, role="reader") == keys


@pytest.mark.parametrize("place", ["fields", "sort", "groupBy"])
def test_forbidden_and_missing_fields_answer_alike(store: Store, place: str) -> None:
    hidden, missing = (refusal(store, {place: [name]}) for name in ("secret_note", "no_such"))
    assert hidden.message.replace("secret_note", "no_such") == missing.message
    assert (hidden.status, hidden.code, hidden.hint) == (missing.status, missing.code, missing.hint)


def test_missing_fields_are_named_before_forbidden_ones_as_in_a_directus(store: Store) -> None:
    message = refusal(store, {"fields": ["secret_note", "no_such", "title"]}).message
    assert '"no_such"' in message
    assert "secret_note" not in message


def test_an_extension_is_told_of_forbidden_and_missing_fields_in_one_list(store: Store) -> None:
    message = refusal(store, {"fields": ["no_such", "secret_note", "title"]}, literal=True).message
    assert '"no_such", "secret_note"' in message


def test_a_filter_of_any_shape_stays_within_the_rule(store: Store) -> None:
    everything: Json = {"_or": [{"status": {"_eq": "draft"}}, {"id": {"_nnull": True}}]}
    shapes: list[Json] = [
        everything,
        {},
        {"_or": [{}]},
        {"_and": []},
        {"id": {"_between": [1]}},
        {"status": {"_neq": "x"}},
    ]
    for filter_ in shapes:
        rows = read(store, {"filter": filter_, "limit": -1}, role="reader")
        assert {row["status"] for row in rows} == {"published"}


@pytest.mark.parametrize(
    "query",
    [
        {"fields": ["author.articles.title"], "limit": -1},
        {"fields": ["parent.title", "parent.parent.title"], "limit": -1},
        {"fields": ["*.*"], "limit": -1},
        {"fields": ["*"], "search": "CANARY"},
        {"fields": ["status"], "alias": {"status": "id"}, "filter": {"status": {"_neq": "x"}}},
        {"aggregate": {"min": ["title"], "max": ["title"]}},
        {"groupBy": ["title"], "limit": -1},
        {"filter": {"parent": {"title": {"_starts_with": "CANARY"}}}},
        {"filter": {"author": {"articles": {"_some": {"title": {"_starts_with": "CANARY"}}}}}},
    ],
)
def test_hidden_items_stay_hidden_behind_relations(store: Store, query: Json) -> None:
    assert "CANARY" not in str(answer(store, query))


def test_counts_hold_visible_items_only(store: Store) -> None:
    assert read(store, {"aggregate": {"count": ["*"]}}, role="reader") == [{"count": "6"}]
    assert read(store, {"fields": ["id", "count(articles)"]}, role="reader", collection="users") == [
        {"id": 1, "articles_count": "2"},
        {"id": 2, "articles_count": "4"},
    ]


def test_search_looks_into_allowed_fields_only(store: Store) -> None:
    assert read(store, {"search": "CANARYNOTE"}, role="reader") == []
    assert len(read(store, {"search": "canarynote"})) == 8


def test_a_text_with_a_zero_is_refused_as_by_postgresql(store: Store) -> None:
    found = refusal(store, {"filter": {"title": {"_eq": "a\x00b"}}})
    assert (found.status, found.message) == (500, 'invalid byte sequence for encoding "UTF8": 0x00')


@pytest.mark.parametrize(
    "value",
    ["x' OR '1'='1", "x'; ATTACH '/tmp/y.db' AS y; --", "'; COPY secrets TO '/tmp/x'; --", "$1", "?", "{}"],
)
def test_values_are_never_part_of_a_statement(store: Store, value: str) -> None:
    assert read(store, {"filter": {"title": {"_eq": value}}}, role="reader") == []
    assert read(store, {"filter": {"title": {"_contains": value}}}, role="reader") == []
    assert read(store, {"search": value}, role="reader") == []
    assert read(store, {"aggregate": {"count": "*"}}, collection="secrets") == [{"count": "1"}]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, -(10**400), "9" * 1000, "1e999999999", {"a": 1}, [[[]]]]
)
@pytest.mark.parametrize("field", ["views", "rating", "day", "title", "meta"])
def test_odd_values_are_answered_in_order(store: Store, field: str, value: object) -> None:
    for filter_ in ({field: {"_eq": value}}, {field: {"_in": [value]}}, {field: value}):
        found = answer(store, {"filter": filter_}, role="admin")
        assert found == [] or isinstance(found, str)
        assert "SELECT" not in str(found)


@pytest.mark.parametrize("value", [None, 5, "x", [], [1], True, {"x": {"y": 1}}, [[["a"]]], "{", "[]", float("nan")])
@pytest.mark.parametrize(
    "key",
    ["fields", "filter", "sort", "limit", "offset", "page", "search", "aggregate", "groupBy", "deep", "alias", "meta"],
)
def test_every_part_of_a_query_takes_any_value(store: Store, key: str, value: object) -> None:
    assert "CANARY" not in str(answer(store, {key: value}))


@pytest.mark.parametrize("depth", [50, 5_000, 100_000])
def test_deeply_nested_filters_are_refused(store: Store, depth: int) -> None:
    filter_: Json = {"id": {"_eq": 1}}
    for _ in range(depth):
        filter_ = {"_and": [filter_]}
    if depth < 100:
        assert len(read(store, {"filter": filter_})) == 1
    else:
        assert refusal(store, {"filter": filter_}).status == 400


def test_deeply_nested_deep_queries_are_refused(store: Store) -> None:
    deep: Json = {}
    level = deep
    for _ in range(2000):
        level["parent"] = {"_limit": 1}
        level = cast("Json", level["parent"])
    assert refusal(store, {"fields": ["parent.id"], "deep": deep}).status == 400


def test_guests_may_have_wildcards_taken_literally(store: Store) -> None:
    for filter_ in ({"title": {"_contains": "%"}}, {"title": {"_icontains": "_"}}, {"title": {"_starts_with": "\\"}}):
        assert read(store, {"filter": filter_}, literal=True) == []
    assert len(read(store, {"filter": {"title": {"_contains": "%"}}})) == 8
    assert len(read(store, {"filter": {"title": {"_contains": "itle"}}}, literal=True)) == 6


def test_json_paths_are_parameters(store: Store) -> None:
    rows = read(store, {"fields": ["id", "json(meta, list[1].a)", "json(meta, n)"], "limit": 1})
    assert rows == [{"id": 1, "meta_list_1_a_json": "x", "meta_n_json": 1}]
    for path in ("a'b", "$.n", "list[*]", "*", "..n", 'n"', "list[-1]", "a" * 600, "list[99999999999]"):
        assert refusal(store, {"fields": [f"json(meta, {path})"]}, role="admin").status in {400, 403}
