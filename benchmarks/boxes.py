"""Sandboxes and stores that have the collections."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox import Sandbox, Store

from benchmarks.things import BOOKS, COLLECTIONS, SHELVES, as_json, stock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Stage
    from benchmarks.things import Record

ADMIN: Final = "bench-admin"  # tokens
EDITOR: Final = "bench-editor"


def fields(name: str) -> Iterator[Record]:
    """The fields of a collection as Directus writes them."""
    for field, (kind, _) in COLLECTIONS[name].fields.items():
        key = field == "id"
        schema = {"is_primary_key": key, "has_auto_increment": key, "is_nullable": not key}
        yield {"collection": name, "field": field, "type": kind, "meta": {}, "schema": schema}


def snapshot() -> Record:
    """The schema of the collections as Directus writes it."""
    books: Record = {
        "collection": SHELVES,
        "field": "books",
        "type": "alias",
        "meta": {"special": ["o2m"]},
        "schema": None,
    }
    relation = {
        "collection": BOOKS,
        "field": "shelf",
        "related_collection": SHELVES,
        "meta": {"many_collection": BOOKS, "many_field": "shelf", "one_collection": SHELVES, "one_field": "books"},
        "schema": {"table": BOOKS, "column": "shelf", "foreign_key_table": SHELVES, "foreign_key_column": "id"},
    }
    return {
        "version": 1,
        "collections": [{"collection": name, "meta": {}, "schema": {"name": name}} for name in COLLECTIONS],
        "fields": [*(field for name in COLLECTIONS for field in fields(name)), books],
        "relations": [relation],
    }


def access() -> Record:
    """An administrator, and an editor whose rules have to be looked at but keep nothing back."""
    rules = [
        {"collection": name, "action": action, "fields": list(COLLECTIONS[name].fields), **rule}
        for name in COLLECTIONS
        if "views" in COLLECTIONS[name].fields
        for action, rule in (
            ("read", {"permissions": {"views": {"_gte": 0}}}),
            ("create", {"validation": {"title": {"_nnull": True}}}),
            ("update", {"permissions": {"views": {"_gte": 0}}}),
        )
    ]
    return {
        "users": {
            "admin": {"admin": True, "token": ADMIN},
            "editor": {"id": "00000000-0000-4000-8000-000000000001", "role": "editor", "token": EDITOR},
        },
        "roles": {"editor": {"id": "00000000-0000-4000-8000-000000000002", "policies": ["editor"]}},
        "policies": {"editor": {"id": "00000000-0000-4000-8000-000000000003", "permissions": rules}},
    }


def project_store() -> Store:
    """A store with the collections, in memory, and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "snapshot.json").write_text(as_json(snapshot()), "utf-8")
        Path(folder, "access.json").write_text(as_json(access()), "utf-8")
        return Store.from_project(folder)


def fill(box: Sandbox, items: int) -> None:
    """Create the items that a run of ``items`` has."""
    for name, records in stock(items):
        box.items(name).create(records)


def empty_box(stage: Stage) -> Sandbox:
    """A sandbox whose store has the collections, without items."""
    return stage.enter(Sandbox(stage.enter(project_store())))


def full_box(stage: Stage) -> Sandbox:
    """The same with all items of the run."""
    box = empty_box(stage)
    fill(box, stage.size.items)
    return box
