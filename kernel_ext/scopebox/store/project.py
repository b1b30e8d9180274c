"""Projects on disk: a schema snapshot as Directus writes it, items, and who may do what."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import yaml

from scopebox.errors import SchemaError
from scopebox.store.access import Access
from scopebox.store.schema import FIELD_TYPES, NO_DEFAULT, Collection, Field, Relation, Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

Item = dict[str, object]
SNAPSHOTS: Final = ("snapshot.yaml", "snapshot.yml", "snapshot.json", "schema.yaml", "schema.yml", "schema.json")
_KINDS: Final = {"o2m": "o2m", "m2m": "m2m", "m2o": "m2o", "translations": "o2m", "list-o2m": "o2m", "list-m2m": "m2m"}
_LIKE: Final = {"hash": "string", "geometry": "json", "binary": "string", "unknown": "string"}
_DELETE_RULES: Final = {"SET NULL", "CASCADE", "NO ACTION", "RESTRICT", "SET DEFAULT"}


@dataclass
class Notes:
    """What a project asks for and the store does not know, each said once."""

    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Add ``line`` unless it was said before."""
        if line not in self.lines:
            self.lines.append(line)


@dataclass(frozen=True)
class Project:
    """What was found: the schema, the items by collection, who may do what, and notes about what was skipped."""

    schema: Schema
    items: Mapping[str, list[dict[str, object]]]
    access: Access
    notes: tuple[str, ...] = ()


def merged(present: Schema, added: Schema) -> Schema:
    """Return both schemas as one; SchemaError if they have a collection in common."""
    common = sorted(set(present.collections) & set(added.collections))
    if common:
        raise SchemaError(
            f"There is a collection {common[0]!r} already", hint="A store takes over new collections only."
        )
    return Schema({**present.collections, **added.collections}, (*present.relations, *added.relations))


def read_project(folder: str | Path) -> Project:
    """Read ``snapshot.yaml`` (or JSON), ``items.json`` or ``items/<collection>.json``, and ``access.json`` of ``folder``.

    Raises SchemaError, naming the file, where one of them cannot be read.
    """
    folder = Path(folder)
    found = [folder / name for name in SNAPSHOTS if (folder / name).is_file()]
    if not found:
        raise SchemaError(f"There is no schema in {folder}", hint=f"It is looked for as {', '.join(SNAPSHOTS)}.")
    notes = Notes()
    schema = read_snapshot(found[0], notes)
    access = Access.read(_json(folder / "access.json")) if (folder / "access.json").is_file() else Access()
    return Project(schema, _items(folder, schema, notes), access, tuple(notes.lines))


def read_snapshot(path: str | Path, notes: Notes | None = None) -> Schema:
    """Read a schema snapshot, YAML or JSON; what the store does not know is skipped and noted."""
    path = Path(path)
    try:
        text = path.read_text("utf-8")
        data = msgspec.json.decode(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, yaml.YAMLError) as error:
        raise SchemaError(f"The snapshot {path} cannot be read: {error}") from error
    if isinstance(data, dict) and isinstance(data.get("data"), dict):  # the answer of GET /schema/snapshot
        data = data["data"]
    if not isinstance(data, dict) or not isinstance(data.get("collections"), list):
        raise SchemaError(f"{path} is no snapshot", hint="Directus writes one with `directus schema snapshot`.")
    return snapshot_schema(data, notes or Notes())


def snapshot_schema(data: Mapping[str, object], notes: Notes) -> Schema:
    """Return the schema that the snapshot ``data`` describes."""
    relations = tuple(_relations(_records(data, "relations"), notes))
    fields: dict[str, dict[str, Field]] = {}
    for record in _records(data, "fields"):
        read = _field(record, relations, notes)
        if read is not None:
            fields.setdefault(str(record.get("collection")), {})[read.name] = read
    collections = {}
    for record in _records(data, "collections"):
        name = str(record.get("collection"))
        if record.get("schema") is None:
            notes.add(f"{name}: a folder of collections, skipped")
        elif not any(entry.primary_key for entry in fields.get(name, {}).values()):
            notes.add(f"{name}: has no primary key of a known type, skipped")
        else:
            meta = _part(record, "meta")
            tracking = meta.get("accountability", "all") is not None
            collections[name] = Collection(name, fields[name], tracking, str(meta.get("note") or ""))
    return _consistent(Schema(collections, relations), notes)


def _records(data: Mapping[str, object], key: str) -> list[dict[str, object]]:
    entries = data.get(key) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise SchemaError(f"{key!r} of the snapshot has to be a list of objects")
    return entries


def _part(record: Mapping[str, object], key: str) -> dict[str, object]:
    part = record.get(key)
    return part if isinstance(part, dict) else {}


def _field(record: dict[str, object], relations: tuple[Relation, ...], notes: Notes) -> Field | None:
    collection, name, type_ = str(record.get("collection")), str(record.get("field")), str(record.get("type"))
    meta, column = _part(record, "meta"), _part(record, "schema")
    special = tuple(str(entry) for entry in _list(meta.get("special")))
    known = _LIKE.get(type_.split(".", maxsplit=1)[0], type_)
    if known not in FIELD_TYPES:
        notes.add(f"{collection}.{name}: the type {type_!r} is not known, skipped")
        return None
    if known != type_:
        notes.add(f"{collection}.{name}: {type_!r} is kept as {known!r}")
    if known == "alias":
        return _alias(collection, name, special, relations, notes)
    foreign = any((entry.many, entry.field) == (collection, name) for entry in relations)
    return Field(
        name=name,
        type=known,  # type: ignore[arg-type]
        primary_key=bool(column.get("is_primary_key")),
        auto_increment=bool(column.get("has_auto_increment")),
        nullable=bool(column.get("is_nullable", True)) and not column.get("is_primary_key"),
        unique=bool(column.get("is_unique")) and not column.get("is_primary_key"),
        default=_default(column),
        max_length=_number(column.get("max_length")) if known == "string" else None,
        precision=_number(column.get("numeric_precision")) if known == "decimal" else None,
        scale=_number(column.get("numeric_scale")) if known == "decimal" else None,
        special=special,
        kind="m2o" if foreign else "",
        note=str(meta.get("note") or ""),
    )


def _alias(
    collection: str, name: str, special: tuple[str, ...], relations: tuple[Relation, ...], notes: Notes
) -> Field | None:
    relation = next((entry for entry in relations if (entry.one, entry.one_field) == (collection, name)), None)
    if relation is None:
        if not {"group", "no-data"} & set(special):
            notes.add(f"{collection}.{name}: an alias without a relation, skipped")
        return None
    kind = next((_KINDS[entry] for entry in special if entry in _KINDS), "m2m" if relation.junction_field else "o2m")
    return Field(name=name, type="alias", kind=kind, special=special)  # type: ignore[arg-type]


def _default(column: Mapping[str, object]) -> object:
    value = column.get("default_value")
    generated = bool(column.get("has_auto_increment")) or value is None
    if isinstance(value, str) and value.upper() in {"CURRENT_TIMESTAMP", "NOW()"}:
        return "$NOW"
    return NO_DEFAULT if generated else value


def _relations(records: list[dict[str, object]], notes: Notes) -> list[Relation]:
    found = []
    for record in records:
        meta, column = _part(record, "meta"), _part(record, "schema")
        many, name, one = str(record.get("collection")), str(record.get("field")), record.get("related_collection")
        if one is None:
            notes.add(f"{many}.{name}: refers to any collection, skipped")
            continue
        rule = str(column.get("on_delete") or "NO ACTION").upper()
        found.append(
            Relation(
                many=many,
                field=name,
                one=str(one),
                one_field=_name(meta.get("one_field")),
                junction_field=_name(meta.get("junction_field")),
                on_delete=rule if rule in _DELETE_RULES else "NO ACTION",  # type: ignore[arg-type]
            )
        )
    return found


def _consistent(schema: Schema, notes: Notes) -> Schema:
    """Return ``schema`` without the relations that lead out of it, and without the aliases that stood on them."""
    kept = []
    for relation in schema.relations:
        if relation.many in schema.collections and relation.one in schema.collections:
            kept.append(relation)
        else:
            notes.add(f"{relation.many}.{relation.field}: refers to {relation.one}, which the store does not have")
    collections = {}
    for collection in schema.collections.values():
        fields = {
            entry.name: entry if schema_has(kept, collection.name, entry) else replace(entry, kind="")
            for entry in collection.fields.values()
            if entry.type != "alias" or schema_has(kept, collection.name, entry)
        }
        collections[collection.name] = replace(collection, fields=fields)
    return Schema(collections, tuple(kept))


def schema_has(relations: list[Relation], collection: str, entry: Field) -> bool:
    """Return whether one of ``relations`` stands behind the field ``entry`` of ``collection``."""
    return any(
        (relation.many, relation.field) == (collection, entry.name)
        or (relation.one, relation.one_field) == (collection, entry.name)
        for relation in relations
    )


def _items(folder: Path, schema: Schema, notes: Notes) -> dict[str, list[dict[str, object]]]:
    found: dict[str, object] = {}
    if (folder / "items.json").is_file():
        content = _json(folder / "items.json")
        if not isinstance(content, dict):
            raise SchemaError(f"{folder / 'items.json'} has to hold an object of lists, by collection")
        found |= content
    for path in sorted((folder / "items").glob("*.json")):
        found[path.stem] = _json(path)
    items = {}
    for name, rows in found.items():
        if name not in schema.collections:
            notes.add(f"items of {name}: the schema has no such collection, skipped")
            continue
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise SchemaError(f"The items of {name!r} have to be a list of objects")
        for unknown in sorted({key for row in rows for key in row} - set(schema.collections[name].fields)):
            notes.add(f"items of {name}: the field {unknown!r} is not in the schema, skipped")
        items[name] = rows
    return items


def _json(path: Path) -> object:
    try:
        return msgspec.json.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise SchemaError(f"{path} cannot be read: {error}") from error


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
