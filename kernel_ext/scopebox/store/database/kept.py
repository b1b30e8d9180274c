"""What was made once and is kept for the next time that the same is asked for: bounded in number and in size."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Entry = TypeVar("Entry")
MAX_ENTRIES: Final = 300
MAX_CHARACTERS: Final = 50_000  # of one entry
MAX_CHARACTERS_IN_ALL: Final = 500_000


class Kept(Generic[Key, Entry]):
    """The entries that were asked for last: at most ``most``, each of so many ``characters``, and of so many ``in_all``. Any thread."""

    def __init__(
        self, most: int = MAX_ENTRIES, characters: int = MAX_CHARACTERS, in_all: int = MAX_CHARACTERS_IN_ALL
    ) -> None:
        self._most = most
        self._largest = characters
        self._in_all = in_all
        self._entries: OrderedDict[Key, tuple[Entry, int]] = OrderedDict()
        self._characters = 0
        self._lock = threading.Lock()

    def find(self, key: Key) -> Entry | None:
        """Return what is kept under ``key``."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                return None
            self._entries.move_to_end(key)
            return found[0]

    def keep(self, key: Key, entry: Entry, characters: int) -> None:
        """Keep ``entry``, which takes about so many ``characters``, unless it is too large; the oldest ones make room."""
        if characters > self._largest:
            return
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = (entry, characters)
            self._characters += characters
            while len(self._entries) > self._most or self._characters > self._in_all:
                self._characters -= self._entries.popitem(last=False)[1][1]

    def __len__(self) -> int:
        return len(self._entries)
