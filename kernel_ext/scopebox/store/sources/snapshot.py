"""Schema snapshots, as ``directus schema snapshot`` writes them from any of its databases: YAML or JSON.

What a snapshot holds and the store does not know is skipped or replaced, and noted once.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

from scopebox.errors import SchemaError
from scopebox.store.schema.records import Records
from scopebox.store.schema.schema import RELATION_TO, AnyRelation, Collection, Field, Relation, Schema
from scopebox.store.schema.system import COLLECTIONS, with_system
from scopebox.store.schema.system_metas import PREFIX
from scopebox.store.sources import files
from scopebox.store.sources.snapshot_collections import read_collections
from scopebox.store.sources.snapshot_fields import Fields, Record, Sides, name_of, part, read_field
from scopebox.store.sources.sort_fields import with_sort_fields
from scopebox.store.sources.validations import with_followed_rules
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS
from scopebox.text.notes import Notes

MAX_COLLECTIONS: Final = 1_000
MAX_FIELDS: Final = 20_000  # of all collections
MAX_FIELDS_EACH: Final = 1_000
MAX_RELATIONS: Final = 10_000
_TO_ANY: Final = f"{RELATION_TO} any collection"
_MAX_LISTED: Final = 100_000  # characters of a list of collections
_LIMITS: Final = {"collections": MAX_COLLECTIONS, "fields": MAX_FIELDS, "relations": MAX_RELATIONS}
_KEYS: Final = ("uuid", "string")  # types of a field that refers to a system collection; SQLite keeps texts there
_FORM: Final = 1  # of snapshots
_TRIED: Final = ("9", "10", "11", "12")  # Directus, by their major versions, whose snapshots are read whole
_DELETE_RULES: Final = {"SET NULL", "CASCADE", "NO ACTION", "RESTRICT", "SET DEFAULT"}


def read_snapshot(path: str | Path, notes: Notes) -> Schema:
    """Return the schema of the snapshot in the file ``path``. SchemaError, naming file and place, where it is none."""
    path = Path(path)
    return parse_snapshot(path, files.content(path), notes)


def parse_snapshot(path: Path, content: bytes, notes: Notes) -> Schema:
    """Return the schema of the snapshot in ``content``, the bytes of the file ``path``."""
    data = files.decoded(path, content) if path.suffix == ".json" else _of_yaml(path, content)
    if isinstance(data, dict) and isinstance(data.get("data"), dict):  # the answer of GET /schema/snapshot
        data = data["data"]
    if not isinstance(data, dict) or not isinstance(data.get("collections"), list):
        raise SchemaError(
            f"{path} is no snapshot: it has no list of collections",
            hint="Directus writes one with `directus schema snapshot`.",
        )
    _check_version(path, data, notes)
    try:
        return snapshot_schema(data, notes)
    except SchemaError as error:
        raise SchemaError(f"{path}: {error.message}", hint=error.hint) from error


def _of_yaml(path: Path, content: bytes) -> object:
    # Imported now, since the sample is no YAML and the first cell would wait for it; on a thread of its own, since an interrupt in
    # the middle leaves parts of PyYAML behind, with which it can never be imported again.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(import_module, "yaml").result()
    from scopebox.store.sources import yaml_file  # noqa: PLC0415

    return yaml_file.load(path, content)


def _check_version(path: Path, data: Record, notes: Notes) -> None:
    """Refuse a snapshot of a form that no Directus has written so far; note one of a Directus that was never tried."""
    version, directus = data.get("version", _FORM), data.get("directus")
    if str(version)[:MAX_QUOTED_CHARACTERS] != str(_FORM):
        raise SchemaError(
            f"{path}: version: {inline(version)} is not a version of snapshots that is known here",
            hint=f"Directus {_TRIED[0]} to {_TRIED[-1]} write version: {_FORM}.",
        )
    major = directus[:MAX_QUOTED_CHARACTERS].partition(".")[0] if isinstance(directus, str) else ""
    if major and major not in _TRIED:
        notes.add(f"{path.name}: written by Directus {inline(directus)}, read as one of {_TRIED[0]} to {_TRIED[-1]}")


def snapshot_schema(data: Record, notes: Notes) -> Schema:
    """Return the schema that the snapshot ``data`` describes."""
    collections = read_collections(_records(data, "collections", ("collection",)), notes)
    records = _records({"relations": [], **data}, "relations", ("collection", "field"))
    relations, any_relations = tuple(_relations(records)), tuple(_any_relations(records, notes))
    sides = Sides(relations, any_relations)
    fields = {name: Fields(name, wide=data.get("vendor") == "sqlite") for name in (*collections, *COLLECTIONS)}
    for record in _records(data, "fields", ("collection", "field", "type")):
        collection = str(record["collection"])
        if collection in fields:
            read = read_field(record, sides, notes)
            if read is not None:
                fields[collection].add(read, notes)
            if len(fields[collection].by_name) > MAX_FIELDS_EACH:
                raise SchemaError(f"{collection} has more than {MAX_FIELDS_EACH:,} fields, which are the limit")
        elif collection.startswith(PREFIX):
            notes.count("field of a system collection", "skipped", f"{collection}.{record['field']}")
    found = {name: replace(entry, fields=fields[name].by_name) for name, entry in collections.items()}
    known = {name: entry for name, entry in found.items() if _keyed(entry, notes)}
    schema = with_system(Schema(known, relations, any_relations, _extended(fields)))
    whole = with_sort_fields(with_followed_rules(_consistent(schema, notes), notes), notes)
    return replace(whole, unfollowed=dict(notes.by_place), records=Records.of(data))


def _extended(fields: Mapping[str, Fields]) -> dict[str, Collection]:
    """Return the system collections with the fields that a project has added to them; their own stay what they are."""
    return {
        name: replace(entry, fields={**entry.fields, **fields[name].by_name, **entry.fields})
        for name, entry in COLLECTIONS.items()
    }


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


def _keyed(collection: Collection, notes: Notes) -> bool:
    keys = [entry.name for entry in collection.fields.values() if entry.primary_key]
    if not keys:
        notes.count("collection without a primary key of a known type", "skipped", collection.name)
    elif len(keys) > 1:
        notes.add(
            f"{collection.name}: has the primary key {' and '.join(keys[:5])}, a Directus takes a single field; skipped"
        )
    return len(keys) == 1


def _relations(records: list[Record]) -> list[Relation]:
    """Return the relations between two collections."""
    found = []
    for record in records:
        meta, column = part(record, "meta"), part(record, "schema")
        many, name, one = str(record["collection"]), str(record["field"]), record.get("related_collection")
        if one is None:
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
                one_field=name_of(meta.get("one_field")),
                junction_field=name_of(meta.get("junction_field")),
                on_delete=rule if rule in _DELETE_RULES else "NO ACTION",  # type: ignore[arg-type]
                sort_field=name_of(meta.get("sort_field")),
                on_deselect="delete" if meta.get("one_deselect_action") == "delete" else "nullify",
            )
        )
    return found


def _any_relations(records: list[Record], notes: Notes) -> list[AnyRelation]:
    """Return the relations to any of several collections."""
    found = []
    for record in records:
        if record.get("related_collection") is not None:
            continue
        meta, many, name = part(record, "meta"), str(record["collection"]), str(record["field"])
        column, allowed = name_of(meta.get("one_collection_field")), meta.get("one_allowed_collections")
        listed = allowed[:_MAX_LISTED].split(",") if isinstance(allowed, str) else allowed
        place = f"{many}.{name}"
        if column is None:
            notes.count(_TO_ANY, "the snapshot does not name the field that says which, kept as plain values", place)
            continue
        if not isinstance(listed, list):
            notes.count(_TO_ANY, "the snapshot names none that it may lead to", place)
            listed = []
        names = dict.fromkeys(entry for entry in listed[:MAX_COLLECTIONS] if isinstance(entry, str))
        found.append(AnyRelation(many, name, column, tuple(names)))
    return found


def _consistent(schema: Schema, notes: Notes) -> Schema:
    """Return ``schema`` without the relations that lead out of it, and without the aliases that stood on them."""
    any_kept = _any_consistent(schema, notes)
    kept = []
    for relation in schema.relations:
        if relation.many not in schema.all or _own(relation):
            continue  # said already, with the collection, or known without being said
        one, place = relation.one[:MAX_QUOTED_CHARACTERS], f"{relation.many}.{relation.field}"
        if relation.one not in schema.all or relation.field not in schema.all[relation.many].fields:
            notes.count(f"{RELATION_TO} {one}", "the store does not have it, kept as plain values", place)
        elif relation.one in schema.system and schema.all[relation.many].fields[relation.field].type not in _KEYS:
            notes.count(f"{RELATION_TO} {one}", "its keys are uuids, kept as plain values", place)
        else:
            kept.append(relation)
    halves = {(relation.many, relation.field) for relation in kept} | {(entry.many, entry.field) for entry in any_kept}
    whole = tuple(
        relation if (relation.many, relation.junction_field) in halves else replace(relation, junction_field=None)
        for relation in kept
    )
    sides = Sides((*whole, *schema.system_relations), any_kept)
    return replace(
        schema,
        collections={entry.name: _without_loose_ends(sides, entry) for entry in schema.collections.values()},
        relations=whole,
        any_relations=any_kept,
        system={entry.name: _without_loose_ends(sides, entry) for entry in schema.system.values()},
    )


def _own(relation: Relation) -> bool:
    """Return whether ``relation`` is one that every Directus has."""
    return relation.many in COLLECTIONS and relation.field in COLLECTIONS[relation.many].fields


def _any_consistent(schema: Schema, notes: Notes) -> tuple[AnyRelation, ...]:
    """Return the relations to any collection whose two columns are there, with the collections that are there."""
    kept = []
    for relation in schema.any_relations:
        if relation.many not in schema.all:
            continue  # said already, with the collection
        fields, place = schema.all[relation.many].fields, f"{relation.many}.{relation.field}"
        sides = (relation.field, relation.collection_field)
        missing = next((name for name in sides if not _column(fields, name)), None)
        if missing is not None:
            notes.count(_TO_ANY, f"there is no column {inline(missing)}, kept as plain values", place)
            continue
        for name in relation.allowed:
            if name not in schema.all:
                notes.count(
                    f"{RELATION_TO} {name[:MAX_QUOTED_CHARACTERS]} among others", "the store does not have it", place
                )
        kept.append(replace(relation, allowed=tuple(name for name in relation.allowed if name in schema.all)))
    return tuple(kept)


def _column(fields: dict[str, Field], name: str) -> bool:
    return name in fields and fields[name].type != "alias"


def _without_loose_ends(sides: Sides, collection: Collection) -> Collection:
    """Return ``collection`` without aliases that lead nowhere; half of a many-to-many or many-to-any leads to the rows between."""
    fields = {}
    for entry in collection.fields.values():
        relation = sides.both.get((collection.name, entry.name))
        if (collection.name, entry.name) in sides.any:
            fields[entry.name] = entry
        elif relation is None and entry.type != "alias":
            fields[entry.name] = replace(entry, kind="")
        elif relation is not None and relation.one in COLLECTIONS and entry.type != "alias":
            fields[entry.name] = replace(entry, type="uuid", max_length=None)
        elif relation is not None:
            halved = entry.kind in ("m2m", "m2a") and relation.junction_field is None
            fields[entry.name] = replace(entry, kind="o2m") if halved else entry
    return replace(collection, fields=fields)
