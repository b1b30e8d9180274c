"""The items of a project, in portions: files of JSON and CSV, a collection each, or one file of all of them.

A file is read when its collection is filled, and its items are decoded a portion at a time: all of them at once take many times the
memory of their text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from scopebox.errors import SchemaError
from scopebox.store.sources import csv_file, files
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS

if TYPE_CHECKING:
    from pathlib import Path

    from scopebox.store.schema.schema import Collection, Schema
    from scopebox.store.sources.layout import Layout
    from scopebox.text.notes import Notes

Item = dict[str, object]
Portion = tuple[list[Item], Sequence[int]]
"""Some items in a row, and the line of each where they stand in CSV. One without items is a place to rest."""
MAX_PORTION: Final = files.MIB // 2  # bytes of the items of one portion, unless a single one has more
_LIST: Final = b"["


class Items(Protocol):
    """The items of one collection."""

    @property
    def source(self) -> str:
        """The file, empty for none."""
        ...

    def portions(self, collection: Collection, most: int, notes: Notes) -> Iterator[Portion]:
        """Yield the items, no more than ``most`` at a time. SchemaError, naming the file and the place, for what is none."""
        ...


@dataclass(frozen=True)
class Listed:
    """Items that are there already."""

    items: Sequence[Item]
    source: str = ""

    def portions(self, _collection: Collection, most: int, _notes: Notes) -> Iterator[Portion]:
        """Yield the items, no more than ``most`` at a time."""
        for start in range(0, len(self.items), most):
            yield [*self.items[start : start + most]], ()


@dataclass(frozen=True)
class CsvItems:
    """The items in a file of CSV, whose bytes ``content`` gives."""

    path: Path
    content: Callable[[], bytes]

    @property
    def source(self) -> str:
        """The file."""
        return str(self.path)

    def portions(self, collection: Collection, most: int, _notes: Notes) -> Iterator[Portion]:
        """Yield the items, no more than ``most`` at a time."""
        return csv_file.portions(self.path, self.content(), collection, most)


@dataclass(frozen=True)
class JsonItems:
    """The items in a file of JSON, or in a part of one, whose text ``content`` gives."""

    path: Path
    content: Callable[[], msgspec.Raw]

    @property
    def source(self) -> str:
        """The file."""
        return str(self.path)

    def portions(self, collection: Collection, most: int, notes: Notes) -> Iterator[Portion]:
        """Yield the items, no more than ``most`` at a time."""
        entries = self._entries(collection)
        yield [], ()
        if collection.singleton and len(entries) > 1:
            notes.count("singleton with several items", "the first one is read", collection.name)
        elif collection.singleton and self._is_unwritten(entries, collection):
            return
        start = size = 0
        for at, entry in enumerate(entries, 1):
            size += len(memoryview(entry))
            if size >= MAX_PORTION or at - start == most or at == len(entries):
                yield self._decoded(entries[start:at], start, collection), ()
                start, size = at, 0

    def _entries(self, collection: Collection) -> list[msgspec.Raw]:
        """Return the items, each as its text; a singleton may stand there without a list, and either as an answer of the API."""
        text = files.unwrapped(self.path, self.content())
        if files.first_sign(text) == _LIST:
            return files.entries(self.path, collection.name[:MAX_QUOTED_CHARACTERS], text)
        files.decoded_as(self.path, text, msgspec.Raw)  # what is no JSON at all says so
        if not (collection.singleton and files.first_sign(text) == b"{"):
            raise SchemaError(
                f"{self.path}: the items of {inline(collection.name)} have to be a list of objects",
                hint="An export=json of Directus is one; only a singleton has an object of its own.",
            )
        return [text]

    def _decoded(self, entries: Sequence[msgspec.Raw], start: int, collection: Collection) -> list[Item]:
        name = collection.name[:MAX_QUOTED_CHARACTERS]
        found: list[Item] = []
        for at, entry in enumerate(entries, start):
            item = files.entry(self.path, f"{name}[{at}]", entry)
            if not isinstance(item, dict):
                raise SchemaError(f"{self.path}: {name}[{at}] has to be an object, not {inline(item)}")
            found.append(item)
        return found

    def _is_unwritten(self, entries: Sequence[msgspec.Raw], collection: Collection) -> bool:
        """Return whether nobody wrote a singleton yet: its key is null."""
        key = collection.primary_key.name
        return any(key in item and item[key] is None for item in self._decoded(entries, 0, collection))


@dataclass
class Found:
    """Items by collection; ``system`` holds those of system collections, with the file of each."""

    items: dict[str, Items] = field(default_factory=dict)
    system: dict[str, tuple[Path, Items]] = field(default_factory=dict)


def read_items(layout: Layout, schema: Schema, names: Mapping[str, str], notes: Notes) -> Found:
    """Return where the items of the project stand.

    ``names`` are the collections of files that are not called after theirs. Raises SchemaError, naming the file and the place.
    """
    found = Found()
    taken: dict[str, Path] = {}
    for name, path, items in _contents(layout, names):
        if name in taken:
            raise SchemaError(f"{taken[name]} and {path} both hold items of {inline(name)}", hint="Keep one of them.")
        taken[name] = path
        if name in schema.collections:
            found.items[name] = items
        elif name.startswith("directus_"):
            found.system[name] = path, items
        else:
            _unknown(name, schema, notes)
    return found


def _contents(layout: Layout, names: Mapping[str, str]) -> Iterator[tuple[str, Path, Items]]:
    """Yield the name of each collection that has items, the file, and the items."""
    for stem, path in layout.items:
        if stem:
            name = names.get(path.relative_to(layout.folder.path).as_posix(), stem)
            if path.suffix == ".csv":
                yield name, path, CsvItems(path, partial(layout.folder.content, path))
            else:
                yield name, path, JsonItems(path, partial(layout.folder.text_of_json, path))
            continue
        for name, rows in files.members(path, layout.folder.content(path)).items():
            yield name, path, JsonItems(path, partial(lambda given: given, rows))


def _unknown(name: str, schema: Schema, notes: Notes) -> None:
    match = notes.meant(name, schema.collections)
    remedy = f" (did you mean {match}?)" if match else ""
    notes.add(f"items of {name[:MAX_QUOTED_CHARACTERS]}: there is no such collection{remedy}, skipped")
