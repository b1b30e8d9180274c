"""The names of the files in which a pull keeps items: made of the names of collections, which are foreign, and known again.

A folder with a ``pull.json`` may come from somebody else, so the names in it are foreign as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

CONTENT: Final = "content"
SYSTEM_FILES: Final = {
    "directus_users": "users.json",
    "directus_files": "files.json",
    "directus_folders": "folders.json",
}
_PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}")
# Names that mean a device on Windows, whatever their ending.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])", re.IGNORECASE)
_NUMBERED: Final = re.compile(r"content/collection-[1-9][0-9]{0,8}\.json")


class ItemFiles:
    """The files of one folder, each with a name of its own; ``taken`` are the paths that there are already.

    Upper and lower case make no difference, as on some file systems.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {name.lower() for name in taken}
        self._number = 0

    def new(self, collection: str) -> str:
        """Return the path, in the folder, of a new file for ``collection``: its own name where that is a plain one on every system."""
        if collection in SYSTEM_FILES:
            return SYSTEM_FILES[collection]
        found = _own(collection)
        while not found or found.lower() in self._taken:
            self._number += 1
            found = f"{CONTENT}/collection-{self._number}.json"
        self._taken.add(found.lower())
        return found


def may_hold(file: str, collection: str) -> bool:
    """Whether ``file`` is a path that a pull itself gives to the items of ``collection``."""
    if collection in SYSTEM_FILES:
        return file == SYSTEM_FILES[collection]
    return _NUMBERED.fullmatch(file) is not None or (file != "" and file == _own(collection))


def _own(collection: str) -> str:
    """Return the path that has the name of the collection; an empty one if that is not a plain name everywhere."""
    plain = _PLAIN.fullmatch(collection) is not None and _DEVICES.fullmatch(collection) is None
    return f"{CONTENT}/{collection}.json" if plain else ""
