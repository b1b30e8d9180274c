"""The official JavaScript SDK of Directus, the newest and two before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import cast

import pytest
from scopebox import Sandbox, Store
from scopebox.store.sources.sample import EDITOR, READER

from tests.clients.conftest import Run

VERSIONS = {"26": "@directus/sdk", "21": "sdk21", "20": "sdk20"}
ECHO = """
import json

def echo(request):
    return {"status": 200, "body": {"data": json.loads(request["body"])}}

await exec("register-endpoint", {"method": "POST", "path": "/echo", "handler": echo})
"""
FORBIDDEN = "You don't have permission to access"
Found = dict[str, object]


@pytest.fixture(scope="module", params=VERSIONS)
def sdk(request: pytest.FixtureRequest) -> str:
    """Return what one version of the SDK is called."""
    return VERSIONS[request.param]


@pytest.fixture(scope="module")
def found(run: Run, sdk: str) -> Iterator[Found]:
    """Return what a session of the SDK came to."""
    with Store.sample() as store, Sandbox(store) as box:
        box.load(ECHO, name="directus-extension-echo")
        store.create_collection("site", {"title": {"default": "My site"}, "count": "integer"}, singleton=True)
        yield json.loads(run("session.mjs", box.serve().url, sdk))


@pytest.fixture(scope="module")
def logged_in(run: Run, sdk: str) -> Iterator[Found]:
    """Return what a session of the SDK came to that logs in with passwords."""
    with Store.sample() as store, Sandbox(store) as box:
        yield json.loads(run("login.mjs", box.serve().url, sdk))


def error(found: Found, name: str) -> tuple[object, object, object]:
    """Return status, code and message of an error that the SDK knows for one of a Directus."""
    caught = cast("dict[str, object]", found[name])
    assert caught["directus"] is True
    (first,) = cast("list[dict[str, object]]", caught["errors"])
    return caught["status"], first["code"], first["message"]


def test_it_meets_a_server(found: Found) -> None:
    assert (found["ping"], found["info"]) == ("pong", "scopebox")


def test_it_reads_with_every_part_of_a_query(found: Found) -> None:
    assert found["list"] == [
        {
            "id": 52,
            "title": "One year of schema migrations in production",
            "author": {"name": "Sam Whitaker"},
            "comments": [{"likes": 16}],
        },
        {
            "id": 50,
            "title": "Getting started with notebooks",
            "author": {"name": "Priya Raman"},
            "comments": [{"likes": 21}],
        },
    ]
    assert found["searched"] == [{"id": 404}]
    assert found["alias"] == [{"id": 404, "words": "Article not found, and other short stories"}]
    assert found["paged"] == [{"id": 4}, {"id": 5}, {"id": 6}]
    assert found["one"] == {
        "id": 404,
        "status": "archived",
        "tags": ["window"],
        "meta": {"minutes": 9, "sources": 0},
        "price": "4.90",
    }


def test_it_aggregates(found: Found) -> None:
    assert found["counted"] == [{"count": "60"}]
    assert found["grouped"] == [
        {"status": "archived", "count": "4", "max": {"views": 669}},
        {"status": "draft", "count": "7", "max": {"views": 0}},
        {"status": "published", "count": "49", "max": {"views": 4780}},
    ]


def test_it_creates_with_what_is_nested(found: Found) -> None:
    assert found["created"] == {
        "id": 405,
        "title": "By the SDK",
        "status": "draft",
        "tags": ["a", "b"],
        "comments": [{"text": "nested"}],
    }
    assert found["several"] == [{"id": 9, "name": "sdk one"}, {"id": 10, "name": "sdk two"}]


def test_it_reads_and_updates_a_singleton_without_a_key(found: Found) -> None:
    assert found["singletons"] == [
        {"id": None, "title": "My site"},
        {"title": "By the SDK", "count": None},
        {"title": "By the SDK", "count": 2},
        {"id": 1, "title": "By the SDK"},
    ]


def test_it_updates_by_key_keys_query_and_batch(found: Found) -> None:
    assert found["updated"] == {"id": 405, "status": "published"}
    assert found["updatedMany"] == [{"name": "sdk one", "color": "red"}, {"name": "sdk two", "color": "red"}]
    assert found["updatedByQuery"] == [{"color": "blue"}, {"color": "blue"}]
    assert found["updatedBatch"] == [{"name": "sdk 0"}, {"name": "sdk 1"}]


def test_it_deletes(found: Found) -> None:
    assert (found["deletedOne"], found["deletedMany"], found["deletedByQuery"]) == (None, None, None)
    assert found["left"] == []
    assert error(found, "gone") == (403, "FORBIDDEN", f"{FORBIDDEN} this.")


def test_its_static_token_says_who_asks(found: Found) -> None:
    assert found["readerSees"] == [{"status": "published", "count": "49"}]
    assert error(found, "wrongToken") == (401, "INVALID_CREDENTIALS", "Invalid user credentials.")
    unreadable = f'{FORBIDDEN} collection "articles" or it does not exist. Queried in root.'
    assert error(found, "public") == error(found, "readerWrites") == (403, "FORBIDDEN", unreadable)
    assert error(found, "readerHides")[2] == (
        f'{FORBIDDEN} field "email" in collection "authors" or it does not exist. Queried in root.'
    )


def test_it_knows_every_error(found: Found) -> None:
    assert error(found, "missing") == (
        400,
        "FAILED_VALIDATION",
        'Validation failed for field "title". Value can\'t be null.',
    )
    assert error(found, "twice") == (
        400,
        "RECORD_NOT_UNIQUE",
        'Value "article-not-found" for field "slug" in collection "articles" has to be unique.',
    )
    assert error(found, "noField")[:2] == error(found, "noCollection")[:2] == (403, "FORBIDDEN")
    assert error(found, "noOperator") == (
        400,
        "INVALID_QUERY",
        'Invalid query. "integer" field type does not contain the "_contains" filter operator.',
    )
    status, code, message = error(found, "notHere")
    assert (status, code) == (404, "ROUTE_NOT_FOUND")
    assert "scopebox has no GraphQL" in str(message)


def test_it_calls_the_endpoint_of_an_extension(found: Found) -> None:
    assert found["endpoint"] == {"n": 1}


def test_it_logs_in_refreshes_and_logs_out(logged_in: Found) -> None:
    editor, refused = {"id": EDITOR}, {"status": 401, "codes": ["INVALID_CREDENTIALS"]}
    assert logged_in["wrong"] == refused
    assert (logged_in["expires"], logged_in["me"], logged_in["renewed"]) == (900_000, editor, True)
    assert logged_in["still"] == editor
    assert logged_in["twice"] == logged_in["ended"] == logged_in["nobody"] == refused


def test_its_session_lives_in_a_cookie(logged_in: Found) -> None:
    reader = {"id": READER}
    assert (logged_in["inCookie"], logged_in["another"], logged_in["goesOn"]) == (reader, True, reader)
    assert logged_in["cookieAfter"] == "directus_session_token="


def test_it_asks_what_there_is(logged_in: Found) -> None:
    assert (logged_in["version"], logged_in["snapshot"], logged_in["health"]) == ("11.17.4", "11.17.4", "ok")
    assert logged_in["collections"] == ["authors", "categories", "articles", "comments", "labels", "articles_labels"]
    assert logged_in["fields"] == ["id", "name", "color", "articles"]
    assert logged_in["relations"] == ["parent", "author", "category", "article", "articles_id", "labels_id"]
