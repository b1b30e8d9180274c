"""The items of a project: files of JSON and CSV, a collection each, or one file of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from scopebox.errors import SchemaError
from scopebox.store.sources import csv_file
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from scopebox.store.schema.schema import Collection, Schema
    from scopebox.store.sources.layout import Layout
    from scopebox.text.notes import Notes

Item = dict[str, object]


@dataclass
class Found:
    """Items by collection, the file of each, and where it is CSV the lines of its items; ``system`` holds those of the system."""

    items: dict[str, list[Item]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    lines: dict[str, Sequence[int]] = field(default_factory=dict)
    system: dict[str, tuple[Path, object]] = field(default_factory=dict)


def read_items(layout: Layout, schema: Schema, names: Mapping[str, str], notes: Notes) -> Found:
    """Return the items of the project.

    ``names`` are the collections of files that are not called after theirs. Raises SchemaError, naming the file and the place.
    """
    found = Found()
    taken: dict[str, Path] = {}
    for name, path, content in _contents(layout, names):
        if name in taken:
            raise SchemaError(f"{taken[name]} and {path} both hold items of {inline(name)}", hint="Keep one of them.")
        taken[name] = path
        if name not in schema.collections:
            if name.startswith("directus_"):
                found.system[name] = path, content() if path.suffix == ".json" else None
            else:
                _unknown(name, schema, notes)
            continue
        collection = schema.collections[name]
        if path.suffix == ".csv":
            rows, lines = csv_file.read(path, layout.folder.content(path), collection)
            found.lines[name] = lines
        else:
            rows = _rows(content(), collection, path, notes)
        for unknown in sorted({key for row in rows for key in row} - set(collection.fields)):
            notes.count("field of items", "not in the schema, skipped", f"{name}.{unknown}")
        found.items[name], found.sources[name] = rows, str(path)
    return found


def _contents(layout: Layout, names: Mapping[str, str]) -> Iterator[tuple[str, Path, Callable[[], object]]]:
    """Yield the name of each collection that has items, the file, and what gives the content of it."""
    for stem, path in layout.items:
        if stem:
            name = names.get(path.relative_to(layout.folder.path).as_posix(), stem)
            yield name, path, partial(layout.folder.json, path)
            continue
        whole = layout.folder.json(path)
        if not isinstance(whole, dict):
            raise SchemaError(f"{path} has to hold an object of lists, by collection")
        for name, rows in whole.items():
            yield str(name), path, partial(lambda given: given, rows)


def answered(content: object) -> object:
    """Return ``content``, or what stands under ``data`` where it is an answer of the API."""
    if (
        isinstance(content, dict)
        and content.keys() <= {"data", "meta"}
        and isinstance(content.get("data"), list | dict)
    ):
        return content["data"]
    return content


def objects(content: object, path: Path, name: str) -> list[Item]:
    """Return the list of objects in ``content``. SchemaError, naming the file and the place, where it is none."""
    rows = answered(content)
    if not isinstance(rows, list):
        raise SchemaError(
            f"{path}: the items of {inline(name)} have to be a list of objects",
            hint="An export=json of Directus is one; only a singleton has an object of its own.",
        )
    wrong = next((at for at, row in enumerate(rows) if not isinstance(row, dict)), None)
    if wrong is not None:
        raise SchemaError(
            f"{path}: {name[:MAX_QUOTED_CHARACTERS]}[{wrong}] has to be an object, not {inline(rows[wrong])}"
        )
    return rows


def _rows(content: object, collection: Collection, path: Path, notes: Notes) -> list[Item]:
    """Return the items of one collection. A singleton has one at most, and none where its key is null: nobody wrote it yet."""
    given = answered(content)
    if not collection.singleton:
        return objects(given, path, collection.name)
    rows = [given] if isinstance(given, dict) else objects(given, path, collection.name)
    key = collection.primary_key.name
    if len(rows) == 1 and key in rows[0] and rows[0][key] is None:
        return []
    if len(rows) > 1:
        notes.count("singleton with several items", "the first one is read", collection.name)
    return rows


def _unknown(name: str, schema: Schema, notes: Notes) -> None:
    match = notes.meant(name, schema.collections)
    remedy = f" (did you mean {match}?)" if match else ""
    notes.add(f"items of {name[:MAX_QUOTED_CHARACTERS]}: there is no such collection{remedy}, skipped")
