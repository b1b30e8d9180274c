"""Recording: a project is put onto a server, the cases are asked, and the answers stand in the file."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.conformance.cases import Json
from tests.conformance.instance import Instance, RecordingError
from tests.conformance.record import Recorder, record

KEY = "2b0f2f1e-8f2c-4b59-9a10-0d2f4f4a0b11"


class FakeDirectus:
    """Answers as a server that keeps collections and users, and whose items are ``rows``."""

    def __init__(self, rows: list[Json]) -> None:
        self.rows, self.collections, self.requests = rows, [{"collection": "directus_users"}], list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.requests.append(f"{request.method} {request.url.path}")
        return httpx.Response(200, json={"data": self._answer(request)})

    def _answer(self, request: httpx.Request) -> object:
        path = request.url.path
        if request.method == "POST":
            body = json.loads(request.content)
            self.collections += [body] if path == "/collections" else []
            return {"id": KEY, **(body if isinstance(body, dict) else {})}
        if request.method == "DELETE" and path.startswith("/collections/"):
            self.collections = self.collections[:1]
        found: dict[str, object] = {
            "/users/me": {"id": "chief", "role": "rulers"},
            "/collections": self.collections,
            "/items/posts": self.rows,
            "/schema/snapshot": {
                "version": 1, "directus": "11", "vendor": "postgres", "relations": [],
                "collections": [{"collection": "posts", "meta": {}}], "fields": [{"collection": "posts", "field": "id", "meta": None}],
            },
        }  # fmt: skip
        return found.get(path, [])


def recorder(folder: Path, side: str, fake: FakeDirectus) -> Recorder:
    """Return a recorder that asks ``fake``."""
    client = httpx.AsyncClient(transport=httpx.MockTransport(fake), base_url="http://test")
    return Recorder(folder, side, Instance(client, "t"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    read: Json = {"method": "GET", "path": "/items/posts"}
    case = {"id": "a-1", "category": "a", "role": "ada", "steps": [read, {**read, "method": "PATCH", "body": {}}]}
    (tmp_path / "cases.jsonl").write_text(f"{json.dumps(case)}\n{json.dumps({**case, 'id': 'b-1'})}\n", "utf-8")
    (tmp_path / "snapshot.json").write_text(json.dumps({"collections": [{"collection": "posts"}]}), "utf-8")
    (tmp_path / "items.json").write_text(json.dumps({"posts": [{"id": 1}]}), "utf-8")
    (tmp_path / "access.json").write_text(json.dumps({"users": {"ada": {"token": "x", "first_name": "Ada"}}}), "utf-8")
    return tmp_path


def cases_of(folder: Path) -> list[Json]:
    """Return the cases that stand in ``folder``."""
    return [json.loads(line) for line in (folder / "cases.jsonl").read_text("utf-8").splitlines()]


def test_answers_on_which_the_databases_agree_are_one_expectation(folder: Path) -> None:
    fakes = [FakeDirectus([{"id": 1}]), FakeDirectus([{"id": 1.0}])]
    recorders = [recorder(folder, side, fake) for side, fake in zip(("sqlite", "pg"), fakes, strict=True)]
    asyncio.run(record(recorders, "a-"))
    first, second = cases_of(folder)
    assert first["agree"] is True
    assert first["steps"][0]["expect"] == {"data": [{"id": 1}]}  # type: ignore[index]
    assert "expect" not in second["steps"][0]  # type: ignore[index]
    assert json.loads((folder / "snapshot.json").read_text("utf-8"))["vendor"] == "postgres"
    assert all(fake.collections == [{"collection": "directus_users"}] for fake in fakes)


def test_answers_that_differ_stand_side_by_side(folder: Path) -> None:
    recorders = [recorder(folder, side, FakeDirectus([{"n": side}])) for side in ("sqlite", "pg")]
    asyncio.run(record(recorders))
    step = cases_of(folder)[0]["steps"][0]  # type: ignore[index]
    assert (step["expect_sqlite"], step["expect_pg"]) == ({"data": [{"n": "sqlite"}]}, {"data": [{"n": "pg"}]})


def test_what_a_server_makes_up_is_masked(folder: Path) -> None:
    row: Json = {"key": KEY, "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")}
    asyncio.run(record([recorder(folder, "sqlite", FakeDirectus([row]))]))
    step = cases_of(folder)[0]["steps"][0]  # type: ignore[index]
    assert step["masked"] == ["data.0.at", "data.0.key"]
    assert step["expect"] == {"data": [{"key": "<masked uuid>", "at": "<masked time>"}]}


def test_after_a_case_that_changes_something_the_project_is_put_on_anew(folder: Path) -> None:
    fake = FakeDirectus([])
    asyncio.run(record([recorder(folder, "sqlite", fake)]))
    assert fake.requests.count("POST /collections") == 2


def test_a_server_with_collections_is_not_cleared_by_mistake(folder: Path) -> None:
    fake = FakeDirectus([])
    fake.collections.append({"collection": "mine"})
    with pytest.raises(RecordingError, match="The instance is not empty: mine"):
        asyncio.run(recorder(folder, "sqlite", fake).instance.check_empty())
    assert not any(request.startswith("DELETE") for request in fake.requests)
