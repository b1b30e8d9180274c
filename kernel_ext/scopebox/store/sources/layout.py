"""Where the parts of a project stand in its folder, and which tool wrote it so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scopebox.errors import SchemaError
from scopebox.store.sources import pulled
from scopebox.store.sources.files import Folder
from scopebox.text.messages import listed

SNAPSHOTS: Final = (
    "snapshot.yaml", "snapshot.yml", "snapshot.json", "schema.yaml", "schema.yml", "schema.json",
    "schema/snapshot.json", "schema/snapshot.yaml", "schema/snapshot.yml",
)  # fmt: skip
API_SCHEMA: Final = ("collections", "fields", "relations")
ACCESS: Final = ("access", "policies", "permissions", "roles", "users")
SYSTEM_ITEMS: Final = ("files", "folders")
ITEM_FOLDERS: Final = ("items", "content")
ITEM_ENDINGS: Final = (".json", ".csv")
TEMPLATE: Final = "the template tool of Directus"
_SOURCE: Final = "src"  # where a template has everything but its description
_UNUSED: Final = ("dashboards", "extensions", "flows", "operations", "panels", "presets", "settings", "translations", "webhooks")  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """The files of a project: ``snapshots`` in the order in which they count, ``lists`` and ``items`` by what they are called."""

    folder: Folder
    snapshots: tuple[Path, ...]
    lists: dict[str, Path]
    items: tuple[tuple[str, Path], ...]
    unused: tuple[str, ...]

    @property
    def of_template_tool(self) -> bool:
        """Whether the official template tool wrote the folder."""
        return any(path.parent.name == "schema" for path in self.snapshots) or (
            "collections" in self.lists and any(path.parent.name == "content" for _, path in self.items)
        )

    def __str__(self) -> str:
        parts = [path.relative_to(self.folder.path).as_posix() for path in self.snapshots[:1]]
        if not parts:
            parts = [self.lists[name].name for name in API_SCHEMA if name in self.lists]
        for folder in ("", *ITEM_FOLDERS):
            inside = [
                path
                for _, path in self.items
                if path.parent.name == folder or (not folder and path.parent == self.folder.path)
            ]
            parts += [f"{folder}/ ({len(inside):,} files)"] if folder and inside else [path.name for path in inside]
        parts += [self.lists[name].name for name in (*ACCESS, *SYSTEM_ITEMS) if name in self.lists]
        what = f"as {TEMPLATE} writes it" if self.of_template_tool else "a project"
        return f"{self.folder.path}, {what}: {listed(parts)}"


def find(path: Path) -> Layout:
    """Return where the parts of the project in the folder ``path`` stand, or in its ``src``, as in a template. SchemaError without a schema."""
    inner = Folder(path).file(_SOURCE)
    for folder in (Folder(path), *([Folder(inner)] if inner is not None and inner.is_dir() else [])):
        snapshots = tuple(found for name in SNAPSHOTS if (found := folder.file(*name.split("/"))) is not None)
        lists = {
            name: found
            for name in (*API_SCHEMA, *ACCESS, *SYSTEM_ITEMS)
            if (found := folder.file(f"{name}.json")) is not None
        }
        if snapshots or {"collections", "fields"} <= lists.keys():
            unused = tuple(f"{name}.json" for name in _UNUSED if folder.file(f"{name}.json") is not None)
            return Layout(folder, snapshots, lists, tuple(_items(folder)), unused)
    if Folder(path).file(pulled.NAME) is not None:
        raise SchemaError(f"The pull into {path} has not come as far as its schema", hint=pulled.GO_ON)
    what = f"There is no schema in {path}" if path.is_dir() else f"There is no folder {path}"
    raise SchemaError(what, hint=f"A project is a folder with a schema, looked for as {', '.join(SNAPSHOTS)}.")


def _items(folder: Folder) -> list[tuple[str, Path]]:
    """Return the files that hold items, with the name of the collection, which is empty for the file of all of them."""
    whole = folder.file("items.json")
    found = [] if whole is None else [("", whole)]
    for name in ITEM_FOLDERS:
        for ending in ITEM_ENDINGS:
            found += [(path.name.removesuffix(ending), path) for path in folder.files(name, ending)]
    return found
