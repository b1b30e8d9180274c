"""The command line, end to end: a project served over HTTP by a process of its own, and what it says when something is wrong."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from scopebox.__main__ import main
from scopebox.workbench.extension_files import sources_in

from tests.packages import files as package_files
from tests.packages import folder, package_json
from tests.state import PATIENCE

SNAPSHOT = {
    "collections": [{"collection": "notes", "schema": {"name": "notes"}, "meta": {}}],
    "fields": [
        {
            "collection": "notes",
            "field": "id",
            "type": "integer",
            "schema": {"is_primary_key": True, "has_auto_increment": True},
        },
        {"collection": "notes", "field": "text", "type": "string", "schema": {}},
        {"collection": "notes", "field": "place", "type": "geometry", "schema": {}},
    ],
    "relations": [],
}
ACCESS = {"users": {"root": {"admin": True, "token": "secret"}}}
EXTENSION = """
# /// sandbox
# permissions = [{ permission = "create-items", role = "admin", optional = true }]
# ///
async def add(request):
    try:
        keys = await exec("create-items", "notes", {"data": [{"text": request["body"]}]})
    except PermissionError as error:
        return {"status": 403, "body": error.reason}
    return {"status": 200, "body": keys}

await exec("register-endpoint", {"method": "POST", "path": "/add", "handler": add})
"""
OTHER = """// /// sandbox
// permissions = [{ permission = "read-items", role = "admin", optional = true }]
// ///
const handler = async () => {
  const notes = await exec("read-items", "notes", { query: { fields: ["id"] } });
  return { status: 200, body: { count: notes.length } };
};
await exec("register-endpoint", { method: "GET", path: "/count", handler });
"""
NAME = "directus-extension-adder"
ADMIN = {"authorization": "Bearer secret"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "snapshot.json").write_text(json.dumps(SNAPSHOT), "utf-8")
    (tmp_path / "items.json").write_text(json.dumps({"notes": [{"id": 7, "text": "from the project"}]}), "utf-8")
    (tmp_path / "access.json").write_text(json.dumps(ACCESS), "utf-8")
    (tmp_path / "extensions").mkdir()
    (tmp_path / "extensions" / f"{NAME}.py").write_text(EXTENSION, "utf-8")
    return tmp_path


@contextmanager
def serving(project: Path, *arguments: str) -> Iterator[tuple[httpx.Client, list[str]]]:
    """Give a client of the command, and what it said; at the end it is interrupted and has to end well."""
    command = [sys.executable, "-m", "scopebox", "serve", "--project", str(project), "--port", "0", *arguments]
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # tests in the background ignore it, as would this
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    assert process.stdout is not None
    said: list[str] = []
    try:
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"http://\S+", line):
                with httpx.Client(base_url=found[0], headers=ADMIN, timeout=30) as client:
                    yield client, said
                break
        else:
            raise AssertionError(process.communicate()[1])
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE)
        assert (process.returncode, rest.splitlines()[-1:]) == (0, ["stopped"]), errors
        said += rest.splitlines(keepends=True)
        said.append(errors)
    finally:
        process.kill()
        process.communicate()


def test_a_project_is_served_with_its_items_and_extensions(project: Path) -> None:
    origin = "http://localhost:5173"
    with serving(project, "--grant", f"{NAME}:create-items", "--cors", origin) as (client, said):
        assert client.get("/items/notes", params={"fields": "id,text"}).json() == {
            "data": [{"id": 7, "text": "from the project"}]
        }
        answer = client.post(f"/{NAME}/add", content="by an extension")
        assert answer.json() == [8], answer.text
        assert client.get("/items/notes/8", params={"fields": "text"}).json() == {"data": {"text": "by an extension"}}
        assert client.get("/items/notes", headers={"authorization": ""}).status_code == 403
        answer = client.options("/items/notes", headers={"origin": origin, "access-control-request-method": "PATCH"})
        assert answer.headers["access-control-allow-origin"] == origin
        assert (
            "access-control-allow-origin" not in client.get("/server/ping", headers={"origin": "http://x.test"}).headers
        )
    assert said[0] == f"loaded {NAME}: POST /{NAME}/add\n"
    assert said[1] == "1 collections, in memory: changes end with it\n"
    assert said[2] == f"read from {project}, a project: snapshot.json, items.json and access.json\n"
    assert said[-1] == "note: 1 field of the type 'geometry': kept as 'json' (notes.place)\n"


def test_a_file_that_changes_is_served_as_it_is_now_and_one_that_fails_is_not(project: Path) -> None:
    path = project / "extensions" / f"{NAME}.py"
    with serving(project, "--watch") as (client, said):
        assert client.get(f"/{NAME}/new").status_code == 404
        path.write_text(f"{EXTENSION}\nawait exec('register-endpoint', {{'path': '/new', 'method': 'GET', 'handler': lambda r: {{'status': 200}}}})\n", "utf-8")  # fmt: skip
        until(lambda: client.get(f"/{NAME}/new").status_code == 200)
        path.write_text("boom", "utf-8")
        (project / "extensions" / "directus-extension-other.js").write_text(OTHER, "utf-8")
        until(lambda: client.get("/directus-extension-other/count").status_code != 404)
        assert client.get(f"/{NAME}/new").status_code == 200
    assert f"changed: loaded again {NAME}: POST /{NAME}/add, GET /{NAME}/new\n" in said
    assert f"error: {path}:1: " in said[-1]
    assert f"{NAME} goes on as it was." in said[-1]


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that happens soon."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_store_file_keeps_the_changes_of_the_last_time(project: Path) -> None:
    arguments = ["--store", str(project / "kept.duckdb")]
    with serving(project, *arguments) as (client, _):
        assert client.post("/items/notes", json={"text": "kept"}).json()["data"]["id"] == 8
        assert client.delete("/items/notes/7").status_code == 204
        assert client.post(f"/{NAME}/add", content="without a grant").status_code == 403
    with serving(project, *arguments) as (client, _):
        assert client.get("/items/notes", params={"fields": "id,text"}).json() == {"data": [{"id": 8, "text": "kept"}]}
        assert client.post("/items/notes", json={}).json()["data"]["id"] == 9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "70000"], "'70000' is not a port number"), (["--grant", "request"], "'request' is not NAME:PERMISSION"),
        (["--cors", "localhost:5173"], "'localhost:5173' is not a valid origin"), (["--store"], "expected one argument"), (["--prot", "1"], "--prot"),
    ],
)  # fmt: skip
def test_a_wrong_command_line_says_what_would_be_right(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--project", str(project), *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--grant", "directus-extension-addr:create-items"], f"Did you mean {NAME}?"),
        (["--grant", f"{NAME}:request"], "request"), (["--store", "/nowhere/x.duckdb"], "Its folder has to exist"),
    ],
)  # fmt: skip
def test_what_cannot_be_served_is_named(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["serve", "--project", str(project), "--port", "0", *arguments]) == 1
    assert words in capsys.readouterr().err


def test_a_folder_without_a_project_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--project", str(tmp_path / "gone")]) == 1
    assert capsys.readouterr().err.startswith(f"scopebox: There is no folder {tmp_path / 'gone'}")


def test_an_extension_that_fails_is_named_with_its_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = project / "extensions" / f"{NAME}.py"
    path.write_text("x = 1\nraise ValueError('no')\n", "utf-8")
    assert main(["serve", "--project", str(project), "--port", "0"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"scopebox: {path}:2: no"


def test_names_of_a_downloaded_project_rule_no_terminal(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, seen = "\x1b[31mRED\u202e", "\\x1b[31mRED\\u202e"
    (project / "items.json").unlink()
    (project / "items").mkdir()
    (project / "items" / f"{name}.json").write_text("[]", "utf-8")
    (project / "extensions" / f"{name}.py").write_text("x = = 1", "utf-8")
    assert main(["serve", "--project", str(project), "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert f"note: items of {seen}: there is no such collection, skipped\n" in said
    assert f"scopebox: {project / 'extensions'}/{seen}.py" in said
    assert not set(name) - set("[31mRED") & set(said)
    (project / "access.json").write_text(json.dumps({"roles": {name: 5}}), "utf-8")
    assert main(["serve", "--project", str(project), "--port", "0"]) == 1
    assert f"roles.{seen} has to be an object" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["js", "mjs", "ts"])
def test_extensions_of_every_language_are_served_and_granted(project: Path, ending: str) -> None:
    (project / "extensions" / f"directus-extension-other.{ending}").write_text(OTHER, "utf-8")
    with serving(project, "--grant", "directus-extension-other:read-items") as (client, said):
        assert client.get("/directus-extension-other/count").json() == {"count": 1}
        language = "TypeScript" if ending == "ts" else "JavaScript"
        assert f"loaded directus-extension-other, in {language}: GET /directus-extension-other/count\n" in said


def test_an_error_of_a_javascript_file_is_named_with_its_line(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / "extensions" / "directus-extension-other.js"
    path.write_text("const x = 1;\nx.y.z;\n", "utf-8")
    assert main(["serve", "--project", str(project), "--port", "0"]) == 1
    assert f"{path}:2: Cannot read properties of undefined (reading 'z')" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["js", "mjs", "ts"])
def test_two_files_of_one_name_are_an_error_that_names_both(
    project: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    python, other = (project / "extensions" / f"{NAME}.{each}" for each in ("py", ending))
    other.write_text("1", "utf-8")
    assert main(["serve", "--project", str(project), "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert str(python) in said
    assert str(other) in said


def test_types_for_editors_and_other_files_are_no_extensions(project: Path) -> None:
    for name in ("api.d.ts", "notes.txt", "package.json"):
        (project / "extensions" / name).write_text("?", "utf-8")
    assert sources_in(project / "extensions") == {NAME: project / "extensions" / f"{NAME}.py"}


def test_a_port_that_is_taken_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(project) as (client, _):
        port = str(client.base_url.port)
        assert main(["serve", "--project", str(project), "--port", port]) == 1
    assert f"Port {port} cannot be served: Address already in use" in capsys.readouterr().err


def test_the_doctor_names_the_mechanisms() -> None:
    done = subprocess.run([sys.executable, "-m", "scopebox", "doctor"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("isolation: ")
    assert "seccomp" in done.stdout
    assert "JavaScript" in done.stdout
    assert done.stderr == ""


def test_a_package_in_the_folder_of_extensions_is_served_as_it_is(project: Path) -> None:
    code = 'export default (router) => router.get("/", () => ({ status: 200, body: "hi" }));'
    data = package_json(type="endpoint", path="dist/i.js", sandbox={"enabled": True, "requestedScopes": {}})
    folder(project / "extensions" / "weather", package_files(data, **{"dist/i.js": code}))
    with serving(project) as (client, said):
        assert client.get("/@acme/weather-operation/").text == "hi"
    assert "loaded @acme/weather-operation, in JavaScript: GET /@acme/weather-operation/\n" in said


def test_a_bundle_in_the_folder_of_extensions_is_named_and_not_run(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = folder(project / "extensions" / "all", package_files(package_json(type="bundle")))
    assert main(["serve", "--project", str(project), "--port", "0"]) == 1
    said = capsys.readouterr().err
    assert str(place) in said
    assert "a Directus runs it without a sandbox" in said


def test_review_prints_an_account_and_ends_with_the_status_that_was_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = str(folder(tmp_path / "package"))
    assert main(["review", package]) == 0
    assert capsys.readouterr().out.startswith("@acme/weather-operation 1.2.3: what no scope holds\n")
    assert main(["review", package, "--json", "--fail-on", "app-half,wide"]) == 1
    assert json.loads(capsys.readouterr().out)["name"] == "@acme/weather-operation"
    assert main(["review", package, "--fail-on", "unsandboxed,wide,unused"]) == 0
    assert main(["review", package, "--html"]) == 0
    assert "<!doctype html>" in capsys.readouterr().out
    unsandboxed = str(folder(tmp_path / "other", package_files(package_json(sandbox=None))))
    assert main(["review", unsandboxed, "--fail-on", "unsandboxed"]) == 1


@pytest.mark.parametrize(("name", "words"), [(".", "no package.json"), ("none", "There is no folder")])
def test_review_ends_with_two_where_there_is_no_account(
    name: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", str(tmp_path / name), "--fail-on", "unsandboxed"]) == 2
    assert words in capsys.readouterr().err


def test_review_knows_no_other_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["review", str(tmp_path), "--fail-on", "safe"])
    assert ended.value.code == 2
    assert "'safe' is none of unsandboxed, wide, app-half, unused" in capsys.readouterr().err


def test_review_runs_a_package_on_mocks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"operations": [{"operation": "acme-weather", "options": {"city": "Oslo"}}]}')
    assert main(["review", str(folder(tmp_path / "package")), "--run", "--with", str(plan)]) == 0
    assert "failed: No mock answers GET https://api.weather.test/v1/Oslo" in capsys.readouterr().out
