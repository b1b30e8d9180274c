"""The official JavaScript SDK of Directus, from npm, against ``box.serve()``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from scopebox import Sandbox, Store

SDK = Path(__file__).parents[1] / "sdk"
OLDEST_NODE = 18
ECHO = """
import json

def echo(request):
    return {"status": 200, "body": {"data": json.loads(request["body"])}}

await exec("register-endpoint", {"method": "POST", "path": "/echo", "handler": echo})
"""
FORBIDDEN = "You don't have permission to access"
Found = dict[str, object]


def unavailable(reason: str) -> None:
    """Skip, with the reason; in continuous integration that is a failure."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason}; continuous integration has to run these tests")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the SDK installed."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        unavailable("node and npm are needed to run the SDK")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        unavailable(f"node {OLDEST_NODE} or newer is needed, this is {version.strip()}")
    target = tmp_path_factory.mktemp("sdk")
    shutil.copytree(SDK, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
    install = [
        "npm",
        "install",
        "--no-audit",
        "--no-fund",
        "--no-package-lock",
        "--engine-strict=false",
        "--prefer-offline",
    ]
    done = subprocess.run(install, cwd=target, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        unavailable(f"npm could not install the SDK: {done.stderr.strip()[-300:]}")
    return target


@pytest.fixture(scope="module")
def found(folder: Path) -> Iterator[Found]:
    """Return what a session of the SDK came to."""
    with Store.sample() as store, Sandbox(store) as box:
        box.load(ECHO, name="directus-extension-echo")
        store.create_collection("site", {"title": {"default": "My site"}, "count": "integer"}, singleton=True)
        command = ["node", "session.mjs", box.serve().url]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        yield json.loads(done.stdout)


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
    assert "tokens are static" in str(message)


def test_it_calls_the_endpoint_of_an_extension(found: Found) -> None:
    assert found["endpoint"] == {"n": 1}
