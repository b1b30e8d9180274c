"""The files of a package, in a folder or in an archive: listed and read within bounds."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from scopebox import plain_file
from scopebox.errors import PackageError
from scopebox.packages.paths import MAX_NESTED, check_path
from scopebox.text.messages import quote

MAX_FILES: Final = 5_000
NOT_PUBLISHED: Final = ("node_modules", ".git")  # folders that stand beside a package and are not part of it

_MOUNT_POINT: Final = 0xA0000003  # the tag of a folder that stands for another one on Windows
_HAS_PLACES: Final = os.open in os.supports_dir_fd and hasattr(os, "O_NOFOLLOW")  # not on Windows
_FOLDER: Final = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0)
_FILE: Final = plain_file.FLAGS | _NO_LINK


class Content(NamedTuple):
    """The beginning of a file, and how many bytes all of it has."""

    data: bytes
    size: int


class Readable(Protocol):
    """What has files that can be read one by one."""

    def read(self, path: str, most: int) -> Content | None:
        """Return at most the first ``most`` bytes of a file, None if there is none; PackageError if it is not a plain file."""


class Files(Readable, Protocol):
    """What a package consists of."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many bytes each file has, by its path."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not looked at, and why."""


class Unlisted:
    """A folder on the disk of which nothing is read but what is asked for. Links in it are not followed, whatever they lead to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, path: str, most: int) -> Content | None:
        """Return at most the first ``most`` bytes of a file, None if there is none; PackageError if it is not a plain file."""
        *folders, name = check_path(path, "The package").split("/")
        with ExitStack() as opened:
            try:
                file = self._opened(folders, name, opened) if _HAS_PLACES else self._opened_by_path([*folders, name])
                opened.callback(os.close, file)
                size = plain_file.size_of(file)
                with open(file, "rb", closefd=False) as content:
                    return Content(content.read(most), size)
            except FileNotFoundError:
                return None
            except OSError as error:
                raise PackageError(
                    f"{quote(path)} cannot be read: {error.strerror}",
                    hint="Links are not followed: a package consists of plain files.",
                ) from None

    def _opened(self, folders: list[str], name: str, opened: ExitStack) -> int:
        """Open a file from folder to folder, so that none of them can become a link meanwhile."""
        place = os.open(self._path, _FOLDER)
        opened.callback(os.close, place)
        for folder in folders:
            place = os.open(folder, _FOLDER | _NO_LINK, dir_fd=place)
            opened.callback(os.close, place)
        return os.open(name, _FILE, dir_fd=place)

    def _opened_by_path(self, parts: list[str]) -> int:
        """Open a file where a system can only do that by its whole path: it has to be the one that was looked at."""
        place = self._path
        for part in parts:
            place = place / part
            if _is_link(place):
                raise OSError(errno.ELOOP, "it leads through a link")
        file = os.open(place, _FILE)
        if not os.path.samestat(os.fstat(file), place.lstat()):
            os.close(file)
            raise OSError(errno.ELOOP, "it was exchanged while it was opened")
        return file


class Folder(Unlisted):
    """A folder on the disk, and what it has."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._links: list[str] = []
        self.sizes: Mapping[str, int] = dict(self._listed())
        self.notes = tuple(_notes(self._links))

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


def _is_link(path: Path) -> bool:
    """Whether it is a link, or what Windows has in its place."""
    facts = path.lstat()
    return stat.S_ISLNK(facts.st_mode) or getattr(facts, "st_reparse_tag", 0) == _MOUNT_POINT


def _notes(links: list[str]) -> Iterator[str]:
    if links:
        more = f" and {len(links) - 1:,} more" if len(links) > 1 else ""
        yield f"{quote(links[0])}{more}: a link, which is not followed"
