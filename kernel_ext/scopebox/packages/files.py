"""The files of a package, in a folder or in an archive: listed and read within bounds."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from scopebox.errors import PackageError
from scopebox.packages.paths import MAX_NESTED, check_path
from scopebox.text.messages import quote

MAX_FILES: Final = 5_000
NOT_PUBLISHED: Final = ("node_modules", ".git")  # folders that stand beside a package and are not part of it

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would wait for whoever writes to it


class Content(NamedTuple):
    """The beginning of a file, and how many bytes all of it has."""

    data: bytes
    size: int


class Files(Protocol):
    """What a package consists of."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many bytes each file has, by its path."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not looked at, and why."""

    def read(self, path: str, most: int) -> Content | None:
        """Return at most the first ``most`` bytes of a file, None if there is none; PackageError if it is not a plain file."""


class Folder:
    """A folder on the disk. Links in it are not followed, whatever they lead to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._links: list[str] = []
        self.sizes: Mapping[str, int] = dict(self._listed())
        self.notes = tuple(_notes(self._links))

    def read(self, path: str, most: int) -> Content | None:
        """Return at most the first ``most`` bytes of a file, None if there is none; PackageError if it is not a plain file."""
        *folders, name = check_path(path, "The package").split("/")
        with ExitStack() as opened:
            try:
                place = os.open(self._path, _FOLDER)
                opened.callback(os.close, place)
                for folder in folders:
                    place = os.open(folder, _FOLDER | os.O_NOFOLLOW, dir_fd=place)
                    opened.callback(os.close, place)
                file = os.open(name, _FILE, dir_fd=place)
                opened.callback(os.close, file)
                facts = os.fstat(file)
                if not stat.S_ISREG(facts.st_mode):
                    raise PackageError(f"{quote(path)} is not a file")
                with open(file, "rb", closefd=False) as content:
                    return Content(content.read(most), facts.st_size)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise PackageError(
                    f"{quote(path)} cannot be read: {error.strerror}",
                    hint="Links are not followed: a package consists of plain files.",
                ) from None

    def _listed(self) -> Iterator[tuple[str, int]]:
        waiting = [("", 0)]
        seen = 0
        while waiting:
            folder, depth = waiting.pop()
            if depth > MAX_NESTED:
                raise PackageError(f"{quote(folder)} lies in more than {MAX_NESTED} folders within each other")
            try:
                with os.scandir(self._path / folder) as entries:
                    for entry in entries:
                        seen += 1
                        if seen > MAX_FILES:
                            raise PackageError(
                                f"The folder has more than {MAX_FILES:,} files",
                                hint="Name the folder of one package, the one with its package.json.",
                            )
                        path = f"{folder}/{entry.name}" if folder else entry.name
                        if entry.is_symlink():
                            self._links.append(path)
                        elif entry.is_dir(follow_symlinks=False):
                            if entry.name not in NOT_PUBLISHED:
                                waiting.append((path, depth + 1))
                        elif entry.is_file(follow_symlinks=False):
                            yield path, entry.stat(follow_symlinks=False).st_size
            except OSError as error:
                raise PackageError(f"{quote(folder or str(self._path))} cannot be read: {error.strerror}") from None


def _notes(links: list[str]) -> Iterator[str]:
    if links:
        more = f" and {len(links) - 1:,} more" if len(links) > 1 else ""
        yield f"{quote(links[0])}{more}: a link, which is not followed"
