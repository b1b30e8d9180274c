"""Packages of our own, loaded from folders and archives."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from scopebox.errors import ExtensionError, ManifestError, PackageError
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.sandbox import Sandbox

from tests.packages import APP, archive, files, folder, package_json


@pytest.mark.parametrize("make", [folder, lambda path: archive(path.with_suffix(".tgz"))])
def test_a_package_runs_under_its_own_name_and_what_it_asks_for(make: object, box: Sandbox, tmp_path: Path) -> None:
    assert callable(make)
    extension = box.load_package(make(tmp_path / "package"))
    assert extension.name == "@acme/weather-operation"
    assert extension.registered == ["operation acme-weather"]
    assert extension.warnings == []
    mock = box.mock("GET", "https://api.weather.test/v1/*", json={"sky": "blue"})
    assert box.run_operation("acme-weather", {"city": "Oslo"}) == {"sky": "blue"}
    assert mock.calls[0].url == "https://api.weather.test/v1/Oslo"
    assert [record.message for record in box.log if record.level == "info"] == ["weather of Oslo"]


def test_without_mocks_no_request_leaves_and_the_line_that_answers_it_is_named(box: Sandbox, tmp_path: Path) -> None:
    box.load_package(folder(tmp_path))
    with pytest.raises(ExtensionError, match="No mock answers GET") as caught:
        box.run_operation("acme-weather", {"city": "Oslo"})
    lines = "\n".join(caught.value._render_traceback_())
    assert "%sandbox mock GET https://api.weather.test/v1/Oslo {}" in lines


def test_only_a_live_package_may_ask_the_network(pool: IsolatePool, tmp_path: Path) -> None:
    network = httpx.MockTransport(lambda _: httpx.Response(200, json={"sky": "real"}))
    with Sandbox(pool=pool, transport=network) as box:
        box.load_package(folder(tmp_path))
        with pytest.raises(ExtensionError, match="No mock answers"):
            box.run_operation("acme-weather", {"city": "Oslo"})
        box.load_package(tmp_path, live=True)
        assert box.run_operation("acme-weather", {"city": "Oslo"}) == {"sky": "real"}


HALVES = {"app": "dist/app.js", "api": "dist/api.js"}
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "no sandbox": ({"sandbox": None}, "a Directus runs this with full rights"),
    "not enabled": ({"sandbox": {"enabled": False, "requestedScopes": {}}}, "a Directus runs this with full rights"),
    "a bundle with a sandbox": ({"type": "bundle", "entries": [{"type": "hook", "name": "a", "source": "src/a"}]}, "bundle"),
    "a bundle of nothing": ({"type": "bundle"}, "bundle"),
    "a panel": ({"type": "panel", "path": "dist/app.js"}, "browser"),
    "nothing built": ({"path": {**HALVES, "api": "dist/missing.js"}}, "no file"),
    "a wrong path": ({"path": "dist/api.js"}, "two files"),
    "a path that leaves": ({"path": {**HALVES, "api": "../../secret.js"}}, "not a path within"),
    "a link": ({"path": {**HALVES, "api": "dist/link.js"}}, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_directus_runs_without_a_sandbox_or_not_at_all_is_not_run(
    case: str, box: Sandbox, tmp_path: Path
) -> None:
    changes, said = REFUSED[case]
    place = folder(tmp_path / "package", files(package_json(**changes)))
    (place / "dist" / "link.js").symlink_to(place / "dist" / "api.js")
    with pytest.raises((ManifestError, PackageError)) as caught:
        box.load_package(place)
    assert said in f"{caught.value} {caught.value.hint}"
    assert not box.extensions
    assert not box.log
    assert not box.trace


def test_an_endpoint_and_a_hook_say_what_they_are_in_their_package_json(box: Sandbox, tmp_path: Path) -> None:
    code = 'export default (router) => router.get("/", async () => ({ status: 200, body: "hi" }));'
    data = package_json(type="endpoint", path="dist/index.js", sandbox={"enabled": True, "requestedScopes": {}})
    box.load_package(folder(tmp_path, files(data, **{"dist/index.js": code})))
    assert box.request("GET", "/@acme/weather-operation/").text == "hi"


def test_a_package_that_fails_leaves_nothing_and_minified_code_is_quoted_shortly(box: Sandbox, tmp_path: Path) -> None:
    code = "var a;" + "a=1;" * 20_000 + "null.x;" + "a=1;" * 20_000
    with pytest.raises(ExtensionError) as caught:
        box.load_package(folder(tmp_path, files(**{"dist/api.js": code})))
    lines = "\n".join(caught.value._render_traceback_())
    assert "line 1, column 800" in lines
    assert "null.x;" in lines
    assert len(lines) < 1_000
    assert not box.extensions


def test_a_handler_that_imports_more_than_the_sandbox_has_is_refused_in_the_words_of_a_directus(
    box: Sandbox, tmp_path: Path
) -> None:
    code = 'import fs from "node:fs"; export default { id: "x", handler: () => fs };'
    with pytest.raises(ExtensionError, match="Imports other than"):
        box.load_package(folder(tmp_path, files(**{"dist/api.js": code})))


def test_the_app_half_is_not_what_runs_here(box: Sandbox, tmp_path: Path) -> None:
    extension = box.load_package(folder(tmp_path))
    assert APP not in extension.sources.values()
