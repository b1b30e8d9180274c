"""``%sandbox load`` and ``%sandbox review``."""

from __future__ import annotations

from pathlib import Path

import pytest
from scopebox.errors import ExtensionError, ManifestError, ScopeboxError

from tests.packages import archive, files, folder, package_json
from tests.shells import Notebook, shell_of_module

shell = shell_of_module


@pytest.fixture
def book(shell: Notebook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Notebook:
    monkeypatch.chdir(tmp_path)
    shell.fine("%sandbox reset")
    return shell


def test_load_shows_the_account_before_it_runs_anything(book: Notebook, tmp_path: Path) -> None:
    folder(tmp_path / "weather", files(**{"dist/api.js": 'throw new Error("at once")'}))
    shown = book.run("%sandbox load weather")
    assert isinstance(shown.error, ExtensionError)
    assert "what no scope holds" in shown.text


def test_a_loaded_package_is_used_as_any_extension_and_stays_on_mocks(book: Notebook, tmp_path: Path) -> None:
    archive(tmp_path / "weather.tgz")
    shown = book.fine("%sandbox load weather.tgz")
    assert "✓ operation acme-weather" in shown.text
    assert "answered by mocks alone" in shown.text
    failed = book.run("""%sandbox run acme-weather {"city": "Oslo"}""")
    assert isinstance(failed.error, ExtensionError)
    line = failed.error.hint.removeprefix("Answer it here: ")
    assert line == "%sandbox mock GET https://api.weather.test/v1/Oslo {}"
    book.fine(line.replace("{}", '{"sky": "grey"}'))
    assert book.fine("""%sandbox run acme-weather {"city": "Oslo"}""").value.value == {"sky": "grey"}  # type: ignore[attr-defined]


def test_review_tells_of_a_folder_runs_nothing_and_tells_of_what_is_loaded(book: Notebook, tmp_path: Path) -> None:
    folder(tmp_path / "weather")
    shown = book.fine("%sandbox review weather")
    assert "Nothing of it was run" in shown.text
    book.fine("%sandbox load weather")
    shown = book.fine("%sandbox review @acme/weather-operation")
    assert "What it did in 1 run" in shown.text
    assert "app half" in shown.text


def test_review_runs_a_package_apart_from_this_session(book: Notebook, tmp_path: Path) -> None:
    folder(tmp_path / "weather")
    (tmp_path / "tries.json").write_text('{"operations": [{"operation": "acme-weather", "options": {"city": "Oslo"}}]}')
    shown = book.fine("%sandbox review weather --run --with tries.json")
    assert "failed: No mock answers GET https://api.weather.test/v1/Oslo" in shown.text
    assert "acme" not in book.fine("%sandbox list").text


def test_what_is_no_package_is_named_and_an_unsandboxed_one_is_not_loaded(book: Notebook, tmp_path: Path) -> None:
    missing = book.run("%sandbox review weathr")
    assert isinstance(missing.error, ScopeboxError)
    folder(tmp_path / "weather", files(package_json(sandbox=None)))
    shown = book.run("%sandbox load weather")
    assert isinstance(shown.error, ManifestError)
    assert "a Directus runs this with full rights" in shown.text
    assert [path.name for path in tmp_path.iterdir()] == ["weather"]
