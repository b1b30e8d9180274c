"""The store's own schema as data, and where a database keeps it: in tables that no query of an extension can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import SchemaError
from scopebox.store.schema.records import Records
from scopebox.store.schema.schema import (
    FIELD_TYPES,
    NO_DEFAULT,
    AnyRelation,
    Archive,
    Collection,
    Field,
    Relation,
    Schema,
)
from scopebox.store.schema.system import COLLECTIONS, with_system
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from collections.abc import Mapping


_OPTIONS: Final = (
    "primary_key", "auto_increment", "unique", "max_length", "precision", "scale", "wide", "generated", "kind", "validation_message", "note",
)  # fmt: skip


def schema_data(schema: Schema) -> dict[str, object]:
    """Return ``schema`` as JSON data."""
    data: dict[str, object] = {
        "collections": [_collection_data(collection) for collection in schema.collections.values()],
        "relations": [msgspec.to_builtins(relation) for relation in schema.relations],
        "any_relations": [msgspec.to_builtins(relation) for relation in schema.any_relations],
        "system": [_collection_data(entry) for name, entry in schema.system.items() if entry != COLLECTIONS.get(name)],
    }
    if schema.unfollowed:
        data["unfollowed"] = dict(schema.unfollowed)
    if schema.records:
        data["records"] = schema.records.data
    return data


def _collection_data(collection: Collection) -> dict[str, object]:
    return {
        "name": collection.name,
        "tracking": "all" if collection.tracking else None,
        "note": collection.note,
        "singleton": collection.singleton,
        "sort_field": collection.sort_field,
        "archive": None if collection.archive is None else msgspec.to_builtins(collection.archive),
        "fields": [_field_data(field) for field in collection.fields.values()],
    }


def _field_data(field: Field) -> dict[str, object]:
    data: dict[str, object] = {"name": field.name, "type": field.type}
    data |= {option: value for option in _OPTIONS if (value := getattr(field, option))}
    if not field.nullable:
        data["nullable"] = False
    if field.default is not NO_DEFAULT:
        data["default"] = field.default
    if field.special:
        data["special"] = list(field.special)
    if field.validation:
        data["validation"] = dict(field.validation)
    return data


def read_schema(data: Mapping[str, object]) -> Schema:
    """Return the schema that :func:`schema_data` wrote; raises SchemaError on anything else."""
    try:
        collections, relations = data["collections"], data.get("relations") or []
        assert isinstance(collections, list)
        assert isinstance(relations, list)
        system = data.get("system") or []
        assert isinstance(system, list)
        schema = Schema(
            _named(collections),
            tuple(msgspec.convert(entry, Relation) for entry in relations),
            msgspec.convert(data.get("any_relations") or [], tuple[AnyRelation, ...]),
            _named(system),
            unfollowed=msgspec.convert(data.get("unfollowed") or {}, dict[str, str]),
            records=Records.read(data.get("records")),
        )
        return with_system(schema)
    except (AssertionError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise SchemaError(f"This is not the schema of a store: {inline(error, 300)}") from error


def _named(entries: list[dict[str, object]]) -> dict[str, Collection]:
    return {collection.name: collection for collection in map(read_collection, entries)}


def read_collection(data: Mapping[str, object]) -> Collection:
    """Return one collection; raises SchemaError where a field is of no known type."""
    fields = data["fields"]
    assert isinstance(fields, list)
    found = [_read_field(entry) for entry in fields]
    return Collection(
        str(data["name"]),
        {field.name: field for field in found},
        tracking=data.get("tracking", "all") is not None,
        note=str(data.get("note") or ""),
        singleton=bool(data.get("singleton")),
        sort_field=msgspec.convert(data.get("sort_field"), str | None),
        archive=msgspec.convert(data.get("archive"), Archive | None),
    )


def _read_field(data: dict[str, object]) -> Field:
    if data["type"] not in FIELD_TYPES:
        raise SchemaError(f"The field {inline(data['name'])} has the unknown type {inline(data['type'])}")
    options = {key: value for key, value in data.items() if key in {*_OPTIONS, "nullable"}}
    special = data.get("special") or ()
    assert isinstance(special, list | tuple)
    field = msgspec.convert({"name": data["name"], "type": data["type"], **options}, _Options)
    validation = data.get("validation") or {}
    assert isinstance(validation, dict)
    return Field(
        **msgspec.structs.asdict(field),
        special=tuple(map(str, special)),
        default=data.get("default", NO_DEFAULT),
        validation=validation,
    )


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    type: str
    primary_key: bool = False
    auto_increment: bool = False
    nullable: bool = True
    unique: bool = False
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    wide: bool = False
    generated: bool = False
    kind: str = ""
    validation_message: str = ""
    note: str = ""
