"""Projects on disk: a schema as Directus writes it, items, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import SchemaError
from scopebox.store.access import Access
from scopebox.store.schema.schema import Schema
from scopebox.store.schema.system import both
from scopebox.store.sources import files, pulled
from scopebox.store.sources import layout as layouts
from scopebox.store.sources.access_sources import PREFIX, read_access
from scopebox.store.sources.entries import Entries
from scopebox.store.sources.item_sources import JsonItems, read_items
from scopebox.store.sources.snapshot import parse_snapshot, snapshot_schema
from scopebox.text.literals import inline
from scopebox.text.messages import listed
from scopebox.text.notes import Notes

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from scopebox.store.sources.item_sources import Found, Items
    from scopebox.store.sources.layout import Layout

_ASSETS: Final = "assets"


@dataclass(frozen=True)
class Project:
    """What was found: the schema, the items by collection, who may do what, and notes about what was skipped.

    ``system`` holds files and folders as the API of a Directus answers them, by system collection. ``layout`` says in words
    which files were found. Items are not read before they are asked for.
    """

    schema: Schema
    items: Mapping[str, Items]
    access: Access
    notes: tuple[str, ...] = ()
    system: Mapping[str, Items] = field(default_factory=dict)
    layout: str = ""


def merged(present: Schema, added: Schema) -> Schema:
    """Return both schemas as one; SchemaError if they have a collection in common."""
    common = sorted(set(present.collections) & set(added.collections))
    if common:
        raise SchemaError(
            f"There is a collection {inline(common[0])} already", hint="A store takes over new collections only."
        )
    return Schema(
        {**present.collections, **added.collections},
        (*present.relations, *added.relations),
        (*present.any_relations, *added.any_relations),
        both(present.system, added.system),
        present.system_relations or added.system_relations,
        {**present.unfollowed, **added.unfollowed},
        present.records.joined(added.records),
    )


def read_project(folder: str | Path) -> Generator[None, None, Project]:
    """Read the schema and the access of ``folder``, in any of the forms that a Directus and its tools write, in steps, and find its items.

    The schema is a snapshot, or what the API answers of collections, fields and relations; items are ``items.json``, or a file a
    collection in ``items/`` or ``content/``; the access is ``access.json``, or the lists that the API answers. Raises SchemaError,
    naming the file and the place, where one of them cannot be read.
    """
    layout = layouts.find(Path(folder))
    notes = Notes()
    if layout.of_template_tool:
        notes.add(f"read as {layouts.TEMPLATE} writes it")
    schema = pulled.noted(layout.folder, (yield from _schema(layout, notes)), notes)
    yield
    record = pulled.read(layout.folder)
    found = read_items(layout, schema, {} if record is None else record.files, notes)
    yield
    access = yield from read_access(layout, found.system, schema, notes)
    system = _system(layout, found, notes)
    if layout.unused:
        notes.add(f"{listed(layout.unused)}: not used, the store has nothing of the kind")
    if layout.folder.file(_ASSETS) is not None:
        notes.add(f"{_ASSETS}/: not used, file contents are not kept")
    return Project(schema, found.items, access, tuple(notes.lines), system, str(layout))


def _schema(layout: Layout, notes: Notes) -> Generator[None, None, Schema]:
    folder = layout.folder
    if layout.snapshots:
        first, *others = layout.snapshots
        for other in others:
            notes.add(f"{other.name}: not read, {first.name} comes first")
        return (yield from parse_snapshot(first, folder.content(first), notes))
    data = {name: _answered(layout, name) for name in layouts.API_SCHEMA}
    yield
    try:
        return (yield from snapshot_schema(data, notes))
    except SchemaError as error:
        named = error.message.startswith(f"{folder.path}")
        raise SchemaError(error.message if named else f"{folder.path}: {error.message}", hint=error.hint) from error


def _answered(layout: Layout, name: str) -> Entries:
    """Return the list that the API answered of the part ``name`` of a schema; an empty one if there is none."""
    path = layout.lists.get(name)
    if path is None:
        return Entries(layout.folder.path, name, msgspec.Raw(b"[]"))
    return Entries.of(path, name, files.unwrapped(path, msgspec.Raw(layout.folder.content(path))))


def _system(layout: Layout, found: Found, notes: Notes) -> dict[str, Items]:
    """Return the files and folders of the system; what there is of other system collections is not used."""
    system: dict[str, Items] = {}
    paths = [(f"{PREFIX}{name}", layout.lists[name]) for name in layouts.SYSTEM_ITEMS if name in layout.lists]
    given = [(name, path, JsonItems(path, partial(layout.folder.text_of_json, path))) for name, path in paths]
    for name, path, items in (*given, *((name, *entry) for name, entry in found.system.items())):
        kind = name.removeprefix(PREFIX)
        if kind in layouts.SYSTEM_ITEMS:
            if name in system:
                raise SchemaError(f"{layout.lists[kind]} and {path} both hold {kind}", hint="Keep one of them.")
            system[name] = items
        elif kind not in layouts.ACCESS:
            place = path.name if path.stem == name else f"{name} in {path.name}"
            notes.count("file of a system collection", "the store does not have it, skipped", place)
    return system
