"""The folder of an export: whole or not at all, and never over what is somebody else's."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from scopebox.directus.export import folder
from scopebox.errors import ExportError

FILES = {"package.json": "{}", "src/index.js": "new", "src/config.js": "empty"}


def content(place: Path) -> dict[str, str]:
    return {str(path.relative_to(place)): path.read_text() for path in sorted(place.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("empty", [True, False])
def test_a_new_or_empty_folder_is_filled(tmp_path: Path, empty: bool) -> None:
    place = tmp_path / ("out" if empty else "a/b/out")
    if empty:
        place.mkdir()
    folder.write(place, FILES, force=False)
    assert content(place) == dict(sorted(FILES.items()))
    assert [path.name for path in place.parent.iterdir()] == ["out"]


def test_a_folder_that_holds_something_stays_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    (place / "package.json").write_text("mine")
    with pytest.raises(ExportError, match=r"is not empty: it has package\.json") as raised:
        folder.write(place, FILES, force=False)
    assert "--force" in raised.value.hint
    assert content(tmp_path) == {"out/package.json": "mine"}


def test_force_replaces_what_is_written_and_keeps_all_else(tmp_path: Path) -> None:
    place = tmp_path / "out"
    folder.write(place, FILES, force=False)
    (place / "src/config.js").write_text("token")
    (place / "src/index.js").write_text("old")
    (place / "src/more.js").write_text("mine")
    (place / "node_modules/a").mkdir(parents=True)
    (place / "node_modules/a/b.js").write_text("module")
    folder.write(place, FILES, force=True)
    assert content(place) == {
        "node_modules/a/b.js": "module",
        "package.json": "{}",
        "src/config.js": "token",
        "src/index.js": "new",
        "src/more.js": "mine",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_link_is_never_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "index.js").write_text("mine")
    (tmp_path / "link").symlink_to(elsewhere)
    with pytest.raises(ExportError, match="is a link"):
        folder.write(tmp_path / "link", FILES, force=True)
    place = tmp_path / "out"
    place.mkdir()
    (place / "src").symlink_to(elsewhere)
    folder.write(place, FILES, force=True)
    assert content(elsewhere) == {"index.js": "mine"}
    assert (place / "src/index.js").read_text() == "new"


@pytest.mark.parametrize("what", ["file", "below a file"])
def test_what_is_no_folder_is_refused_and_nothing_is_left(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ExportError, match="cannot be"):
        folder.write(tmp_path / ("file" if what == "file" else "file/a/out"), FILES, force=True)
    assert content(tmp_path) == {"file": "mine"}


def test_a_folder_that_may_not_be_written_is_named_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "mkdtemp", refused)  # root may write anywhere, so a mode would not do
    with pytest.raises(ExportError, match=r"out cannot be written: Permission denied") as raised:
        folder.write(tmp_path / "new/out", FILES, force=False)
    assert "another folder" in raised.value.hint
    assert not list(tmp_path.iterdir())


def test_a_failure_in_between_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "out"
    folder.write(place, FILES, force=False)
    with pytest.raises(ExportError, match="cannot be written"):
        folder.write(place, {"package.json": "new", "package.json/x": "impossible"}, force=True)
    assert content(tmp_path) == {f"out/{name}": text for name, text in sorted(FILES.items())}
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if self.name != "out" and Path(target).name == "out":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(ExportError, match="No space left"):
        folder.write(tmp_path / "new/out", FILES, force=False)
    assert content(tmp_path) == {f"out/{name}": text for name, text in sorted(FILES.items())}
    assert not (tmp_path / "new").exists()
