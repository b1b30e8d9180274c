"""Schema snapshots, as ``directus schema snapshot`` writes them from any of its databases: YAML or JSON.

What a snapshot holds and the store does not know is skipped or replaced, and noted once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from scopebox.errors import DirectusError, SchemaError
from scopebox.store.database.tables import named
from scopebox.store.schema.schema import FIELD_TYPES, Collection, Field, Relation, Schema
from scopebox.store.sources import files, yaml_file
from scopebox.store.values.casting import cast_of
from scopebox.store.values.generated import GENERATORS, NOW
from scopebox.store.values.types import DIGITS, TIMES, InputError
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS

Record = Mapping[str, object]
MAX_COLLECTIONS: Final = 1_000
MAX_FIELDS: Final = 20_000  # of all collections
MAX_FIELDS_EACH: Final = 1_000
MAX_RELATIONS: Final = 10_000
MAX_NOTES: Final = 500
_LIMITS: Final = {"collections": MAX_COLLECTIONS, "fields": MAX_FIELDS, "relations": MAX_RELATIONS}
_MAX_EXPRESSION: Final = 200  # characters of a default that may be a function of the database
_MAX_DEFAULT: Final = 100_000  # characters of a default
_MAX_FLAGS: Final = 20  # special flags of a field
_MAX_WORDS: Final = 1_000  # characters of a note or of flags
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

    _lines: dict[str, None] = field(default_factory=dict)
    more: int = 0

    @property
    def lines(self) -> list[str]:
        """The notes; the last one says how many were left out."""
        return [*self._lines, *([f"{self.more:,} more notes are left out"] if self.more else [])]

    @property
    def full(self) -> bool:
        """Whether no more can be said."""
        return len(self._lines) >= MAX_NOTES

    def add(self, line: str) -> None:
        """Add ``line`` unless it was said before."""
        if self.full and line not in self._lines:
            self.more += 1
        else:
            self._lines[line] = None


def read_snapshot(path: str | Path, notes: Notes) -> Schema:
    """Return the schema of the snapshot in the file ``path``. SchemaError, naming file and place, where it is none."""
    path = Path(path)
    return parse_snapshot(path, files.content(path), notes)


def parse_snapshot(path: Path, content: bytes, notes: Notes) -> Schema:
    """Return the schema of the snapshot in ``content``, the bytes of the file ``path``."""
    data = files.decoded(path, content) if path.suffix == ".json" else yaml_file.load(path, content)
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
    sides = _Sides(relations)
    fields: dict[str, dict[str, Field]] = {name: {} for name in collections}
    for record in _records(data, "fields", ("collection", "field", "type")):
        collection = str(record["collection"])
        if collection in fields:
            read = _field(record, sides, notes)
            fields[collection] |= {} if read is None else {read.name: read}
            if len(fields[collection]) > MAX_FIELDS_EACH:
                raise SchemaError(f"{collection} has more than {MAX_FIELDS_EACH:,} fields, which are the limit")
        elif collection.startswith("directus_"):
            notes.add(f"{collection[:MAX_QUOTED_CHARACTERS]}: a system collection, skipped")
    found = {name: replace(entry, fields=fields[name]) for name, entry in collections.items()}
    return _consistent(Schema({name: entry for name, entry in found.items() if _keyed(entry, notes)}, relations), notes)


class _Sides:
    """Relations by their sides, the first of each."""

    def __init__(self, relations: Iterable[Relation]) -> None:
        self.many = {(entry.many, entry.field) for entry in relations}
        self.one: dict[tuple[str, str | None], Relation] = {}
        self.both: dict[tuple[str, str | None], Relation] = {}
        for entry in relations:
            self.one.setdefault((entry.one, entry.one_field), entry)
            self.both.setdefault((entry.many, entry.field), entry)
            self.both.setdefault((entry.one, entry.one_field), entry)


def _records(data: Record, key: str, texts: tuple[str, ...]) -> list[Record]:
    """Return the entries of the list ``key``; each has to be an object in which ``texts`` are texts."""
    entries = data.get(key)
    if not isinstance(entries, list):
        raise SchemaError(
            f"{inline(key)} has to be a list of objects", hint="A snapshot has collections, fields and relations."
        )
    if len(entries) > _LIMITS[key]:
        raise SchemaError(
            f"{len(entries):,} {key}, {_LIMITS[key]:,} are the limit",
            hint="Leave out of the snapshot what the notebook does not need.",
        )
    for at, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise SchemaError(f"{key}[{at}] has to be an object, not {inline(entry)}")
        for name in texts:
            if not isinstance(entry.get(name), str):
                raise SchemaError(f"{key}[{at}].{name} has to be a text, not {inline(entry.get(name))}")
    return entries


def _part(record: Record, key: str) -> Record:
    part = record.get(key)
    return part if isinstance(part, dict) else {}


def _collections(records: list[Record], notes: Notes) -> dict[str, Collection]:
    found = {}
    for record in records:
        name, meta = str(record["collection"]), _part(record, "meta")
        if record.get("schema") is None:
            notes.add(f"{name[:MAX_QUOTED_CHARACTERS]}: a folder of collections, skipped")
        elif name.startswith("directus_"):
            notes.add(f"{name[:MAX_QUOTED_CHARACTERS]}: a system collection, skipped")
        elif not named(name):
            notes.add(
                f"{name[:MAX_QUOTED_CHARACTERS]!r}: a name with other characters than letters, digits, _, - and $, skipped"
            )
        else:
            if meta.get("singleton"):
                notes.add(f"{name}: a singleton, kept as a list of items")
            tracking = meta.get("accountability", "all") is not None
            found[name] = Collection(name, {}, tracking, _words(meta, "note"))
    return found


def _keyed(collection: Collection, notes: Notes) -> bool:
    keys = [entry.name for entry in collection.fields.values() if entry.primary_key]
    if not keys:
        notes.add(f"{collection.name}: has no primary key of a known type, skipped")
    elif len(keys) > 1:
        notes.add(
            f"{collection.name}: has the primary key {' and '.join(keys[:5])}, a Directus takes a single field; skipped"
        )
    return len(keys) == 1


def _field(record: Record, sides: _Sides, notes: Notes) -> Field | None:
    collection, name, type_ = str(record["collection"]), str(record["field"]), str(record["type"])
    meta, column = _part(record, "meta"), _part(record, "schema")
    if not named(name):
        raise SchemaError(
            f"{inline(name)} in {collection} cannot be the name of a field",
            hint="Names are letters, digits, _, - and $, at most 120.",
        )
    special = _specials(f"{collection}.{name}", meta, notes)
    known = _LIKE.get(type_.split(".", maxsplit=1)[0], type_)
    if known not in FIELD_TYPES:
        notes.add(f"{collection}.{name}: the type {inline(type_)} is not known, skipped")
        return None
    if known != type_:
        notes.add(f"{collection}.{name}: {type_[:MAX_QUOTED_CHARACTERS]!r} is kept as {inline(known)}")
    if known == "alias":
        return _alias(collection, name, special, sides, notes)
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
        kind="m2o" if (collection, name) in sides.many else "",
        note=_words(meta, "note"),
    )
    return _with_default(found, column.get("default_value"), f"{collection}.{name}", notes)


def _specials(place: str, meta: Record, notes: Notes) -> tuple[str, ...]:
    given = meta.get("special")
    listed = given[:_MAX_WORDS].split(",") if isinstance(given, str) else given if isinstance(given, list) else ()
    special = tuple(flag for flag in listed[:_MAX_FLAGS] if isinstance(flag, str))
    for flag in special:
        if flag not in _SPECIALS:
            notes.add(f"{place}: the special flag {inline(flag)} has no effect here")
    return special


def _words(meta: Record, key: str) -> str:
    """Return words for people, as far as anybody reads them."""
    words = meta.get(key)
    return words[:_MAX_WORDS] if isinstance(words, str) else ""


def _digits(place: str, column: Record, notes: Notes) -> tuple[int | None, int | None]:
    precision, scale = _positive(column.get("numeric_precision")), column.get("numeric_scale")
    if precision is not None and precision > DIGITS:
        notes.add(f"{place}: {inline(precision)} digits are kept as {DIGITS}")
        precision = DIGITS
    return precision, min(scale, precision or DIGITS) if isinstance(scale, int) else None


def _with_default(found: Field, value: object, place: str, notes: Notes) -> Field:
    """Return ``found`` with the default of its column: a value of its type, the present moment, or a random key."""
    if value is None or found.auto_increment:
        return found
    plain = value if isinstance(value, str | int | float | list | dict) else str(value)
    text = plain.strip().upper() if isinstance(plain, str) and len(plain) <= _MAX_EXPRESSION else ""
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    if found.type in TIMES and _NOW.fullmatch(text):
        return replace(found, default=NOW)
    if found.type in ("uuid", "string") and _RANDOM.fullmatch(text):
        return replace(found, special=(*found.special, "uuid"))
    if isinstance(plain, str) and len(plain) > _MAX_DEFAULT:
        notes.add(f"{place}: the default has {len(plain):,} characters, {_MAX_DEFAULT:,} are the limit, skipped")
        return found
    try:
        cast_of(found)(plain)
    except (InputError, DirectusError, ValueError, OverflowError):
        notes.add(f"{place}: the default {inline(plain)} is not known, skipped")
        return found
    return replace(found, default=plain)


def _alias(collection: str, name: str, special: tuple[str, ...], sides: _Sides, notes: Notes) -> Field | None:
    relation = sides.one.get((collection, name))
    if relation is None:
        if not {"group", "no-data"} & set(special):
            notes.add(f"{collection}.{name}: an alias without a relation, skipped")
        return None
    kind = next((_KINDS[entry] for entry in special if entry in _KINDS), "m2m" if relation.junction_field else "o2m")
    if "m2a" in special:
        notes.add(
            f"{collection}.{name}: leads to any collection, kept as the items of {relation.many[:MAX_QUOTED_CHARACTERS]}"
        )
    return Field(name=name, type="alias", kind=kind, special=special)  # type: ignore[arg-type]


def _relations(records: list[Record], notes: Notes) -> list[Relation]:
    """Return the relations between two collections; those to any collection are no relations here."""
    found = []
    for record in records:
        meta, column = _part(record, "meta"), _part(record, "schema")
        many, name, one = str(record["collection"]), str(record["field"]), record.get("related_collection")
        if one is None:
            notes.add(
                f"{many[:MAX_QUOTED_CHARACTERS]}.{name[:MAX_QUOTED_CHARACTERS]}: refers to any collection, kept as a plain value"
            )
            continue
        if not isinstance(one, str):
            raise SchemaError(
                f"relations: {inline(one)} is no name of a collection that {many[:MAX_QUOTED_CHARACTERS]} refers to"
            )
        rule = column.get("on_delete")
        rule = rule.upper() if isinstance(rule, str) and len(rule) <= MAX_QUOTED_CHARACTERS else "NO ACTION"
        found.append(
            Relation(
                many=many,
                field=name,
                one=one,
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
            notes.add(
                f"{relation.many}.{relation.field[:MAX_QUOTED_CHARACTERS]}: refers to {relation.one[:MAX_QUOTED_CHARACTERS]}, which the store does not have"
            )
    halves = {(relation.many, relation.field) for relation in kept}
    whole = tuple(
        relation if (relation.many, relation.junction_field) in halves else replace(relation, junction_field=None)
        for relation in kept
    )
    sides = _Sides(whole)
    return Schema({entry.name: _without_loose_ends(sides, entry) for entry in schema.collections.values()}, whole)


def _without_loose_ends(sides: _Sides, collection: Collection) -> Collection:
    """Return ``collection`` without aliases that lead nowhere; half of a many-to-many alone leads to the rows between."""
    fields = {}
    for entry in collection.fields.values():
        relation = sides.both.get((collection.name, entry.name))
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
