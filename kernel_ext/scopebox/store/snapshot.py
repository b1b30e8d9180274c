"""Schema snapshots, as ``directus schema snapshot`` writes them from any of its databases: YAML or JSON.

What a snapshot holds and the store does not know is skipped or replaced, and noted once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec
import yaml

from scopebox.errors import DirectusError, SchemaError
from scopebox.store.casting import cast_of
from scopebox.store.generation import GENERATORS, NOW
from scopebox.store.schema import FIELD_TYPES, Collection, Field, Relation, Schema
from scopebox.store.tables import named
from scopebox.store.types import DIGITS, TIMES, InputError

Record = Mapping[str, object]
_KINDS: Final = {"o2m": "o2m", "m2m": "m2m", "translations": "o2m", "list-o2m": "o2m", "list-m2m": "m2m", "m2a": "o2m"}
_LIKE: Final = {"hash": "string", "geometry": "json", "binary": "string", "unknown": "string"}
_DELETE_RULES: Final = {"SET NULL", "CASCADE", "NO ACTION", "RESTRICT", "SET DEFAULT"}
_SPECIALS: Final = {
    *GENERATORS, *_KINDS, "cast-boolean", "cast-json", "cast-csv", "cast-timestamp", "cast-datetime", "m2o", "alias", "group", "no-data", "file", "files",
}  # fmt: skip
_NOW: Final = re.compile(
    r"(?:CURRENT_TIMESTAMP|NOW|GETDATE|SYSDATETIME|LOCALTIMESTAMP|CURRENT_DATE|SYSDATE)(?:\(\d?\))?"
)
_RANDOM: Final = re.compile(r"(?:GEN_RANDOM_UUID|UUID_GENERATE_V4|NEWID|UUID|SYS_GUID)\(\)")


@dataclass
class Notes:
    """What a project asks for and the store does not know, each said once."""

    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        """Add ``line`` unless it was said before."""
        if line not in self.lines:
            self.lines.append(line)


def read_snapshot(path: str | Path, notes: Notes) -> Schema:
    """Return the schema of the snapshot in the file ``path``. SchemaError, naming file and place, where it is none."""
    path = Path(path)
    try:
        text = path.read_text("utf-8")
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C is there almost everywhere
        data = msgspec.json.decode(text) if path.suffix == ".json" else yaml.load(text, loader)  # noqa: S506 - both are safe
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, yaml.YAMLError, RecursionError) as error:
        raise SchemaError(f"The snapshot {path} cannot be read: {error}") from error
    if isinstance(data, dict) and isinstance(data.get("data"), dict):  # the answer of GET /schema/snapshot
        data = data["data"]
    if not isinstance(data, dict) or not isinstance(data.get("collections"), list):
        raise SchemaError(
            f"{path} is no snapshot: it has no list of collections",
            hint="Directus writes one with `directus schema snapshot`.",
        )
    try:
        return snapshot_schema(data, notes)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error.message}", hint=error.hint) from error


def snapshot_schema(data: Record, notes: Notes) -> Schema:
    """Return the schema that the snapshot ``data`` describes."""
    collections = _collections(_records(data, "collections", ("collection",)), notes)
    relations = tuple(_relations(_records({"relations": [], **data}, "relations", ("collection", "field")), notes))
    fields: dict[str, dict[str, Field]] = {name: {} for name in collections}
    for record in _records(data, "fields", ("collection", "field", "type")):
        collection = str(record["collection"])
        if collection in fields:
            read = _field(record, relations, notes)
            fields[collection] |= {} if read is None else {read.name: read}
        elif collection.startswith("directus_"):
            notes.add(f"{collection}: a system collection, skipped")
    found = {name: replace(entry, fields=fields[name]) for name, entry in collections.items()}
    return _consistent(Schema({name: entry for name, entry in found.items() if _keyed(entry, notes)}, relations), notes)


def _records(data: Record, key: str, texts: tuple[str, ...]) -> list[Record]:
    """Return the entries of the list ``key``; each has to be an object in which ``texts`` are texts."""
    entries = data.get(key)
    if not isinstance(entries, list):
        raise SchemaError(
            f"{key!r} has to be a list of objects", hint="A snapshot has collections, fields and relations."
        )
    for at, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise SchemaError(f"{key}[{at}] has to be an object, not {entry!r}")
        for name in texts:
            if not isinstance(entry.get(name), str):
                raise SchemaError(f"{key}[{at}].{name} has to be a text, not {entry.get(name)!r}")
    return entries


def _part(record: Record, key: str) -> Record:
    part = record.get(key)
    return part if isinstance(part, dict) else {}


def _collections(records: list[Record], notes: Notes) -> dict[str, Collection]:
    found = {}
    for record in records:
        name, meta = str(record["collection"]), _part(record, "meta")
        if record.get("schema") is None:
            notes.add(f"{name}: a folder of collections, skipped")
        elif name.startswith("directus_"):
            notes.add(f"{name}: a system collection, skipped")
        elif not named(name):
            notes.add(f"{name!r}: a name with other characters than letters, digits, _, - and $, skipped")
        else:
            if meta.get("singleton"):
                notes.add(f"{name}: a singleton, kept as a list of items")
            tracking = meta.get("accountability", "all") is not None
            found[name] = Collection(name, {}, tracking, str(meta.get("note") or ""))
    return found


def _keyed(collection: Collection, notes: Notes) -> bool:
    keys = [entry.name for entry in collection.fields.values() if entry.primary_key]
    if not keys:
        notes.add(f"{collection.name}: has no primary key of a known type, skipped")
    elif len(keys) > 1:
        notes.add(
            f"{collection.name}: has the primary key {' and '.join(keys)}, a Directus takes a single field; skipped"
        )
    return len(keys) == 1


def _field(record: Record, relations: tuple[Relation, ...], notes: Notes) -> Field | None:
    collection, name, type_ = str(record["collection"]), str(record["field"]), str(record["type"])
    meta, column = _part(record, "meta"), _part(record, "schema")
    special = _specials(f"{collection}.{name}", meta, notes)
    known = _LIKE.get(type_.split(".", maxsplit=1)[0], type_)
    if known not in FIELD_TYPES:
        notes.add(f"{collection}.{name}: the type {type_!r} is not known, skipped")
        return None
    if known != type_:
        notes.add(f"{collection}.{name}: {type_!r} is kept as {known!r}")
    if known == "alias":
        return _alias(collection, name, special, relations, notes)
    key = bool(column.get("is_primary_key"))
    precision, scale = _digits(f"{collection}.{name}", column, notes) if known == "decimal" else (None, None)
    found = Field(
        name=name,
        type=known,  # type: ignore[arg-type]
        primary_key=key,
        auto_increment=bool(column.get("has_auto_increment")) and known in ("integer", "bigInteger"),
        nullable=bool(column.get("is_nullable", True)) and not key,
        unique=bool(column.get("is_unique")) and not key,
        max_length=_positive(column.get("max_length")) if known == "string" else None,
        precision=precision,
        scale=scale,
        special=special,
        kind="m2o" if any((entry.many, entry.field) == (collection, name) for entry in relations) else "",
        note=str(meta.get("note") or ""),
    )
    return _with_default(found, column.get("default_value"), f"{collection}.{name}", notes)


def _specials(place: str, meta: Record, notes: Notes) -> tuple[str, ...]:
    given = meta.get("special")
    special = (
        tuple(map(str, given)) if isinstance(given, list) else tuple(given.split(",")) if isinstance(given, str) else ()
    )
    for flag in special:
        if flag not in _SPECIALS:
            notes.add(f"{place}: the special flag {flag!r} has no effect here")
    return special


def _digits(place: str, column: Record, notes: Notes) -> tuple[int | None, int | None]:
    precision, scale = _positive(column.get("numeric_precision")), column.get("numeric_scale")
    if precision is not None and precision > DIGITS:
        notes.add(f"{place}: {precision} digits are kept as {DIGITS}")
        precision = DIGITS
    return precision, min(scale, precision or DIGITS) if isinstance(scale, int) else None


def _with_default(found: Field, value: object, place: str, notes: Notes) -> Field:
    """Return ``found`` with the default of its column: a value of its type, the present moment, or a random key."""
    if value is None or found.auto_increment:
        return found
    text = str(value).strip().upper()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if found.type in TIMES and _NOW.fullmatch(text):
        return replace(found, default=NOW)
    if found.type in ("uuid", "string") and _RANDOM.fullmatch(text):
        return replace(found, special=(*found.special, "uuid"))
    plain = value if isinstance(value, str | int | float | list | dict) else str(value)
    try:
        cast_of(found)(plain)
    except (InputError, DirectusError, ValueError):
        notes.add(f"{place}: the default {plain!r} is not known, skipped")
        return found
    return replace(found, default=plain)


def _alias(
    collection: str, name: str, special: tuple[str, ...], relations: tuple[Relation, ...], notes: Notes
) -> Field | None:
    relation = next((entry for entry in relations if (entry.one, entry.one_field) == (collection, name)), None)
    if relation is None:
        if not {"group", "no-data"} & set(special):
            notes.add(f"{collection}.{name}: an alias without a relation, skipped")
        return None
    kind = next((_KINDS[entry] for entry in special if entry in _KINDS), "m2m" if relation.junction_field else "o2m")
    if "m2a" in special:
        notes.add(f"{collection}.{name}: leads to any collection, kept as the items of {relation.many}")
    return Field(name=name, type="alias", kind=kind, special=special)  # type: ignore[arg-type]


def _relations(records: list[Record], notes: Notes) -> list[Relation]:
    """Return the relations between two collections; those to any collection are no relations here."""
    found = []
    for record in records:
        meta, column = _part(record, "meta"), _part(record, "schema")
        many, name, one = str(record["collection"]), str(record["field"]), record.get("related_collection")
        if one is None:
            notes.add(f"{many}.{name}: refers to any collection, kept as a plain value")
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
        if relation.many not in schema.collections:
            continue  # said already, with the collection
        if relation.one in schema.collections and relation.field in schema.collections[relation.many].fields:
            kept.append(relation)
        else:
            notes.add(f"{relation.many}.{relation.field}: refers to {relation.one}, which the store does not have")
    halves = {(relation.many, relation.field) for relation in kept}
    whole = tuple(
        relation if (relation.many, relation.junction_field) in halves else replace(relation, junction_field=None)
        for relation in kept
    )
    found = Schema(schema.collections, whole)
    return Schema({entry.name: _without_loose_ends(found, entry) for entry in schema.collections.values()}, whole)


def _without_loose_ends(schema: Schema, collection: Collection) -> Collection:
    """Return ``collection`` without aliases that lead nowhere; half of a many-to-many alone leads to the rows between."""
    fields = {}
    for entry in collection.fields.values():
        relation = schema.relation_of(collection.name, entry.name)
        if relation is None and entry.type != "alias":
            fields[entry.name] = replace(entry, kind="")
        elif relation is not None:
            halved = entry.kind == "m2m" and relation.junction_field is None
            fields[entry.name] = replace(entry, kind="o2m") if halved else entry
    return replace(collection, fields=fields)


def _positive(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
