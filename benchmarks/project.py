"""Loading a project, beside the parsing of its snapshot with the C loader of PyYAML."""

from __future__ import annotations

import json
import tempfile
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

import yaml
from scopebox import Store

from benchmarks.measure import Pair, Row, Stage, Target, timed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Record = dict[str, object]
ITEMS: Final = 10  # of each collection
PARSING: Final = "parsing its snapshot.yaml with the C loader"
_SHOWN: Final = (  # what a Directus keeps of a field for people, and every snapshot says
    "conditions", "display", "display_options", "hidden", "interface", "note", "options", "readonly", "required", "sort", "translations",
    "validation", "validation_message", "width",
)  # fmt: skip
_COLUMN: Final = {
    "data_type": "character varying", "default_value": None, "foreign_key_column": None, "foreign_key_table": None, "generation_expression": None,
    "has_auto_increment": False, "is_generated": False, "is_indexed": False, "is_nullable": True, "is_primary_key": False, "is_unique": False,
    "max_length": None, "numeric_precision": None, "numeric_scale": None,
}  # fmt: skip
_FIELDS: Final[Mapping[str, tuple[str, Record]]] = {
    "id": ("integer", {"is_primary_key": True, "is_nullable": False, "has_auto_increment": True}),
    "status": ("string", {"default_value": "draft", "max_length": 20}),
    "sort": ("integer", {}),
    "date_created": ("timestamp", {}),
    "title": ("string", {"is_nullable": False, "max_length": 255}),
    "slug": ("string", {"is_unique": True, "max_length": 255}),
    "body": ("text", {}),
    "settings": ("json", {}),
    "price": ("decimal", {"numeric_precision": 10, "numeric_scale": 2}),
    "parent": ("integer", {}),
}


def load(tables: int, stage: Stage) -> Pair:
    """Load a project of ``tables`` collections, each with ten fields, a relation to the one before, and some items."""
    tables = min(tables, stage.size.items)
    folder = Path(stage.enter(tempfile.TemporaryDirectory()))
    text = yaml.dump(_snapshot(tables), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
    (folder / "snapshot.yaml").write_text(text, "utf-8")
    (folder / "items.json").write_text(json.dumps({_name(at): list(_items(at)) for at in range(tables)}), "utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Pair(timed(lambda: Store.from_project(folder).close()), timed(lambda: yaml.load(text, loader)))


def _name(at: int) -> str:
    return f"collection_{at}"


def _snapshot(tables: int) -> Record:
    names = [_name(at) for at in range(tables)]
    return {
        "version": 1,
        "directus": "11.17.4",
        "vendor": "postgres",
        "collections": [
            {"collection": name, "meta": {"accountability": "all", "sort_field": "sort"}, "schema": {"name": name}}
            for name in names
        ],
        "fields": [_field(name, field, type_, column) for name in names for field, (type_, column) in _FIELDS.items()],
        "relations": [
            {
                "collection": name,
                "field": "parent",
                "related_collection": before,
                "meta": {"many_collection": name, "many_field": "parent", "one_collection": before, "one_field": None},
                "schema": {"table": name, "column": "parent", "foreign_key_table": before, "on_delete": "SET NULL"},
            }
            for before, name in pairwise(names)
        ],
    }


def _field(collection: str, name: str, type_: str, column: Record) -> Record:
    meta: Record = {"collection": collection, "field": name, "special": None, **dict.fromkeys(_SHOWN)}
    return {
        "collection": collection,
        "field": name,
        "type": type_,
        "meta": meta,
        "schema": {"name": name, "table": collection, **_COLUMN, **column},
    }


def _items(at: int) -> Iterator[Record]:
    for number in range(1, ITEMS + 1):
        title = f"Item {number} of {at}"
        yield {"id": number, "status": "published", "sort": number, "title": title, "slug": f"item-{number}", "body": "x" * 200, "parent": number if at else None}  # fmt: skip


ROWS: Final = tuple(
    Row(f"project.load-{tables}", f"load a project of {tables} collections", PARSING, partial(load, tables), Target("ratio", limit), rounds)
    for tables, limit, rounds in ((40, 3.0, 20), (444, 10.0, 5))
)  # fmt: skip
