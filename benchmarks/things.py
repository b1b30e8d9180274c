"""A large collection of ten fields, in a sandbox and in a bare DuckDB."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
from scopebox import Sandbox, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Stage

NAME: Final = "things"
FIELDS: Final = {
    "id": ("integer", "INTEGER"),
    "title": ("string", "VARCHAR"),
    "slug": ("string", "VARCHAR"),
    "body": ("text", "VARCHAR"),
    "status": ("string", "VARCHAR"),
    "section": ("integer", "INTEGER"),
    "views": ("integer", "INTEGER"),
    "rating": ("float", "DOUBLE"),
    "featured": ("boolean", "BOOLEAN"),
    "published": ("dateTime", "TIMESTAMP"),
}
STATUSES: Final = ("draft", "review", "published", "archived")
CHUNK: Final = 10_000


def item(number: int) -> dict[str, object]:
    """One item without its key; neighbours differ in every field."""
    return {
        "title": f"Thing number {number}",
        "slug": f"thing-{number}",
        "body": f"What there is to say about thing number {number}.",
        "status": STATUSES[number % 4],
        "section": number % 97,
        "views": number * 7919 % 100_003,
        "rating": number % 50 / 10,
        "featured": number % 13 == 0,
        "published": f"2024-{number % 12 + 1:02}-{number % 28 + 1:02}T{number % 24:02}:00:00",
    }


def snapshot() -> dict[str, object]:
    """The schema of the collection as Directus writes it."""
    fields = [
        {
            "collection": NAME,
            "field": name,
            "type": kind,
            "meta": {},
            "schema": {"is_primary_key": name == "id", "has_auto_increment": name == "id", "is_nullable": name != "id"},
        }
        for name, (kind, _) in FIELDS.items()
    ]
    collection = {"collection": NAME, "meta": {}, "schema": {"name": NAME}}
    return {"version": 1, "collections": [collection], "fields": fields, "relations": []}


def empty_box(stage: Stage) -> Sandbox:
    """A sandbox whose store has the collection, without items."""
    store = stage.enter(Store())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "snapshot.json"
        path.write_text(json.dumps(snapshot()), "utf-8")
        store.load_snapshot(path)
    return stage.enter(Sandbox(store))


def full_box(stage: Stage) -> Sandbox:
    """The same with all items that the run asks for."""
    box = empty_box(stage)
    for begin in range(0, stage.size.items, CHUNK):
        box.items(NAME).create([item(number) for number in range(begin, min(begin + CHUNK, stage.size.items))])
    return box


class Bare:
    """The collection as a table that nothing stands before."""

    def __init__(self, stage: Stage, items: int = 0) -> None:
        self._connection = stage.enter(duckdb.connect())
        columns = ", ".join(f"{name} {kind}" for name, (_, kind) in FIELDS.items() if name != "id")
        self._connection.execute("CREATE SEQUENCE keys")
        self._connection.execute(f"CREATE TABLE {NAME} (id INTEGER PRIMARY KEY DEFAULT nextval('keys'), {columns})")
        for begin in range(0, items, CHUNK):
            self.insert(as_json([item(number) for number in range(begin, min(begin + CHUNK, items))]))

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, object]]:
        """Run a query and return its rows as dicts."""
        cursor = self._connection.execute(sql, parameters)
        names = [entry[0] for entry in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def insert(self, text: str) -> list[tuple[object, ...]]:
        """Insert the items of a JSON text in one statement and return their keys."""
        shape = as_json([{name: kind for name, (_, kind) in FIELDS.items() if name != "id"}])
        names = ", ".join(name for name in FIELDS if name != "id")
        return self._connection.execute(
            f"INSERT INTO {NAME} ({names}) SELECT r.* FROM (SELECT unnest(from_json(?::JSON, '{shape}')) AS r) RETURNING id",
            [text],
        ).fetchall()


def as_json(data: object) -> str:
    """JSON text without spaces."""
    return json.dumps(data, separators=(",", ":"))


def empty_table(stage: Stage) -> Bare:
    """The table without items."""
    return Bare(stage)


def full_table(stage: Stage) -> Bare:
    """The table with all items that the run asks for."""
    return Bare(stage, stage.size.items)
