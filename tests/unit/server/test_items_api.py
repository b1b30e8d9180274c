from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx
import pytest
from scopebox.server.error_shapes import error_data
from scopebox.store.errors import failed_validation, internal_error
from scopebox.store.store import Store

from tests.conformance.sequences import client_for
from tests.stores import Listener, Row, recorded_copy, rows

ADMIN = {"authorization": "Bearer admintoken"}


store = recorded_copy


def call(
    store: Store,
    method: str,
    path: str,
    body: object = None,
    *,
    headers: Mapping[str, str] = ADMIN,
    listener: Listener | None = None,
) -> httpx.Response:
    async def work() -> httpx.Response:
        async with client_for(store, listener) as client:
            return await client.request(method, path, json=body, headers=headers)

    return asyncio.run(work())


def message(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["message"])


class TestReading:
    def test_query_strings_have_both_notations(self, store: Store) -> None:
        brackets = call(store, "GET", "/items/articles?filter[title][_eq]=Hello World&fields=id,title&limit=1")
        text = call(
            store, "GET", '/items/articles?filter={"title":{"_eq":"Hello World"}}&fields[]=id&fields[]=title&limit=1'
        )
        assert brackets.json() == text.json() == {"data": [{"id": 1, "title": "Hello World"}]}

    def test_search_takes_the_query_from_the_body(self, store: Store) -> None:
        response = call(store, "SEARCH", "/items/labels", {"keys": [2, 1], "query": {"fields": ["id"]}})
        assert response.json() == {"data": [{"id": 1}, {"id": 2}]}

    def test_counts_come_when_asked_for(self, store: Store) -> None:
        response = call(store, "GET", "/items/labels?limit=1&fields=id&meta=*&filter[weight][_eq]=10")
        assert response.json()["meta"] == {"total_count": 20, "filter_count": 2}

    def test_keys_may_hold_slashes_and_percent_signs(self, store: Store) -> None:
        assert call(store, "GET", "/items/products/p%2Fq?fields=sku").json() == {"data": {"sku": "p/q"}}
        assert call(store, "GET", "/items/products/B%251?fields=sku").json() == {"data": {"sku": "B%1"}}

    def test_an_aggregate_is_asked_for_in_the_url(self, store: Store) -> None:
        assert call(store, "GET", "/items/labels?aggregate[count]=*").json() == {"data": [{"count": "20"}]}


class TestWriting:
    def test_a_list_answers_a_list_and_an_object_an_object(self, store: Store) -> None:
        one = call(store, "POST", "/items/labels?fields=id", {"name": "one"})
        many = call(store, "POST", "/items/labels?fields=id", [{"name": "two"}])
        assert (one.json(), many.json()) == ({"data": {"id": 21}}, {"data": [{"id": 22}]})

    def test_what_cannot_be_read_back_is_written_all_the_same(self, store: Store) -> None:
        response = call(store, "POST", "/items/labels?fields=nope", {"name": "one"})
        assert (response.status_code, response.content) == (204, b"")
        assert rows(store, "select count(*) from labels") == [(21,)]

    def test_a_bad_query_is_refused_before_anything_is_written(self, store: Store) -> None:
        assert call(store, "POST", "/items/labels?limit=-5", {"name": "one"}).status_code == 400
        assert rows(store, "select count(*) from labels") == [(20,)]

    def test_a_failing_read_filter_does_not_undo_the_write(self, store: Store) -> None:
        listener = Listener()

        async def fail(payload: object, meta: Row) -> object:
            raise internal_error("boom")

        listener.filters["labels.items.read"] = fail
        response = call(store, "POST", "/items/labels", {"name": "one"}, listener=listener)
        assert (response.status_code, message(response)) == (500, "boom")
        assert rows(store, "select count(*) from labels") == [(21,)]

    def test_a_forgiven_error_answers_nothing(self, store: Store) -> None:
        listener = Listener()

        async def forgive(payload: object, meta: Row) -> object:
            return None

        listener.filters["database.error"] = forgive
        for method, path, body in (
            ("POST", "", {"name": "red"}),
            ("POST", "", [{"name": "red"}]),
            ("PATCH", "/1", {"name": "green"}),
        ):
            assert call(store, method, f"/items/labels{path}", body, listener=listener).status_code == 204
        assert rows(store, "select name from labels where id = 1") == [("red",)]

    def test_deletes_answer_nothing(self, store: Store) -> None:
        for path, body in (
            ("/items/labels/1", None),
            ("/items/labels", [2]),
            ("/items/labels", {"query": {"filter": {"id": {"_eq": 3}}}}),
        ):
            assert call(store, "DELETE", path, body).status_code == 204
        assert rows(store, "select count(*) from labels where id < 4") == [(0,)]


class TestWho:
    def test_a_token_comes_as_header_or_parameter(self, store: Store) -> None:
        assert call(store, "GET", "/items/labels/1?access_token=tok-editor", headers={}).status_code == 200
        assert call(store, "GET", "/items/labels/1", headers={"authorization": "bearer tok-editor"}).status_code == 200

    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            ("/items/labels", {}, 403),
            ("/items/labels", {"authorization": "Bearer wrong"}, 401),
            ("/items/labels?access_token=wrong", {}, 401),
            ("/items/labels?access_token=tok-editor", {"authorization": "Bearer tok-editor"}, 400),
            ("/items/labels", {"authorization": "Basic tok-editor"}, 403),
        ],
    )
    def test_anything_else_is_turned_away(self, store: Store, path: str, headers: dict[str, str], status: int) -> None:
        assert call(store, "GET", path, headers=headers).status_code == status

    def test_only_administrators_read_what_went_wrong_inside(self) -> None:
        error = internal_error("secret detail")
        assert error_data(error, admin=True)["errors"] == [
            {"message": "secret detail", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}
        ]
        assert "secret" not in str(error_data(error, admin=False))

    def test_all_failures_are_answered(self) -> None:
        error = failed_validation([{"field": name, "path": [], "type": "required"} for name in "ab"])
        shown = error_data(error, admin=False)["errors"]
        assert isinstance(shown, list)
        assert [entry["extensions"]["field"] for entry in shown] == ["a", "b"]


class TestPaths:
    @pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "SEARCH"])
    @pytest.mark.parametrize("collection", ["nope", "directus_users", 'labels"--', "%00"])
    def test_a_collection_that_is_not_there_is_forbidden(self, store: Store, method: str, collection: str) -> None:
        response = call(store, method, f"/items/{collection}", {})
        assert response.status_code == 403
        assert response.json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    @pytest.mark.parametrize(
        ("method", "path"), [("PUT", "/items/labels"), ("POST", "/items/labels/1"), ("GET", "/items/labels/1/2")]
    )
    def test_other_methods_and_longer_paths_are_not_found(self, store: Store, method: str, path: str) -> None:
        response = call(store, method, path, {})
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (404, "ROUTE_NOT_FOUND")

    @pytest.mark.parametrize(
        ("method", "path", "what"),
        [
            ("POST", "/graphql", "GraphQL"), ("GET", "/graphql/system", "GraphQL"), ("GET", "/admin", "pages of an app"),
            ("GET", "/activity", "record of activity"), ("POST", "/flows", "flows"), ("PATCH", "/settings", "settings"),
            ("GET", "/server/specs/oas", "such route"), ("POST", "/utils/hash/generate", "such route"),
        ],
    )  # fmt: skip
    def test_what_a_directus_has_and_a_store_has_not_is_said(
        self, store: Store, method: str, path: str, what: str
    ) -> None:
        response = call(store, method, path, {})
        assert response.status_code == 404
        assert message(response).endswith(f"scopebox has no {what}, only items and the endpoints of extensions.")

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/metrics"), ("GET", "/flows/trigger/abc"), ("POST", "/flows/trigger/abc"), ("GET", "/Flows/Trigger/abc"), ("POST", "/activity"),
            ("PUT", "/settings"), ("GET", "/dashboards/a/b"), ("GET", "/nope"),
        ],
    )  # fmt: skip
    def test_what_a_directus_has_neither_is_not_found_in_its_words(self, store: Store, method: str, path: str) -> None:
        assert message(call(store, method, path, {})) == f"Route {path} doesn't exist."

    def test_the_server_answers_that_it_is_there(self, store: Store) -> None:
        assert call(store, "GET", "/server/ping").text == "pong"
        assert call(store, "GET", "/server/info").json()["data"]["project"]

    def test_an_empty_body_is_an_empty_object(self, store: Store) -> None:
        assert message(call(store, "POST", "/items/labels")) == 'Validation failed for field "name". Value is required.'


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "place"), [("fields=id,", "fields[1]"), ("groupBy=,id", "group[0]"), ("sort=id,,name", "sort[1]")]
    )
    def test_a_list_has_no_empty_name(self, store: Store, query: str, place: str) -> None:
        response = call(store, "GET", f"/items/labels?{query}")
        assert (response.status_code, message(response)) == (
            400,
            f'Invalid query. "{place}" is not allowed to be empty.',
        )

    def test_a_search_without_a_query_in_its_body_has_that_of_the_url(self, store: Store) -> None:
        assert call(store, "SEARCH", "/items/labels?fields=id&limit=1", {}).json() == {"data": [{"id": 1}]}
        assert call(store, "SEARCH", "/items/labels?fields=id", {"keys": [2]}).json() == {"data": [{"id": 2}]}
        body = {"query": {"limit": 1}}
        assert "name" in call(store, "SEARCH", "/items/labels?fields=id", body).json()["data"][0]
