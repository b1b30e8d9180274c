"""Every example of the help runs as it stands."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from scopebox.directus import recorded
from scopebox.directus.recorded import RecordedServer
from scopebox.notebook.arguments import cell_parser
from scopebox.notebook.verb_table import VERBS

from tests.packages import Member, archive, files, package_json
from tests.pull_recording import EDITOR
from tests.shells import Notebook, shell_of_module
from tests.unit.directus.servers import RECORDING

shell = shell_of_module

NAME = "directus-extension-hello"
EXTENSION = f"""%%sandbox {NAME} --quiet
# /// sandbox
# permissions = [
#   {{ permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true }},
#   {{ permission = "create-items", role = "editor" }},
# ]
# ///
await exec("register-endpoint", {{"method": "GET", "path": "/hello", "handler": lambda request: {{"status": 200, "body": "Hello"}}}})
await exec("register-operation", {{"id": "custom", "handler": lambda data: data["text"]}})
await exec("register-operation", {{"id": "fetch", "handler": lambda data: exec("request", "https://api.example.com/")}})
await exec("register-filter", {{"event": "articles.items.create", "handler": lambda payload: {{**payload, "status": "draft"}}}})
await exec("register-action", {{"event": "articles.items.create", "handler": lambda meta: None}})
"""
TRIES = {"operations": [{"operation": "acme-weather", "options": {"city": "Oslo"}}]}
EXAMPLES = [example for verb in VERBS.values() for example in verb.examples]


@pytest.fixture
def server() -> Iterator[RecordedServer]:
    with recorded.serve(RECORDING) as made:
        yield made


@pytest.fixture
def book(shell: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Notebook:
    """A notebook in a folder with all that the examples name."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").symlink_to(Path(__file__).parents[3] / "notebooks")
    package = {**package_json(), "name": NAME, "version": "1.0.0"}
    members = [Member(f"package/{name}", text.encode()) for name, text in files(package).items()]
    archive(tmp_path / f"{NAME}-1.0.0.tgz", members)
    (tmp_path / "tries.json").write_text(json.dumps(TRIES))
    monkeypatch.setattr(getpass, "getpass", lambda _: EDITOR)
    monkeypatch.delenv("DIRECTUS_TOKEN", raising=False)
    shell.fine("%sandbox reset")
    shell.fine(EXTENSION)
    for line in (
        "mock GET https://api.example.com/ {}",
        "grant request",
        "run fetch",
        "mock --clear",
        "trace --jsonl trace.jsonl",
    ):
        shell.fine(f"%sandbox {line}")
    return shell


def meant(example: str, server: RecordedServer) -> str:
    """The example with an address and a port that are there."""
    return example.replace("https://directus.example.com", server.url).replace("--port 8055", "--port 0")


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_a_verb_runs(book: Notebook, server: RecordedServer, example: str) -> None:
    try:
        assert book.run(f"%sandbox {meant(example, server)}").error is None
    finally:
        book.fine("%sandbox serve --stop")


@pytest.mark.parametrize("example", cell_parser().examples, ids=range(len(cell_parser().examples)))
def test_an_example_of_a_cell_runs(book: Notebook, example: str) -> None:
    cell = dedent(example).strip()
    assert "permissions" in cell
    book.fine(cell)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_an_example(verb: str) -> None:
    assert [example for example in VERBS[verb].examples if example.partition(" ")[0] == verb]
