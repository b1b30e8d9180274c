"""Paths within a package: whatever they are written as, they stay in it."""

from __future__ import annotations

from typing import Final

from scopebox.errors import PackageError
from scopebox.text.messages import quote

MAX_PATH_CHARACTERS: Final = 500
MAX_NESTED: Final = 32  # folders within folders


def check_path(path: str, whose: str) -> str:
    """Return ``path`` if it names something within a package; PackageError says what is wrong with it, and ``whose`` it is."""
    if len(path) > MAX_PATH_CHARACTERS:
        raise PackageError(f"{whose} has a path of {len(path):,} characters, {MAX_PATH_CHARACTERS} are the limit")
    if not path or not path.isprintable() or "\\" in path:
        raise PackageError(f"{whose} has the path {quote(path)}, which has characters that no path of a package has")
    parts = path.split("/")
    if path.startswith("/") or ".." in parts:
        raise PackageError(f"{whose} has the path {quote(path)}, which leaves the package")
    if "" in parts or "." in parts:
        raise PackageError(f"{whose} has the path {quote(path)}, which is not a plain one")
    if len(parts) > MAX_NESTED:
        raise PackageError(f"{whose} has the path {quote(path)}: more than {MAX_NESTED} folders within each other")
    return path
