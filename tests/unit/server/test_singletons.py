"""Singletons over HTTP: one object without a key, there as soon as somebody has written it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.store.access import Access
from scopebox.store.store import Store

from tests.stores import Listener, Row, rows
from tests.unit.server.test_items_api import call, message

FIELDS: Row = {
    "title": {"default": "My site"}, "count": "integer", "flag": {"type": "boolean", "default": True},
    "meta": {"type": "json", "default": '{"a": 1}'}, "n": {"type": "decimal", "default": "1.50"}, "words": {"type": "csv", "default": "a,b"},
    "made": {"type": "timestamp", "default": "$NOW"}, "home": {"references": "pages"},
}  # fmt: skip
EMPTY: Row = {
    "id": None, "title": "My site", "flag": True, "meta": {"a": 1}, "n": 1.5, "words": "a,b", "made": "CURRENT_TIMESTAMP",
}  # fmt: skip
ACCESS: Row = {
    "policies": {
        "reader": {
            "permissions": [
                {"collection": "site", "action": "read", "fields": ["title"], "permissions": {"count": {"_gt": 5}}},
                {"collection": "site", "action": "create", "fields": ["title", "count"], "presets": {"count": 3}, "validation": {"title": {"_neq": "bad"}}},
            ]
        },
        "writer": {
            "permissions": [
                {"collection": "site", "action": "read", "fields": ["*"]},
                {"collection": "site", "action": "update", "fields": ["title"], "presets": {"count": 9}},
            ]
        },
    },
    "roles": {"reader": {"policies": ["reader"]}, "writer": {"policies": ["writer"]}},
    "users": {"admin": {"admin": True, "token": "admintoken"}, "reader": {"role": "reader", "token": "r"}, "writer": {"role": "writer", "token": "w"}},
}  # fmt: skip
READER, WRITER = {"authorization": "Bearer r"}, {"authorization": "Bearer w"}


@pytest.fixture(scope="module")
def original(empty: Store) -> Iterator[Store]:
    with empty.fork() as made:
        made.create_collection("pages", {"title": "string"})
        made.create_collection("site", FIELDS, singleton=True)
        made.create_collection("links", {"url": "string", "site": {"references": "site", "one_field": "links"}})
        made.access = Access.read(ACCESS)
        yield made


@pytest.fixture
def store(original: Store) -> Iterator[Store]:
    """A copy, new for each test."""
    with original.fork() as copy:
        yield copy


def get(store: Store, query: str = "", *, method: str = "GET", headers: dict[str, str] | None = None) -> object:
    response = call(store, method, f"/items/site{query}", headers=headers or {"authorization": "Bearer admintoken"})
    assert response.status_code == 200, response.text
    return response.json()["data"]


def patch(store: Store, data: object, query: str = "?fields=title,count") -> object:
    response = call(store, "PATCH", f"/items/site{query}", data)
    assert response.status_code == 200, response.text
    return response.json()["data"]


class TestWithoutAnItem:
    def test_the_defaults_are_shown_with_a_null_key(self, store: Store) -> None:
        assert get(store) == EMPTY
        assert call(store, "SEARCH", "/items/site", {"keys": [1], "query": {}}).json()["data"] == EMPTY

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("fields=title,count,home", {"title": "My site"}), ("fields=id", {"id": None}), ("fields=*.*", {}), ("fields=links", {}), ("fields=links,*", EMPTY),
            ("fields=home.title,title", {"title": "My site"}), ("alias[t]=title&fields=t", {}), ("fields=year(made)", {}), ("limit=0", EMPTY), ("page=3", EMPTY),
            ("aggregate[count]=*", {"count": "0"}), ("aggregate[count]=*&groupBy=title", EMPTY), ("aggregate[max]=count", {"max": {"count": None}}),
        ],
    )  # fmt: skip
    def test_a_query_names_the_defaults_it_wants(self, store: Store, query: str, expected: object) -> None:
        assert get(store, f"?{query}") == expected

    def test_the_query_is_checked_all_the_same(self, store: Store) -> None:
        assert call(store, "GET", "/items/site?fields=nope").status_code == 403
        assert call(store, "GET", "/items/site?limit=x").status_code == 400
        assert call(store, "SEARCH", "/items/site", {"query": {"limit": -5}}).status_code == 400
        assert call(store, "SEARCH", "/items/site", {"foo": 1}).status_code == 400

    def test_it_counts_as_none(self, store: Store) -> None:
        assert call(store, "GET", "/items/site?meta=*").json()["meta"] == {"total_count": 0, "filter_count": 0}

    def test_the_first_update_makes_it(self, store: Store) -> None:
        assert patch(store, {"count": 4}) == {"title": "My site", "count": 4}
        assert rows(store, "select id, count from site") == [(1, 4)]


class TestWithAnItem:
    @pytest.fixture(autouse=True)
    def _written(self, store: Store) -> None:
        patch(store, {"title": "T", "count": 4, "links": [{"url": "b"}, {"url": "a"}]})

    def test_it_is_shown_as_an_object(self, store: Store) -> None:
        assert get(store, "?fields=id,title&meta=*") == {"id": 1, "title": "T"}
        assert get(store, "?fields=links.url&deep[links][_sort]=url") == {"links": [{"url": "a"}, {"url": "b"}]}
        assert get(store, "?alias[t]=title&fields=t,id") == {"t": "T", "id": 1}
        assert get(store, "?aggregate[sum]=count") == {"sum": {"count": "4"}}

    def test_what_a_query_does_not_select_shows_as_the_defaults(self, store: Store) -> None:
        assert get(store, "?fields=title&filter[count][_eq]=5") == {"title": "My site"}
        assert get(store, "?fields=title&filter[count][_eq]=4") == {"title": "T"}

    def test_an_update_changes_it_whatever_key_it_names(self, store: Store) -> None:
        assert patch(store, {"id": 7, "count": 5}, "?fields=id,count") == {"id": 1, "count": 5}
        assert patch(store, [], "?fields=id") == {"id": 1}

    def test_an_empty_update_changes_nothing(self, store: Store) -> None:
        assert patch(store, {}) == {"title": "T", "count": 4}

    def test_what_may_not_be_read_back_is_an_error(self, store: Store) -> None:
        """Unlike with items that have keys, where the answer is an empty 204."""
        response = call(store, "PATCH", "/items/site?fields=nope", {"title": "written"})
        assert response.status_code == 403
        assert get(store, "?fields=title") == {"title": "written"}

    def test_its_key_reads_and_deletes_it_but_updates_nothing(self, store: Store) -> None:
        assert call(store, "GET", "/items/site/1?fields=title").json() == {"data": {"title": "T"}}
        response = call(store, "PATCH", "/items/site/1", {"title": "x"})
        assert (response.status_code, message(response)) == (404, "Route /site/1 doesn't exist.")
        assert call(store, "DELETE", "/items/site/1").status_code == 204
        assert get(store) == EMPTY

    @pytest.mark.parametrize("data", [{"title": "x"}, [{"title": "x"}], {}])
    def test_there_is_no_route_to_create_it(self, store: Store, data: object) -> None:
        response = call(store, "POST", "/items/site", data)
        assert response.status_code == 404
        assert response.json()["errors"] == [
            {
                "message": "Route /site doesn't exist.",
                "extensions": {"path": "/site", "code": "ROUTE_NOT_FOUND"},
            }
        ]

    @pytest.mark.parametrize(
        "body", [[1], {"keys": [1]}, {"query": {}}, {"query": {"filter": {"title": "T"}}, "foo": 1}]
    )
    def test_a_body_deletes_it(self, store: Store, body: object) -> None:
        assert call(store, "DELETE", "/items/site", body).status_code == 204
        assert get(store) == EMPTY

    @pytest.mark.parametrize("body", [[], {"keys": []}, {"query": {"filter": {"title": "x"}}}])
    def test_a_body_of_nothing_deletes_nothing(self, store: Store, body: object) -> None:
        assert call(store, "DELETE", "/items/site", body).status_code == 204
        assert get(store, "?fields=title") == {"title": "T"}

    @pytest.mark.parametrize("body", [None, {}, {"foo": 1}])
    def test_a_delete_of_nothing_named_is_a_500_as_there(self, store: Store, body: object) -> None:
        response = call(store, "DELETE", "/items/site", body)
        assert (response.status_code, message(response)) == (
            500,
            "Cannot read properties of undefined (reading 'limit')",
        )
        assert get(store, "?fields=title") == {"title": "T"}


class TestRoles:
    def test_the_defaults_are_shown_to_whoever_may_read_anything(self, store: Store) -> None:
        assert get(store, headers=READER) == EMPTY
        assert call(store, "GET", "/items/site", headers={}).status_code == 403

    def test_a_role_that_creates_cannot_update(self, store: Store) -> None:
        assert call(store, "PATCH", "/items/site", {"title": "bad"}, headers=READER).status_code == 400
        made = call(store, "PATCH", "/items/site", {"title": "fine"}, headers=READER)
        assert made.json()["data"] == EMPTY  # the rule of the role hides what it made
        assert rows(store, "select title, count from site") == [("fine", 3)]
        assert call(store, "PATCH", "/items/site", {"title": "again"}, headers=READER).status_code == 403

    def test_a_role_that_updates_cannot_create(self, store: Store) -> None:
        assert call(store, "PATCH", "/items/site", {"title": "x"}, headers=WRITER).status_code == 403
        patch(store, {"title": "made"})
        found = call(store, "PATCH", "/items/site?fields=title,count", {"title": "x"}, headers=WRITER)
        assert found.json() == {"data": {"title": "x", "count": 9}}
        assert call(store, "PATCH", "/items/site", {"count": 1}, headers=WRITER).status_code == 403

    def test_a_route_that_is_none_is_none_for_everybody(self, store: Store) -> None:
        assert call(store, "POST", "/items/site", {}, headers=READER).status_code == 404
        assert call(store, "POST", "/items/nope", {}, headers=READER).status_code == 403


class TestHooks:
    def test_a_read_tells_its_query_with_a_limit_of_one(self, store: Store) -> None:
        listener = Listener()
        call(store, "GET", "/items/site?fields=title&limit=-1", listener=listener)
        told = listener.heard("action", "site.items.read")
        assert told == [{"payload": [], "query": {"fields": ["title"], "limit": 1}, "collection": "site"}]

    def test_the_first_write_is_a_create_and_the_next_an_update(self, store: Store) -> None:
        listener = Listener()
        for title in ("a", "b"):
            call(store, "PATCH", "/items/site", {"title": title}, listener=listener)
        assert listener.heard("action", "site.items.create") == [
            {"payload": {"title": "a"}, "key": 1, "collection": "site"}
        ]
        assert listener.heard("action", "site.items.update") == [
            {"payload": {"title": "b"}, "keys": [1], "collection": "site"}
        ]

    def test_a_read_filter_may_take_the_item_away(self, store: Store) -> None:
        listener = Listener()

        async def nothing(payload: object, meta: Row) -> object:
            return []

        listener.filters["site.items.read"] = nothing
        patch(store, {"title": "T"})
        assert call(store, "GET", "/items/site", listener=listener).json() == {"data": EMPTY}


def test_writes_at_the_same_time_make_one_item(store: Store) -> None:
    async def work() -> list[object]:
        service = store.items("site", accountability=None)
        return await asyncio.gather(*(service.upsert({"count": number}) for number in range(20)))

    assert set(asyncio.run(work())) == {1}
    assert rows(store, "select count(*) from site") == [(1,)]


def test_the_key_of_a_singleton_may_be_a_uuid(store: Store) -> None:
    store.create_collection("marks", {"id": "uuid", "title": {"default": "T"}}, singleton=True)
    assert call(store, "GET", "/items/marks").json() == {"data": {"id": None, "title": "T"}}
    keys = {call(store, "PATCH", "/items/marks", {"title": title}).json()["data"]["id"] for title in "ab"}
    assert len(keys) == 1
    assert rows(store, "select title from marks") == [("b",)]
