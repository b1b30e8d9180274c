"""Relations to any collection: what fields, wildcards, deep queries, filters and sorts make of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.reading.request import Request
from scopebox.store.store import Store

from tests.blocks import QUOTE, may, pages, tangle
from tests.reading import Json, read, refusal

FIRST: Json = {"filter": {"id": {"_eq": 1}}}
SECOND: Json = {"filter": {"id": {"_eq": 2}}}
POLICIES = {
    "some": [may("pages"), may("pages_blocks"), may("hero", "read", "headline"), may("prose", permissions={"id": {"_gt": 1}})],
    "none": [may("pages"), may("pages_blocks")],
    "ruled": [
        may("pages", permissions={"blocks": {"item:hero": {"headline": {"_eq": "Hi"}}}}),
        may("pages_blocks"),
        may("hero", permissions={"status": {"_neq": "secret"}}),
    ],
    "itemless": [may("pages"), may("pages_blocks", "read", "id", "collection"), may("hero")],
}  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with pages(POLICIES) as made:
        yield made


def blocks(store: Store, fields: str, query: Json = FIRST, *, role: str = "admin") -> object:
    found = read(store, {**query, "fields": fields}, collection="pages", role=role)
    return found[0]["blocks"]


class TestFields:
    def test_each_collection_shows_the_fields_of_its_scope(self, store: Store) -> None:
        assert blocks(store, "blocks.collection,blocks.item:hero.headline,blocks.item:prose.body") == [
            {"collection": "hero", "item": {"headline": "Hi"}},
            {"collection": "prose", "item": {"body": "Text"}},
            {"collection": "quote"},
            {"collection": "columns", "item": 1},
        ]

    def test_fields_without_a_scope_are_those_of_every_collection(self, store: Store) -> None:
        assert blocks(store, "blocks.item.*") == [
            {"item": {"id": 1, "headline": "Hi", "status": "draft", "author": 1}},
            {"item": {"id": 1, "body": "Text"}},
            {"item": {"uid": QUOTE, "text": "Quote"}},
            {"item": {"id": 1, "title": "Two", "cells": [1, 2]}},
        ]
        with pytest.raises(DirectusError, match='field "id" in collection "quote"'):
            blocks(store, "blocks.item.id")

    def test_a_bare_reference_is_the_text_that_stands_there(self, store: Store) -> None:
        assert blocks(store, "blocks.item") == [{"item": "1"}, {"item": "1"}, {"item": QUOTE}, {"item": "1"}]

    def test_an_item_that_nobody_can_find_shows_null(self, store: Store) -> None:
        found = blocks(store, "blocks.item:hero.headline", SECOND)
        assert found == [{"item": {"headline": "CANARY"}}, *[{"item": None}] * 5]

    def test_paths_go_on_behind_the_item(self, store: Store) -> None:
        found = blocks(store, "blocks.item:hero.author.name,blocks.item:columns.cells.item:hero.headline")
        assert found == [
            {"item": {"author": {"name": "Ada"}}},
            {"item": 1},
            {},
            {"item": {"cells": [{"item": {"headline": "Ho"}}, {"item": 1}]}},
        ]

    def test_wildcards_open_relations_to_any_collection_too(self, store: Store) -> None:
        assert blocks(store, "*.item:prose.body")[1] == {"item": {"body": "Text"}}  # type: ignore[index]
        assert blocks(store, "*.*.*")[0]["item"] == {"id": 1, "headline": "Hi", "status": "draft", "author": 1}  # type: ignore[index]
        ones = read(store, {"fields": "*.*"}, collection="links")
        assert [one["item"] for one in ones] == [
            {"id": 2, "headline": "Ho", "status": "published", "author": None},
            {"id": 1, "title": "Home", "blocks": [1, 2, 3, 4], "translations": [1, 2]},
        ]

    def test_a_scope_before_fields_of_all_fails_as_in_a_directus(self, store: Store) -> None:
        error = refusal(store, {"fields": "blocks.item:hero.id,blocks.item.id"}, role="admin", collection="pages")
        assert (error.status, error.message) == (500, "relationalStructure[rootField].push is not a function")

    def test_a_scope_of_no_relation_leads_nowhere(self, store: Store) -> None:
        assert str(read(store, {"fields": "title:hero", **FIRST}, collection="pages")) == "[1]"
        assert read(store, {"fields": "id,blocks:hero.headline", **FIRST}, collection="pages") == [
            {"id": 1, "blocks": [1, 2, 3, 4]}
        ]

    @pytest.mark.parametrize(
        ("text", "shown"), [("01", "Hi"), (" 2 ", "Ho"), ("1.5", None), ("-1", None), ("9" * 30, None)]
    )
    def test_a_text_refers_to_the_number_that_it_says(self, store: Store, text: str, shown: str | None) -> None:
        with store.fork() as copy:
            copy.sql(f"update pages_blocks set item = '{text}' where id = 1")
            assert blocks(copy, "blocks.item:hero.headline")[0]["item"] == (shown and {"headline": shown})  # type: ignore[index]

    def test_a_text_that_is_no_number_is_refused_where_keys_are_numbers(self, store: Store) -> None:
        with store.fork() as copy:
            copy.sql("update pages_blocks set item = 'abc' where id in (1, 3)")
            with pytest.raises(DirectusError, match="Invalid numeric value"):
                blocks(copy, "blocks.item:hero.headline")
            assert blocks(copy, "blocks.item:quote.text", {"filter": {"id": {"_eq": 2}}})


class TestQueries:
    @pytest.mark.parametrize(
        ("deep", "headline"),
        [
            ({"_filter": {"headline": {"_eq": "Hi"}}, "_limit": 0}, {"headline": "Hi"}),
            ({"_filter": {"headline": {"_eq": "No"}}}, None),
            ({"_search": "none such"}, None),
            ({"_offset": 1}, None),
            ({"_page": 2}, None),
            ({"_fields": ["status"], "_sort": ["-id"]}, {"headline": "Hi"}),
        ],
    )
    def test_a_deep_query_reaches_the_items_of_one_collection(self, store: Store, deep: Json, headline: object) -> None:
        query = {**FIRST, "deep": {"blocks": {"item:hero": deep}}}
        assert blocks(store, "blocks.item:hero.headline", query)[0]["item"] == headline  # type: ignore[index]

    def test_an_alias_of_the_reference_finds_nothing_as_in_a_directus(self, store: Store) -> None:
        query = {**FIRST, "deep": {"blocks": {"_alias": {"block": "item"}}}}
        assert blocks(store, "blocks.block.*", query) == [{"block": None}] * 4

    @pytest.mark.parametrize(
        ("filter_", "keys"),
        [
            ({"blocks": {"item:hero": {"headline": {"_eq": "Hi"}}}}, [1]),
            ({"blocks": {"item:hero": {"author": {"name": {"_eq": "Ada"}}}}}, [1]),
            ({"blocks": {"item:columns": {"cells": {"item:hero": {"headline": {"_eq": "Ho"}}}}}}, [1]),
            ({"blocks": {"item:quote": {"text": {"_eq": "Quote"}}}}, [1]),
            ({"blocks": {"item:posts": {"title": {"_eq": "Post"}}}}, [2]),
            ({"blocks": {"_some": {"item:hero": {"headline": {"_eq": "Hi"}}}}}, [1]),
            ({"blocks": {"_none": {"item:hero": {"headline": {"_eq": "Hi"}}}}}, [2]),
            ({"blocks": {"collection": {"_eq": "posts"}}}, [2]),
            ({"count(blocks)": {"_gt": 4}}, [2]),
        ],
    )
    def test_filters_follow_a_scope(self, store: Store, filter_: Json, keys: list[int]) -> None:
        assert [row["id"] for row in read(store, {"filter": filter_, "fields": "id"}, collection="pages")] == keys

    @pytest.mark.parametrize(
        ("query", "status", "reason"),
        [
            ({"filter": {"blocks": {"item": {"_eq": "1"}}}}, 400, "You have to provide a collection scope"),
            ({"filter": {"blocks": {"item": {"body": {"_eq": "1"}}}}}, 403, 'field "body" in collection "pages_blocks"'),
            ({"filter": {"blocks": {"item:gone": {"x": {"_eq": 1}}}}}, 403, 'collection "gone"'),
            ({"filter": {"blocks": {"item:hero": {"_eq": 1}}}}, 500, "reading 'type'"),
            ({"filter": {"blocks": {"item:hero": {"author": {"_some": {"name": {"_eq": "x"}}}}}}}, 400, '"_some" can only'),
            ({"sort": "blocks.item"}, 400, "You have to provide a collection scope"),
            ({"sort": "blocks.item:hero"}, 500, "reading 'type'"),
            ({"sort": "blocks.item:gone.x"}, 403, 'collection "gone"'),
        ],
    )  # fmt: skip
    def test_paths_that_lead_to_no_collection_are_refused(
        self, store: Store, query: Json, status: int, reason: str
    ) -> None:
        error = refusal(store, query, role="admin", collection="pages")
        assert (error.status, reason in error.message) == (status, True)

    def test_sorts_follow_a_scope(self, store: Store) -> None:
        query: Json = {"sort": "-item:hero.headline", "filter": {"item:hero": {"id": {"_nnull": True}}}, "fields": "id"}
        assert [row["id"] for row in read(store, query, collection="pages_blocks")] == [1, 5]


class TestRights:
    def test_collections_and_items_that_may_not_be_read_show_null(self, store: Store) -> None:
        assert blocks(store, "blocks.item.*", role="some") == [
            {"item": {"headline": "Hi"}},
            {"item": None},
            {"item": None},
            {"item": None},
        ]
        assert blocks(store, "blocks.item:hero.headline", role="none") == [{"item": None}] * 4

    def test_a_rule_hides_the_items_of_one_collection(self, store: Store) -> None:
        assert [row["id"] for row in read(store, {"fields": "id"}, collection="pages", role="ruled")] == [1]
        query: Json = {"fields": "item:hero.headline", "filter": {"id": {"_in": [1, 5]}}}
        rows = read(store, query, collection="pages_blocks", role="ruled")
        assert rows == [{"item": {"headline": "Hi"}}, {"item": None}]

    @pytest.mark.parametrize(
        "query",
        [
            {"fields": "blocks.item:hero.status"},
            {"filter": {"blocks": {"item:hero": {"status": {"_eq": "draft"}}}}},
            {"filter": {"blocks": {"item:quote": {"text": {"_eq": "Quote"}}}}},
            {"filter": {"_or": [{"blocks": {"_none": {"item:columns": {"title": {"_eq": "Two"}}}}}]}},
            {"sort": "blocks.item:hero.status"},
            {"sort": "blocks.item:quote.text"},
            {"fields": "blocks.item:hero.headline", "deep": {"blocks": {"item:hero": {"_sort": ["status"]}}}},
        ],
    )
    def test_nothing_about_what_may_not_be_read_can_be_asked(self, store: Store, query: Json) -> None:
        error = refusal(store, query, role="some", collection="pages")
        assert error.code == "FORBIDDEN"

    @pytest.mark.parametrize(
        "condition", [{"_eq": "CANARY"}, {"_starts_with": "CAN"}, {"_neq": "Hi"}, {"_null": False}, {"_nin": ["Hi"]}]
    )
    def test_a_guest_learns_nothing_of_a_hidden_item(self, store: Store, condition: Json) -> None:
        query: Json = {"filter": {"item:hero": {"headline": condition}, "id": {"_eq": 5}}, "fields": "id"}
        assert read(store, query, collection="pages_blocks", role="ruled", literal=True) == []
        null: Json = {"filter": {"item:hero": {"headline": {"_null": True}}, "id": {"_eq": 5}}, "fields": "id"}
        assert read(store, null, collection="pages_blocks", role="ruled", literal=True) == []

    def test_a_hidden_item_is_never_shown(self, store: Store) -> None:
        for deep in ({"_search": "CANARY"}, {"_filter": {"headline": {"_eq": "CANARY"}}}, {"_sort": ["-headline"]}):
            query: Json = {"fields": "item:hero.headline,item:hero.*", "deep": {"item:hero": deep}}
            assert "CANARY" not in str(read(store, query, collection="pages_blocks", role="ruled"))

    def test_the_reference_itself_has_to_be_allowed(self, store: Store) -> None:
        every: list[Json] = [
            {"fields": "blocks.item:hero.id"},
            {"filter": {"blocks": {"item:hero": {"id": {"_eq": 1}}}}},
        ]
        for query in every:
            assert refusal(store, query, role="itemless", collection="pages").code == "FORBIDDEN"
        assert blocks(store, "blocks.*", role="itemless")[0] == {"id": 1, "collection": "hero"}  # type: ignore[index]


class TestBounds:
    def test_wildcards_do_not_multiply_beyond_the_limit_of_levels(self) -> None:
        with tangle(8) as tangled:
            assert len(read(tangled, {"fields": "*.*.*.*"}, collection="c0")[0]["items"]) == 8  # type: ignore[arg-type]
            for stars in range(7, 11):
                error = refusal(tangled, {"fields": ".".join("*" * stars)}, role="admin", collection="c0")
                assert "300 are the limit" in error.message

    def test_an_answer_that_multiplies_is_refused_by_its_size(self) -> None:
        with tangle(6) as tangled:
            request = Request(tangled.access.for_role("admin"), most=2_000)
            with pytest.raises(DirectusError, match="in the answer"):
                asyncio.run(tangled.reader.read("c0", {"fields": ["*.*.*.*.*.*"]}, request))

    def test_scopes_count_as_relations_of_a_filter(self, store: Store) -> None:
        many = [{"blocks": {"_some": {"item:hero": {"headline": {"_eq": str(n)}}}}} for n in range(60)]
        error = refusal(store, {"filter": {"_or": many}}, role="admin", collection="pages")
        assert error.code == "INVALID_QUERY"

    @pytest.mark.parametrize(
        "scope", [":", ":::", "item::", "item:" + "x" * 400, "item:hero:prose", "(item:hero)", "item:'"]
    )
    def test_a_scope_of_nonsense_is_refused_or_leads_nowhere(self, store: Store, scope: str) -> None:
        every: tuple[Json, ...] = (
            {"fields": f"id,{scope}.id"},
            {"filter": {scope: {"id": {"_eq": 1}}}},
            {"sort": f"{scope}.id"},
            {"fields": "id", "deep": {scope: {"_limit": 1}}},
        )
        for query in every:
            try:
                read(store, query, collection="pages_blocks")
            except DirectusError as error:
                assert error.code in {"FORBIDDEN", "INVALID_QUERY", "INTERNAL_SERVER_ERROR"}  # noqa: PT017 - both may be
