"""The lists of a schema in a file of JSON, whose entries are decoded one at a time: all of them take many times the memory of their text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from scopebox.errors import SchemaError
from scopebox.store.sources import files
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Entries:
    """The entries of the list ``name`` in the file ``path``: no list of a schema is held while another one is read."""

    def __init__(self, path: Path, name: str, text: msgspec.Raw) -> None:
        self._path = path
        self._name = name
        self._text = text

    @classmethod
    def of(cls, path: Path, name: str, text: msgspec.Raw) -> Entries:
        """Return the entries of the list that ``text`` is. SchemaError if it is none, or holds very many values."""
        if files.first_sign(text) != b"[":
            raise SchemaError(f"{path}: {inline(name)} has to be a list of objects")
        return cls(path, name, files.counted(f"{path}: {name}", text))

    def __iter__(self) -> Iterator[object]:
        for at, text in enumerate(self._entries()):
            yield files.entry(self._path, f"{self._name}[{at}]", text)

    def __len__(self) -> int:
        return len(self._entries())

    def _entries(self) -> list[msgspec.Raw]:
        return files.entries(self._path, self._name, self._text)
