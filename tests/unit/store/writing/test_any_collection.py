"""Items of any collection in payloads, and what becomes of items that are taken off a list."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import DirectusError
from scopebox.store.store import Store

from tests.blocks import QUOTE, may, pages
from tests.stores import Listener, Row, code, content, items, rows

WRITES = [may(name, action) for name in ("pages", "pages_blocks") for action in ("read", "create", "update", "delete")]
POLICIES = {
    "author": [
        *WRITES,
        may("hero"),
        may("hero", "create", "headline", presets={"status": "preset"}, validation={"headline": {"_neq": "bad"}}),
        may("hero", "update", "headline", permissions={"status": {"_eq": "draft"}}),
    ],
    "keeper": [permission for permission in WRITES if permission["action"] != "delete"],
}


@pytest.fixture(scope="module")
def original() -> Iterator[Store]:
    with pages(POLICIES) as made:
        yield made


@pytest.fixture
def store(original: Store) -> Iterator[Store]:
    """A copy, new for each test."""
    with original.fork() as copy:
        yield copy


def create(store: Store, *blocks: object, role: str = "admin", emitter: Listener | None = None) -> object:
    page = {"title": "New", "blocks": list(blocks)}
    return asyncio.run(items(store, "pages", emitter, role=role).create_one(page))


def update(store: Store, data: Row, key: int = 1, *, role: str = "admin", emitter: Listener | None = None) -> None:
    asyncio.run(items(store, "pages", emitter, role=role).update_many([key], data))


def references(store: Store, page: object) -> list[tuple[object, ...]]:
    return rows(store, f"select collection, item from pages_blocks where page = {page} order by id")


class TestItems:
    def test_an_object_becomes_an_item_of_the_collection_that_is_named(self, store: Store) -> None:
        key = create(
            store,
            {"collection": "hero", "item": {"headline": "made"}},
            {"collection": "prose", "item": "1"},
            {"collection": "quote", "item": {"uid": QUOTE.replace("1", "2"), "text": "made"}},
        )
        assert references(store, key) == [("hero", "4"), ("prose", "1"), ("quote", QUOTE.replace("1", "2"))]
        assert rows(store, "select headline from hero where id = 4") == [("made",)]

    def test_an_object_with_a_known_key_is_updated(self, store: Store) -> None:
        key = create(
            store,
            {"collection": "hero", "item": {"id": 1, "headline": "new"}},
            {"collection": "hero", "item": {"id": 2}},
        )
        assert references(store, key) == [("hero", "1"), ("hero", "2")]
        assert rows(store, "select headline from hero order by id") == [("new",), ("Ho",), ("CANARY",)]

    def test_items_nest_as_deep_as_their_relations(self, store: Store) -> None:
        cells = [
            {
                "collection": "columns",
                "item": {
                    "title": "inner",
                    "cells": [{"collection": "hero", "item": {"headline": "deep", "author": {"name": "Cy"}}}],
                },
            }
        ]
        key = create(store, {"collection": "columns", "item": {"title": "outer", "cells": cells}})
        assert references(store, key) == [("columns", "2")]
        assert rows(
            store,
            "select o.title, i.title, h.headline, p.name from columns_cells oc join columns o on o.id = oc.columns_id "
            "join columns i on oc.collection = 'columns' and oc.item = i.id::varchar join columns_cells ic on ic.columns_id = i.id "
            "join hero h on ic.item = h.id::varchar and ic.collection = 'hero' join people p on p.id = h.author",
        ) == [("outer", "inner", "deep", "Cy")]

    def test_the_three_forms_change_what_they_name(self, store: Store) -> None:
        changes = {
            "create": [{"collection": "prose", "item": {"body": "n"}}],
            "update": [{"id": 2, "collection": "hero", "item": {"headline": "moved"}}],
            "delete": [1],
        }
        update(store, {"blocks": changes})
        assert references(store, 1) == [("hero", "4"), ("quote", QUOTE), ("columns", "1"), ("prose", "3")]
        assert rows(store, "select count(*) from pages_blocks where id = 1") == [(0,)]

    def test_a_reference_needs_no_junction(self, store: Store) -> None:
        links = items(store, "links")
        asyncio.run(links.update_many([1, 2], {"kind": "hero", "item": {"headline": "for both"}}))
        assert rows(store, "select distinct kind, item from links") == [("hero", "4")]

    @pytest.mark.parametrize(
        ("block", "reason"),
        [
            ({"collection": "posts", "item": {"title": "x"}}, '"pages_blocks.item" can\'t be linked to collection "posts".'),
            ({"collection": "gone", "item": {}}, '"pages_blocks.item" can\'t be linked to collection "gone".'),
            ({"collection": 7, "item": {}}, '"pages_blocks.item" can\'t be linked to collection "7".'),
            ({"item": {"headline": "x"}}, 'Can\'t update nested record "pages_blocks.item" without field "pages_blocks.collection" being set.'),
            ({"collection": "", "item": {}}, 'Can\'t update nested record "pages_blocks.item" without field "pages_blocks.collection" being set.'),
        ],
    )  # fmt: skip
    def test_a_refused_item_leaves_nothing_of_the_call(self, store: Store, block: Row, reason: str) -> None:
        before = content(store)
        with pytest.raises(DirectusError) as caught:
            create(store, {"collection": "hero", "item": {"headline": "first"}}, block)
        assert code(caught.value) == (400, "INVALID_PAYLOAD", f"Invalid payload. {reason}")
        assert content(store) == before

    def test_no_object_is_ever_stored_as_text(self, store: Store) -> None:
        key = create(store, {"collection": "hero", "item": {}})
        assert references(store, key) == [("hero", "4")]
        with pytest.raises(DirectusError) as caught:
            create(store, {"collection": "hero", "item": {"id": None, "headline": "x"}})
        assert caught.value.code == "FAILED_VALIDATION"
        assert rows(store, "select count(*) from pages_blocks where item like '%{%'") == [(0,)]

    def test_a_plain_key_is_taken_as_it_is(self, store: Store) -> None:
        key = create(
            store, {"collection": "posts", "item": "1"}, {"collection": "hero", "item": 7}, {"collection": "hero"}
        )
        assert references(store, key) == [("posts", "1"), ("hero", "7"), ("hero", None)]


class TestRights:
    def test_presets_of_the_collection_are_added(self, store: Store) -> None:
        create(store, {"collection": "hero", "item": {"headline": "made"}}, role="author")
        assert rows(store, "select headline, status from hero where id > 3") == [("made", "preset")]

    @pytest.mark.parametrize(
        ("block", "kind"),
        [
            ({"collection": "hero", "item": {"headline": "bad"}}, "FAILED_VALIDATION"),
            ({"collection": "hero", "item": {"headline": "x", "status": "mine"}}, "FORBIDDEN"),
            ({"collection": "hero", "item": {"id": 2, "headline": "published"}}, "FORBIDDEN"),
            ({"collection": "prose", "item": {"body": "x"}}, "FORBIDDEN"),
            ({"collection": "quote", "item": {"text": "x"}}, "FORBIDDEN"),
        ],
    )
    def test_what_the_role_may_not_do_there_it_may_not_do_here(self, store: Store, block: Row, kind: str) -> None:
        before = content(store)
        with pytest.raises(DirectusError) as caught:
            create(store, {"collection": "hero", "item": {"headline": "first"}}, block, role="author")
        assert caught.value.code == kind
        assert content(store) == before

    def test_what_is_taken_off_is_deleted_with_the_right_to_delete(self, store: Store) -> None:
        before = content(store)
        every: list[Row] = [{"blocks": [1]}, {"blocks": {"delete": [1]}}, {"blocks": []}]
        for data in every:
            with pytest.raises(DirectusError) as caught:
                update(store, data, role="keeper")
            assert caught.value.code == "FORBIDDEN"
        assert content(store) == before
        update(store, {"blocks": [1, 2, 3, 4]}, role="keeper")
        update(store, {"blocks": [1]}, role="author")
        assert rows(store, "select id from pages_blocks where page = 1") == [(1,)]


class TestEvents:
    def test_filters_and_actions_of_the_collection_fire_around_those_of_the_junction(self, store: Store) -> None:
        listener = Listener()

        async def same(payload: object, _meta: Row) -> object:
            return payload

        listener.filters["items.create"] = same
        create(store, {"collection": "hero", "item": {"headline": "made"}}, emitter=listener)
        told = [meta for kind, name, meta in listener.told if (kind, name) == ("action", "items.create")]
        assert [meta["collection"] for meta in told if isinstance(meta, dict)] == ["pages", "hero", "pages_blocks"]
        filtered = [payload for kind, _, payload in listener.told if kind == "filter"]
        assert [sorted(payload) for payload in filtered if isinstance(payload, dict)] == [
            ["blocks", "title"],
            ["collection", "item", "page"],
            ["headline"],
        ]

    def test_a_filter_may_change_the_item(self, store: Store) -> None:
        listener = Listener()

        async def louder(payload: object, _meta: Row) -> object:
            assert isinstance(payload, dict)
            return {**payload, "headline": str(payload["headline"]).upper()}

        listener.filters["hero.items.create"] = louder
        create(store, {"collection": "hero", "item": {"headline": "made"}}, emitter=listener)
        assert rows(store, "select headline from hero where id = 4") == [("MADE",)]

    def test_what_is_taken_off_is_told_as_deleted_or_as_detached(self, store: Store) -> None:
        listener = Listener()
        update(store, {"blocks": [1], "translations": [1]}, emitter=listener)
        assert listener.heard("action", "pages_blocks.items.delete") == [
            {"payload": [2, 3, 4], "keys": [2, 3, 4], "collection": "pages_blocks"}
        ]
        assert listener.heard("action", "pages_translations.items.delete") == []
        assert rows(store, "select id, pages_id from pages_translations order by id") == [(1, 1), (2, None)]


class TestTranslations:
    def test_a_language_is_a_key_or_an_object(self, store: Store) -> None:
        changes = [
            {"id": 1, "title": "Home!"},
            {"languages_code": {"code": "fr", "name": "French"}, "title": "Accueil"},
            {"languages_code": {"code": "de", "name": "Deutsch"}, "title": "Start!"},
            {"languages_code": "en", "title": "Again"},
        ]
        update(store, {"translations": changes})
        assert rows(store, "select languages_code, title from pages_translations where pages_id = 1 order by id") == [
            ("en", "Home!"), ("fr", "Accueil"), ("de", "Start!"), ("en", "Again"),
        ]  # fmt: skip
        assert rows(store, "select name from languages order by code") == [("Deutsch",), ("English",), ("French",)]

    def test_a_language_that_is_not_there_is_refused(self, store: Store) -> None:
        with pytest.raises(DirectusError) as caught:
            update(store, {"translations": [{"languages_code": "xx", "title": "x"}]})
        assert caught.value.code == "INVALID_FOREIGN_KEY"


class TestBounds:
    def test_items_of_any_collection_count_as_related_items(self, store: Store) -> None:
        block = {"collection": "hero", "item": {"headline": "x"}}
        with pytest.raises(DirectusError, match="related items come with the items"):
            create(store, *[block] * 6_000)

    def test_items_of_any_collection_nest_as_deep_as_others(self, store: Store) -> None:
        item: Row = {"title": "x"}
        for _ in range(60):
            item = {"title": "x", "cells": [{"collection": "columns", "item": item}]}
        before = content(store)
        with pytest.raises(DirectusError, match="nested more than"):
            create(store, {"collection": "columns", "item": item})
        assert content(store) == before
