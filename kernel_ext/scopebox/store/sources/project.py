"""Projects on disk: a schema snapshot as Directus writes it, items, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.store.access import Access
from scopebox.store.schema.schema import Schema
from scopebox.store.schema.system import both
from scopebox.store.sources import pulled
from scopebox.store.sources.doubts import doubts
from scopebox.store.sources.files import Folder
from scopebox.store.sources.snapshot import parse_snapshot
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS, closest
from scopebox.text.notes import Notes

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, object]
SNAPSHOTS: Final = ("snapshot.yaml", "snapshot.yml", "snapshot.json", "schema.yaml", "schema.yml", "schema.json")


@dataclass(frozen=True)
class Project:
    """What was found: the schema, the items by collection, who may do what, and notes about what was skipped.

    ``sources`` are the files of the items, by collection, for the errors about them. ``system`` holds users, files and folders as
    the API of a Directus answers them, by system collection.
    """

    schema: Schema
    items: Mapping[str, list[Item]]
    access: Access
    notes: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    system: Mapping[str, list[Item]] = field(default_factory=dict)


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
    )


def read_project(folder: str | Path) -> Project:
    """Read ``snapshot.yaml`` (or JSON), ``items.json`` or ``items/<collection>.json``, and ``access.json`` of ``folder``.

    Raises SchemaError, naming the file and the place, where one of them cannot be read.
    """
    project = Folder(Path(folder))
    found = [path for name in SNAPSHOTS if (path := project.file(name)) is not None]
    if not found:
        what = (
            f"There is no schema in {project.path}" if project.path.is_dir() else f"There is no folder {project.path}"
        )
        raise SchemaError(what, hint=f"A project is a folder with a schema, looked for as {', '.join(SNAPSHOTS)}.")
    notes = Notes()
    schema = pulled.noted(project, parse_snapshot(found[0], project.content(found[0]), notes), notes)
    for other in found[1:]:
        notes.add(f"{other.name}: not read, {found[0].name} comes first")
    sources: dict[str, str] = {}
    items = _items(project, schema, notes, sources)
    return Project(schema, items, _access(project, schema, notes), tuple(notes.lines), sources)


def _items(folder: Folder, schema: Schema, notes: Notes, sources: dict[str, str]) -> dict[str, list[Item]]:
    items = {}
    for name, (path, content) in _found(folder).items():
        rows = (
            content.get("data") if isinstance(content, dict) else content
        )  # data: the answer of GET /items/<collection>
        if not isinstance(rows, list):
            raise SchemaError(
                f"{path}: the items of {inline(name)} have to be a list of objects",
                hint="An export=json of Directus is one.",
            )
        wrong = next((at for at, row in enumerate(rows) if not isinstance(row, dict)), None)
        if wrong is not None:
            raise SchemaError(
                f"{path}: {name[:MAX_QUOTED_CHARACTERS]}[{wrong}] has to be an object, not {inline(rows[wrong])}"
            )
        if name not in schema.collections:
            match = closest(name, schema.collections)
            notes.add(
                f"items of {name[:MAX_QUOTED_CHARACTERS]}: there is no such collection{f' (did you mean {match}?)' if match else ''}, skipped"
            )
            continue
        for unknown in sorted({key for row in rows for key in row} - set(schema.collections[name].fields)):
            notes.add(f"items of {name}: the field {inline(unknown)} is not in the schema, skipped")
        items[name], sources[name] = rows, str(path)
    return items


def _found(folder: Folder) -> dict[str, tuple[Path, object]]:
    """Return file and content of the items of each collection."""
    found: dict[str, tuple[Path, object]] = {}
    whole = folder.file("items.json")
    if whole is not None:
        content = folder.json(whole)
        if not isinstance(content, dict):
            raise SchemaError(f"{whole} has to hold an object of lists, by collection")
        found |= {str(name): (whole, rows) for name, rows in content.items()}
    for path in folder.files("items", ".json"):
        if path.stem in found:
            raise SchemaError(f"{whole} and {path} both hold items of {inline(path.stem)}", hint="Keep one of them.")
        found[path.stem] = (path, folder.json(path))
    return found


def _access(folder: Folder, schema: Schema, notes: Notes) -> Access:
    path = folder.file("access.json")
    if path is None:
        return Access()
    content = folder.json(path)
    try:
        access = Access.read(content)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error.message}", hint=error.hint) from error
    for line in doubts(access, schema):
        if notes.full:
            break
        notes.add(f"{path.name}: {line}")
    return access
