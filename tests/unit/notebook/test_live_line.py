"""What a cell shows while it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Final

import pytest
from scopebox.notebook.background import BackgroundRun

from tests.shells import Notebook, left_as_it_was, shell_of_module
from tests.state import PATIENCE, eventually

shell = shell_of_module

MANIFEST: Final = """# /// sandbox
# permissions = [{ permission = "request", allowedUrls = ["https://example.test/*"], methods = ["GET"] }]
# ///
"""
ASK: Final = 'await exec("request", "https://example.test/", {"output": "json"})\n'


@pytest.fixture
def book(shell: Notebook, tmp_path: Path) -> Iterator[Notebook]:
    with left_as_it_was(shell, tmp_path) as made:
        yield made


class Heard(StringIO):
    """A stream that everybody may look at."""


def waiting_for(monkeypatch: pytest.MonkeyPatch, book: Notebook, text: str) -> list[str]:
    """Have a request answered when the notebook has shown ``text``; return what it had shown by then."""
    stream, seen = Heard(), []
    monkeypatch.setattr("sys.stdout", stream)

    def answer(_: object) -> object:
        limit = time.monotonic() + PATIENCE
        while text not in stream.getvalue() and time.monotonic() < limit:
            time.sleep(0.01)
        seen.append(stream.getvalue())
        return {}

    book.box.mock("GET", "https://example.test/*", content=answer)
    return seen


def test_what_is_printed_is_shown_while_the_cell_runs(book: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    book.fine("%sandbox mock --clear")
    seen = waiting_for(monkeypatch, book, "first")
    result = book.shell.run_cell(f"%%sandbox hello --out run\n{MANIFEST}print('first')\n{ASK}print('second')")  # type: ignore[no-untyped-call]
    assert result.success
    assert "first\n" in seen[0]
    assert "second" not in seen[0]


def test_what_was_shown_while_it_ran_is_shown_once(book: Notebook) -> None:
    book.box.mock("GET", "https://example.test/*", content=lambda _: time.sleep(0.3))
    shown = book.fine(f"%%sandbox hello\n{MANIFEST}print('first')\n{ASK}print('second')")
    assert shown.text.count("first") == shown.text.count("second") == 1
    assert shown.text.startswith("first\nsecond\nhello · ")


def test_a_quiet_cell_shows_nothing_while_it_runs(book: Notebook) -> None:
    book.box.mock("GET", "https://example.test/*", content=lambda _: time.sleep(0.3))
    assert book.fine(f"%%sandbox hello --quiet\n{MANIFEST}print('first')\n{ASK}print('second')").text == ""


def test_a_cell_in_the_background_shows_what_it_printed_on_demand_and_at_its_end(book: Notebook) -> None:
    book.fine("%%sandbox hello --bg --out later --wall 60\nprint('first')\nawait exec('sleep', 50000)")
    running = book.names["later"]
    assert isinstance(running, BackgroundRun)
    assert eventually(lambda: running.view().text(), "first\nhello runs in the background")
    running.cancel()
    assert eventually(lambda: running.view().text().startswith("first\n"), True)
    assert running.result(PATIENCE).stdout == "first\n"
    book.fine("%%sandbox hello --bg --out later\nprint('first')\nprint('second')\n3")
    later = book.names["later"]
    assert isinstance(later, BackgroundRun)
    assert later.result(PATIENCE).value == 3
    assert book.fine("later").text.startswith("first\nsecond\n3\nhello · ")


def test_whoever_loads_an_extension_can_listen_to_its_prints(book: Notebook) -> None:
    heard: list[str] = []
    result = book.box.load(
        "print('one')\nawait exec('log', 'x')\nprint('two')", name="hello", on_print=heard.append
    ).result
    assert "".join(heard) == result.stdout == "one\ntwo\n"
    assert heard[0] == "one\n"


def test_a_flood_is_told_no_more_than_is_kept(book: Notebook) -> None:
    heard: list[str] = []
    kept = book.box.settings.stdout
    book.box.load("for n in range(300000):\n    print('x' * 100)", name="hello", on_print=heard.append)
    assert sum(map(len, heard)) <= kept
