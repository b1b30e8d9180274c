"""A file that may be anybody's: it is a plain one and no longer than asked for, or it is refused at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scopebox import Sandbox, plain_file
from scopebox.errors import MockError, PackageError, ScopeboxError
from scopebox.manifest.bounds import MAX_SOURCE_BYTES
from scopebox.network.replay import read_answers
from scopebox.notebook.secret_file import SecretFile
from scopebox.packages.files import Folder
from scopebox.workbench.review.plan import read_plan


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of what is no plain file: a pipe that nobody writes to, a device without end, a folder; and one of a gigabyte."""
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "device.py").symlink_to("/dev/zero")
    (tmp_path / "folder.py").mkdir()
    with (tmp_path / "large.py").open("wb") as file:
        file.truncate(2**30)
    return tmp_path


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pipe.py", "it is a pipe or a device, not a file"),
        ("device.py", "it is a pipe or a device, not a file"),
        ("folder.py", "Is a directory"),
        ("large.py", "it has more than 2 MiB, which are the limit"),
        ("none.py", "No such file or directory"),
    ],
)
def test_what_is_no_plain_file_or_too_long_is_refused_and_left_closed(place: Path, name: str, reason: str) -> None:
    before = open_files()
    with pytest.raises(OSError, match=reason) as caught:
        plain_file.content(place / name, 2 * 2**20)
    assert caught.value.strerror == reason
    assert open_files() == before


def test_a_limit_that_is_no_number_of_mebibytes_is_told_in_bytes(place: Path) -> None:
    with pytest.raises(OSError, match="it has more than 1,000 bytes, which are the limit"):
        plain_file.content(place / "large.py", 1_000)


def test_a_plain_file_is_read_whole_also_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes("x\r\n\N{SNOWMAN}\ry\n".encode())
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert plain_file.text(tmp_path / "b", 10) == "x\n\N{SNOWMAN}\ny\n"
    assert len(plain_file.content(tmp_path / "b", 9)) == 9
    with pytest.raises(UnicodeDecodeError):
        (tmp_path / "a").write_bytes(b"\xff")
        plain_file.text(tmp_path / "a", 10)


@pytest.mark.parametrize("name", ["pipe.py", "device.py"])
def test_whoever_reads_a_file_by_its_path_waits_for_nothing(place: Path, name: str) -> None:
    path = place / name
    with pytest.raises(ScopeboxError, match="cannot be read: it is a pipe or a device, not a file"):
        read_plan(path)
    with pytest.raises(MockError, match="cannot be read: it is a pipe or a device, not a file"):
        read_answers(path)
    (place / ".scopebox").mkdir()
    path.rename(place / ".scopebox" / "secrets.json")
    with pytest.raises(ScopeboxError, match="cannot be read: it is a pipe or a device, not a file"):
        SecretFile(place).keep("a", "b")


def test_a_package_has_no_pipes(place: Path) -> None:
    with pytest.raises(PackageError, match="cannot be read: it is a pipe or a device, not a file"):
        Folder(place).read("pipe.py", 10)


@pytest.mark.parametrize("name", ["pipe.py", "device.py", "large.py"])
def test_a_file_is_loaded_as_an_extension_when_it_is_plain_and_no_longer_than_one(
    place: Path, name: str, box: Sandbox
) -> None:
    reason = (
        f"it has more than {MAX_SOURCE_BYTES:,} bytes" if name == "large.py" else "it is a pipe or a device, not a file"
    )
    with pytest.raises(OSError, match=reason):
        box.load_file(place / name)
