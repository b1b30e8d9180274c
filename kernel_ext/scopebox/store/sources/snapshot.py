"""Schema snapshots, as ``directus schema snapshot`` writes them from any of its databases: YAML or JSON.

What a snapshot holds and the store does not know is skipped or replaced, and noted once.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Final

import msgspec

from scopebox.errors import SchemaError
from scopebox.store.schema.records import Records
from scopebox.store.schema.schema import RELATION_TO, AnyRelation, Collection, Field, Relation, Schema
from scopebox.store.schema.system import COLLECTIONS, with_system
from scopebox.store.schema.system_metas import PREFIX
from scopebox.store.sources import files
from scopebox.store.sources.entries import Entries
from scopebox.store.sources.snapshot_collections import read_collections
from scopebox.store.sources.snapshot_fields import Fields, Record, Sides, read_field
from scopebox.store.sources.snapshot_relations import TO_ANY, to_any, two_sided
from scopebox.store.sources.sort_fields import with_sort_fields
from scopebox.store.sources.validations import with_followed_rules
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS
from scopebox.text.notes import Notes

MAX_COLLECTIONS: Final = 500
MAX_FIELDS: Final = 10_000  # of all collections
MAX_FIELDS_EACH: Final = 1_000
MAX_RELATIONS: Final = 5_000
_LIMITS: Final = {"collections": MAX_COLLECTIONS, "fields": MAX_FIELDS, "relations": MAX_RELATIONS}
_ABOUT: Final = ("version", "directus", "vendor")
_KEYS: Final = ("uuid", "string")  # types of a field that refers to a system collection; SQLite keeps texts there
_FORM: Final = 1  # of snapshots
_TRIED: Final = ("9", "10", "11", "12")  # Directus, by their major versions, whose snapshots are read whole


class _Parts(msgspec.Struct):
    """The parts of a snapshot, each as its text; what else there is is skipped."""

    version: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    directus: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    vendor: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    collections: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    fields: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    relations: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


def read_snapshot(path: str | Path, notes: Notes) -> Generator[None, None, Schema]:
    """Return the schema of the snapshot in the file ``path``, read in steps. SchemaError, naming file and place, where it is none."""
    path = Path(path)
    return (yield from parse_snapshot(path, files.content(path), notes))


def parse_snapshot(path: Path, content: bytes, notes: Notes) -> Generator[None, None, Schema]:
    """Return the schema of the snapshot in ``content``, the bytes of the file ``path``, read in steps."""
    data = _of_json(path, content) if path.suffix == ".json" else (yield from _of_yaml(path, content))
    if isinstance(data, dict) and isinstance(data.get("data"), dict):  # the answer of GET /schema/snapshot
        data = data["data"]
    if not isinstance(data, dict) or not isinstance(data.get("collections"), list | Entries):
        raise SchemaError(
            f"{path} is no snapshot: it has no list of collections",
            hint="Directus writes one with `directus schema snapshot`.",
        )
    yield
    _check_version(path, data, notes)
    try:
        return (yield from snapshot_schema(data, notes))
    except SchemaError as error:
        named = error.message.startswith(f"{path}: ")
        raise SchemaError(error.message if named else f"{path}: {error.message}", hint=error.hint) from error


def _of_json(path: Path, content: bytes) -> Record | None:
    """Return the parts of the snapshot in ``content`` as they are read, None if it is none: lists an entry at a time."""
    text = files.unwrapped(path, msgspec.Raw(content))
    try:
        parts = files.decoded_as(path, text, _Parts)
    except msgspec.ValidationError:
        return None
    found: dict[str, object] = {}
    for name in (*_ABOUT, *_LIMITS):
        value = getattr(parts, name)
        if value is msgspec.UNSET:
            continue
        is_list = name in _LIMITS and files.first_sign(value) == b"["
        found[name] = Entries.of(path, name, value) if is_list else files.entry(path, name, files.counted(path, value))
    return found


def _of_yaml(path: Path, content: bytes) -> Generator[None, None, object]:
    # Imported now, since the sample is no YAML and the first cell would wait for it; on a thread of its own, since an interrupt in
    # the middle leaves parts of PyYAML behind, with which it can never be imported again.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(import_module, "yaml").result()
    from scopebox.store.sources import yaml_file  # noqa: PLC0415

    return (yield from yaml_file.load(path, content))


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


def snapshot_schema(data: Record, notes: Notes) -> Generator[None, None, Schema]:
    """Return the schema that the snapshot ``data`` describes, made in steps."""
    collections = read_collections(_records(data, "collections", ("collection",)), notes)
    yield
    records = {"relations": [], **data}
    relations: list[Relation] = []
    any_relations: list[AnyRelation] = []
    for record in _records(records, "relations", ("collection", "field")):
        relations += two_sided(record)
        any_relations += to_any(record, notes)
        yield
    sides = Sides(relations, any_relations)
    fields = {name: Fields(name, wide=data.get("vendor") == "sqlite") for name in (*collections, *COLLECTIONS)}
    for record in _records(data, "fields", ("collection", "field", "type")):
        _take_field(record, fields, sides, notes)
        yield
    found = {name: replace(entry, fields=fields[name].by_name) for name, entry in collections.items()}
    known = {name: entry for name, entry in found.items() if _keyed(entry, notes)}
    schema = with_system(Schema(known, tuple(relations), tuple(any_relations), _extended(fields)))
    yield
    consistent = yield from _consistent(schema, notes)
    yield
    followed = yield from with_followed_rules(consistent, notes)
    whole = with_sort_fields(followed, notes)
    kept = yield from Records.steps(data)
    return replace(whole, unfollowed=dict(notes.by_place), records=kept)


def _take_field(record: Record, fields: Mapping[str, Fields], sides: Sides, notes: Notes) -> None:
    collection = str(record["collection"])
    if collection in fields:
        read = read_field(record, sides, notes)
        if read is not None:
            fields[collection].add(read, notes)
        if len(fields[collection].by_name) > MAX_FIELDS_EACH:
            raise SchemaError(f"{collection} has more than {MAX_FIELDS_EACH:,} fields, which are the limit")
    elif collection.startswith(PREFIX):
        notes.count("field of a system collection", "skipped", f"{collection}.{record['field']}")


def _extended(fields: Mapping[str, Fields]) -> dict[str, Collection]:
    """Return the system collections with the fields that a project has added to them; their own stay what they are."""
    return {
        name: replace(entry, fields={**entry.fields, **fields[name].by_name, **entry.fields})
        for name, entry in COLLECTIONS.items()
    }


def _records(data: Record, key: str, texts: tuple[str, ...]) -> Iterator[Record]:
    """Yield the entries of the list ``key``; each has to be an object in which ``texts`` are texts."""
    entries = data.get(key)
    if not isinstance(entries, list | Entries):
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
        yield entry


def _keyed(collection: Collection, notes: Notes) -> bool:
    keys = [entry.name for entry in collection.fields.values() if entry.primary_key]
    if not keys:
        notes.count("collection without a primary key of a known type", "skipped", collection.name)
    elif len(keys) > 1:
        notes.add(
            f"{collection.name}: has the primary key {' and '.join(keys[:5])}, a Directus takes a single field; skipped"
        )
    return len(keys) == 1


def _consistent(schema: Schema, notes: Notes) -> Generator[None, None, Schema]:
    """Return ``schema`` without the relations that lead out of it, and without the aliases that stood on them, in steps."""
    any_kept = yield from _any_consistent(schema, notes)
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
    yield
    halves = {(relation.many, relation.field) for relation in kept} | {(entry.many, entry.field) for entry in any_kept}
    whole = tuple(
        relation if (relation.many, relation.junction_field) in halves else replace(relation, junction_field=None)
        for relation in kept
    )
    yield
    sides = Sides((*whole, *schema.system_relations), any_kept)
    found: dict[str, Collection] = {}
    for name, entry in schema.all.items():
        found[name] = _without_loose_ends(sides, entry)
        yield
    return replace(
        schema,
        collections={name: found[name] for name in schema.collections},
        relations=whole,
        any_relations=any_kept,
        system={name: found[name] for name in schema.system},
    )


def _own(relation: Relation) -> bool:
    """Return whether ``relation`` is one that every Directus has."""
    return relation.many in COLLECTIONS and relation.field in COLLECTIONS[relation.many].fields


def _any_consistent(schema: Schema, notes: Notes) -> Generator[None, None, tuple[AnyRelation, ...]]:
    """Return the relations to any collection whose two columns are there, with the collections that are there, in steps."""
    kept = []
    for relation in schema.any_relations:
        yield
        if relation.many not in schema.all:
            continue  # said already, with the collection
        fields, place = schema.all[relation.many].fields, f"{relation.many}.{relation.field}"
        sides = (relation.field, relation.collection_field)
        missing = next((name for name in sides if not _column(fields, name)), None)
        if missing is not None:
            notes.count(TO_ANY, f"there is no column {inline(missing)}, kept as plain values", place)
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
