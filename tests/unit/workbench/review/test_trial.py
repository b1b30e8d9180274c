from __future__ import annotations

import json
from pathlib import Path

import pytest
from scopebox.errors import ScopeboxError
from scopebox.isolate.pool import IsolatePool
from scopebox.packages.package import read_package
from scopebox.sandbox.sandbox import Sandbox
from scopebox.workbench.review.plan import Plan, read_plan
from scopebox.workbench.review.seen import account_of_extension
from scopebox.workbench.review.trial import tried
from scopebox.workbench.review.views import account_view

from tests.packages import files, folder, package_json

OSLO = {"operation": "acme-weather", "options": {"city": "Oslo"}}
PLAN = {
    "mocks": [{"method": "GET", "url": "https://api.weather.test/v1/*", "json": {"sky": "blue"}}],
    "operations": [OSLO, {"operation": "none"}],
}


def plan(place: Path, data: object) -> Plan:
    (place / "plan.json").write_text(json.dumps(data))
    return read_plan(place / "plan.json")


def test_a_package_is_tried_on_mocks_and_what_it_did_is_told(pool: IsolatePool, tmp_path: Path) -> None:
    found = tried(read_package(folder(tmp_path)), plan(tmp_path, PLAN), pool)
    assert found.runs is not None
    assert found.runs.tried[0] == "load: ok, operation acme-weather"
    assert found.runs.tried[1] == 'operation acme-weather: ok, {"sky":"blue"}'
    assert found.runs.tried[2].startswith("operation none: failed: No operation is called")
    assert [(asking.host, asking.methods) for asking in found.runs.requests] == [
        ("https://api.weather.test", {"GET": 1})
    ]
    assert found.runs.others == {"register-operation": 1, "log": 1}
    assert found.runs.logs == ("weather of Oslo",)
    assert found.unused == ()
    words = account_view(found).text()
    assert "What it did in 2 runs with 3 calls; other runs may do more." in words


def test_a_request_that_no_mock_answers_fails_and_names_the_line(pool: IsolatePool, tmp_path: Path) -> None:
    found = tried(read_package(folder(tmp_path)), plan(tmp_path, {"operations": [OSLO]}), pool)
    assert found.runs is not None
    assert "%sandbox mock GET https://api.weather.test/v1/Oslo {}" in found.runs.tried[1]
    assert found.runs.requests[0].failed == 1


def test_what_was_asked_for_and_never_used_and_what_was_refused_is_told(pool: IsolatePool, tmp_path: Path) -> None:
    code = """import { request } from "directus:api";
    export default { id: "x", handler: async () => { try { await request("https://other.test/"); } catch {} } };"""
    found = tried(
        read_package(folder(tmp_path, files(**{"dist/api.js": code}))),
        plan(tmp_path, {"operations": [{"operation": "x"}]}),
        pool,
    )
    assert found.runs is not None
    assert found.runs.refused == {"request (url)": 1}
    assert [finding.words for finding in found.unused] == ["It asks for log, and never used it in these runs."]


def test_requests_events_and_hooks_are_tried(pool: IsolatePool, tmp_path: Path) -> None:
    scopes = {"enabled": True, "requestedScopes": {}}
    code = 'export default (router) => { router.get("/", () => ({ status: 200, body: "hi" })); router.get("/bad", () => ({ status: 500, body: "no" })); };'
    endpoint = folder(
        tmp_path / "e", files(package_json(type="endpoint", path="dist/i.js", sandbox=scopes), **{"dist/i.js": code})
    )
    wanted = {
        "requests": [{"path": "/@acme/weather-operation/"}, {"path": "/@acme/weather-operation/bad", "body": {"a": 1}}]
    }
    found = tried(read_package(endpoint), plan(tmp_path, wanted), pool)
    assert found.runs is not None
    assert found.runs.tried[1] == "GET /@acme/weather-operation/: ok"
    assert found.runs.tried[2] == "GET /@acme/weather-operation/bad: failed: 500 no"
    code = 'export default ({ filter, action }) => { filter("items.create", (p) => ({ ...p, a: 1 })); action("items.create", () => {}); };'
    hook = folder(
        tmp_path / "h", files(package_json(type="hook", path="dist/i.js", sandbox=scopes), **{"dist/i.js": code})
    )
    wanted = {
        "events": [
            {"kind": "filter", "event": "items.create", "payload": {}},
            {"kind": "action", "event": "items.create", "payload": {}},
        ]
    }
    found = tried(read_package(hook), plan(tmp_path, wanted), pool)
    assert found.runs is not None
    assert found.runs.tried[1:] == ('filter items.create: ok, {"a":1}', "action items.create: ok")


def test_a_request_that_nobody_can_send_fails_in_our_words(pool: IsolatePool, tmp_path: Path) -> None:
    wanted = {"requests": [{"path": "/x\u0001"}, {"path": "http://[::1"}, {"path": "/", "headers": {"a": "\u2603"}}]}
    found = tried(read_package(folder(tmp_path)), plan(tmp_path, wanted), pool)
    assert found.runs is not None
    assert [words.partition(": failed: ")[2].partition(": ")[0] for words in found.runs.tried[1:]] == [
        '"/x\\u0001" is not the path of a request',
        '"http://[::1" is not the path of a request',
        'The header "a" cannot be sent',
    ]


def test_a_package_that_does_not_load_has_an_account_that_says_so(pool: IsolatePool, tmp_path: Path) -> None:
    found = tried(read_package(folder(tmp_path, files(**{"dist/api.js": 'import "node:fs";'}))), Plan(), pool)
    assert found.runs is not None
    assert found.runs.tried[0].startswith("load: failed: Imports other than")
    assert "node:fs" in account_view(found).text()


def test_nothing_of_what_is_not_sandboxed_is_run(pool: IsolatePool, tmp_path: Path) -> None:
    found = tried(read_package(folder(tmp_path, files(package_json(sandbox=None)))), plan(tmp_path, PLAN), pool)
    assert found.runs is None
    assert found.outside[0].category == "unsandboxed"


def test_what_this_session_saw_is_told_of_a_cell_as_well(box: Sandbox) -> None:
    manifest = {"permissions": [{"permission": "read-items", "role": "admin"}, {"permission": "log"}]}
    extension = box.load(
        'await exec("read-items", "articles", {"query": {"limit": 1}})', name="mine", manifest=manifest
    )
    found = account_of_extension(extension, box.trace, box.log)
    assert found.runs is not None
    assert found.runs.others == {"read-items articles": 1}
    assert [finding.words for finding in found.unused] == ["It asks for log, and never used it in these runs."]
    assert "neither an app half nor a package" in account_view(found).text()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[", "does not say what to try"),
        ('{"mock": []}', "unknown field `mock`"),
        ('{"events": [{"kind": "x", "event": "y"}]}', "Invalid enum value"),
        ('{"operations": [{"operation": 5}]}', "Expected `str`"),
        (json.dumps({"operations": [{"operation": "x"}] * 1_001}), "length <= 1000"),
        ("[" * 100_000, "does not say what to try"),
        (" " * (4 * 2**20 + 1), "are the limit"),
    ],
)
def test_a_file_that_says_something_else_is_refused_with_an_example(content: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(ScopeboxError, match=words):
        read_plan(tmp_path / "plan.json")
    with pytest.raises(ScopeboxError, match="cannot be read"):
        read_plan(tmp_path / "none.json")
