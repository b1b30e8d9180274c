"""The lists of a schema in a file of JSON, whose entries are decoded one at a time: all of them take many times the memory of their text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from scopebox.errors import SchemaError
from scopebox.store.sources import files
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from pathlib import Path


class Entries:
    """The entries of the list ``name`` in the file ``path``."""

    def __init__(self, path: Path, name: str, texts: Sequence[msgspec.Raw]) -> None:
        self._path = path
        self._name = name
        self._texts = texts

    @classmethod
    def of(cls, path: Path, name: str, text: msgspec.Raw) -> Entries:
        """Return the entries of the list that ``text`` is. SchemaError if it is none."""
        try:
            return cls(path, name, files.entries(path, text))
        except msgspec.ValidationError:
            raise SchemaError(f"{path}: {inline(name)} has to be a list of objects") from None

    def __iter__(self) -> Iterator[object]:
        for at, text in enumerate(self._texts):
            yield files.entry(self._path, f"{self._name}[{at}]", text)

    def __len__(self) -> int:
        return len(self._texts)
