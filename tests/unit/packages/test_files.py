from __future__ import annotations

import os
from pathlib import Path

import pytest
from scopebox.errors import PackageError
from scopebox.packages import files as module
from scopebox.packages.files import Folder

from tests.packages import files, folder


@pytest.fixture(params=[True, False], ids=["from folder to folder", "by the whole path"], autouse=True)
def places(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to open a file: Windows has only the second."""
    monkeypatch.setattr(module, "_HAS_PLACES", request.param)


def test_a_folder_lists_its_files_and_reads_them(tmp_path: Path) -> None:
    read = Folder(folder(tmp_path, files(**{"node_modules/x/index.js": "1", ".git/config": "1"})))
    assert read.sizes == {name: len(text) for name, text in files().items()}
    assert read.read("dist/app.js", 10) == (files()["dist/app.js"].encode()[:10], len(files()["dist/app.js"]))
    assert read.read("dist/none.js", 10) is None
    assert read.notes == ()


def test_a_link_is_not_followed_and_is_said_by_name(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("s3cret")
    package = folder(tmp_path / "package")
    (package / "dist" / "link.js").symlink_to(secret)
    (package / "other").symlink_to(tmp_path, target_is_directory=True)
    read = Folder(package)
    assert "dist/link.js" not in read.sizes
    assert not any(name.startswith("other") for name in read.sizes)
    assert "a link, which is not followed" in read.notes[0]
    for path in ("dist/link.js", "other/secret"):
        with pytest.raises(PackageError, match="cannot be read"):
            read.read(path, 100)


@pytest.mark.parametrize(
    "path", ["../secret", "/etc/passwd", "dist/../../secret", "", "a\\b", "dist//app.js", "./x", "a\0b", "x" * 501]
)
def test_a_path_stays_in_the_folder(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret")
    with pytest.raises(PackageError):
        Folder(folder(tmp_path / "package")).read(path, 100)


def test_a_pipe_holds_nobody_up(tmp_path: Path) -> None:
    package = folder(tmp_path)
    os.mkfifo(package / "pipe.js")
    read = Folder(package)
    assert "pipe.js" not in read.sizes
    with pytest.raises(PackageError, match="not a file"):
        read.read("pipe.js", 10)


def test_a_folder_of_very_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_FILES", 10)
    folder(tmp_path, {f"{number}.js": "" for number in range(11)})
    with pytest.raises(PackageError, match="more than 10 files"):
        Folder(tmp_path)


def test_a_very_deep_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / ("d/" * 40)).mkdir(parents=True)
    with pytest.raises(PackageError, match="more than 32 folders"):
        Folder(tmp_path)
