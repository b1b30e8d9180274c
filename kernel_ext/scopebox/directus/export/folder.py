"""The folder of an export: written beside its place and moved there, so it is whole or not there at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox.errors import ExportError
from scopebox.text.messages import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MODE: Final = 0o755
_ELSEWHERE: Final = "Name another folder."
KEPT: Final = "config.js"  # of the user, who has written a token into it


def write(target: Path, files: Mapping[str, str], *, force: bool) -> None:
    """Write ``files``, by their paths within ``target``.

    A folder that holds anything is refused without ``force``; with it, files of the same names are replaced, but never a
    ``config.js``, and all others stay. ExportError for whatever goes wrong; then everything is as it was.
    """
    place = Path(os.path.abspath(target))  # noqa: PTH100 - a link is looked at, not followed
    _check(place, force=force)
    try:
        with _parents(place):
            _write(place, files)
    except OSError as error:
        raise ExportError(
            f"{place} cannot be written: {error.strerror or type(error).__name__}", hint=_ELSEWHERE
        ) from None


def _write(place: Path, files: Mapping[str, str]) -> None:
    beside = Path(tempfile.mkdtemp(prefix=f".{place.name[:60]}.", dir=place.parent))
    try:
        for name, text in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not (path.name == KEPT and os.path.lexists(place / name)):
                path.write_bytes(text.encode("utf-8", "replace"))
        beside.chmod(_MODE)
        _move(beside, place)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _check(place: Path, *, force: bool) -> None:
    if place.is_symlink():
        raise ExportError(f"{place} is a link", hint="Name the folder itself.")
    if not place.exists():
        return
    try:
        names = sorted(entry.name for entry in os.scandir(place))
    except OSError as error:
        raise ExportError(
            f"{place} cannot be used: {error.strerror}", hint=f"--to names a folder. {_ELSEWHERE}"
        ) from None
    if names and not force:
        raise ExportError(
            f"{place} is not empty: it has {listed(names)}",
            hint=f"{_ELSEWHERE} --force replaces what an export writes there, and keeps all else.",
        )


@contextmanager
def _parents(place: Path) -> Iterator[None]:
    """Make the folders above ``place`` that are missing; they go again if what is done in them fails."""
    made: list[Path] = []
    try:
        for folder in reversed([*takewhile(lambda each: not each.exists(), place.parents)]):
            folder.mkdir()
            made.append(folder)
        yield
    except BaseException:
        for folder in reversed(made):
            folder.rmdir()
        raise


def _move(beside: Path, place: Path) -> None:
    """Put the new folder in its place; what the old one had besides goes along."""
    if not place.exists():
        beside.rename(place)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{place.name[:60]}.", dir=place.parent))
    try:
        place.rename(aside)  # over an empty folder
    except OSError:
        aside.rmdir()
        raise
    try:
        beside.rename(place)
    except BaseException:
        aside.rename(place)
        raise
    _carry(aside, place)
    shutil.rmtree(aside, ignore_errors=True)


def _carry(old: Path, new: Path) -> None:
    """Move everything from ``old`` for which ``new`` has nothing of that name."""
    for entry in list(os.scandir(old)):
        there = new / entry.name
        if not os.path.lexists(there):
            Path(entry.path).rename(there)
        elif entry.is_dir(follow_symlinks=False) and there.is_dir() and not there.is_symlink():
            _carry(Path(entry.path), there)
