"""A schema as the API of a Directus describes it: collections, fields and relations, each with its meta and its schema.

What a snapshot said is answered as it was; what it left out, and what was never in one, is what a Directus on PostgreSQL says of
something that was made with nothing but its name and its type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from scopebox.store.schema.schema import NO_DEFAULT, AnyRelation, Collection, Field, Relation, Schema
from scopebox.store.schema.system import COLLECTIONS, MASK
from scopebox.store.schema.system_metas import METAS

Described = dict[str, object]
VENDOR: Final = "postgres"
"""The database whose types are answered where no snapshot says another."""
_PRESENTED: Final = {"group", "no-data"}  # special flags of fields that only stand in a form
_COLLECTION: Final = (
    "collection", "icon", "note", "display_template", "hidden", "singleton", "translations", "archive_field", "archive_app_filter",
    "archive_value", "unarchive_value", "sort_field", "accountability", "color", "item_duplication_fields", "sort", "group", "collapse",
    "preview_url", "versioning",
)  # fmt: skip
_FIELD: Final = (
    "collection", "field", "special", "interface", "options", "display", "display_options", "readonly", "hidden", "sort", "width",
    "translations", "note", "conditions", "required", "group", "validation", "validation_message", "searchable",
)  # fmt: skip
_COLUMNS: Final = {
    "integer": "integer", "bigInteger": "bigint", "float": "real", "decimal": "numeric", "string": "character varying", "text": "text",
    "boolean": "boolean", "date": "date", "dateTime": "timestamp without time zone", "time": "time without time zone",
    "timestamp": "timestamp with time zone", "json": "json", "csv": "text", "uuid": "uuid",
}  # fmt: skip
_DIGITS: Final = {"integer": (32, 0), "bigInteger": (64, 0), "float": (24, None), "decimal": (10, 5)}
_FLAGS: Final = {"json": "cast-json", "csv": "cast-csv", "boolean": "cast-boolean"}
_MAX_LENGTH: Final = 255


def collections(schema: Schema) -> list[str]:
    """Return the names of the collections, and of the folders that they stand in, in the order of the snapshot."""
    told = schema.records.names("collections")
    named = [name for name in told if name in schema.collections or _is_folder(schema, name)]
    return list(dict.fromkeys((*named, *schema.collections)))


def _is_folder(schema: Schema, name: str) -> bool:
    record = schema.records.find("collections", name)
    return bool(record) and record.get("schema") is None and name not in schema.all


def fields(schema: Schema, collection: str) -> list[str]:
    """Return the names of the fields, and of what only stands in a form, in the order of the snapshot."""
    there = schema.all[collection].fields
    told = schema.records.names("fields", collection)
    return list(
        dict.fromkeys((*(name for name in told if name in there or _is_presented(schema, collection, name)), *there))
    )


def _is_presented(schema: Schema, collection: str, name: str) -> bool:
    record = schema.records.find("fields", collection, name)
    special = _part(record, "meta").get("special")
    return record.get("type") == "alias" and isinstance(special, list) and bool(_PRESENTED & {*map(str, special)})


def relations(schema: Schema, *, system: bool) -> list[Relation | AnyRelation]:
    """Return the relations; those among ``system`` collections stand first."""
    own: list[Relation | AnyRelation] = [*schema.relations, *schema.any_relations]
    return [*schema.system_relations, *own] if system else own


def collection_record(schema: Schema, name: str) -> Described:
    """Return what is said of a collection, of the project or of the system, or of a folder of collections."""
    record = schema.records.find("collections", name)
    system = METAS.get(name)
    if name not in schema.all and system is None:
        return {
            "collection": name,
            "meta": {**_collection_meta(Collection(name, {})), **_part(record, "meta")},
            "schema": None,
        }
    meta = _collection_meta(schema.all[name]) if system is None else system
    columns = {"schema": "public", "name": name, "comment": None} if _has_schemas(schema) else {"name": name}
    return {
        "collection": name,
        "meta": {**meta, **_part(record, "meta")},
        "schema": {**columns, **_part(record, "schema")},
    }


def _collection_meta(collection: Collection) -> Described:
    archive = collection.archive
    said: Described = {
        "collection": collection.name,
        "note": collection.note or None,
        "hidden": False,
        "singleton": collection.singleton,
        "archive_app_filter": archive is None or archive.app_filter,
        "sort_field": collection.sort_field,
        "accountability": "all" if collection.tracking else None,
        "collapse": "open",
        "versioning": False,
    }
    if archive is not None:
        said |= {
            "archive_field": archive.field,
            "archive_value": archive.value,
            "unarchive_value": archive.unarchive_value,
        }
    return {key: said.get(key) for key in _COLLECTION}


def field_record(schema: Schema, collection: str, name: str) -> Described:
    """Return what is said of a field."""
    record = schema.records.find("fields", collection, name)
    field = schema.all[collection].fields.get(name, Field(name, "alias"))
    place = {"collection": collection, "field": name}
    meta = {**place, **_field_meta(schema, collection, field), **_part(record, "meta")}
    type_ = record.get("type") or field.type
    column = None if type_ == "alias" else {**_column(schema, collection, field), **_part(record, "schema")}
    return {**place, "type": type_, "schema": column, "meta": meta}


def _field_meta(schema: Schema, collection: str, field: Field) -> Described:
    listed = (
        *field.special,
        *(flag for flag in (field.kind, _FLAGS.get(field.type)) if flag and flag not in field.special),
    )
    said: Described = {
        "special": [flag for flag in listed if flag != "a2o"] or None,
        "readonly": False,
        "hidden": False,
        "sort": list(schema.all[collection].fields).index(field.name) + 1
        if field.name in schema.all[collection].fields
        else None,
        "width": "full",
        "note": field.note or None,
        "required": False,
        "validation": dict(field.validation) or None,
        "validation_message": field.validation_message or None,
        "searchable": True,
    }
    if collection in schema.system:
        said["system"] = True
    return {**{key: said.get(key) for key in _FIELD if key not in ("collection", "field")}, **said}


def _column(schema: Schema, collection: str, field: Field) -> Described:
    default = None if field.default is NO_DEFAULT else field.default
    if field.auto_increment:
        default = f"nextval('{collection}_{field.name}_seq'::regclass)"
    precision, scale = _DIGITS.get(field.type, (None, None))
    relation = schema.relation_of(collection, field.name) if field.kind == "m2o" else None
    one = relation.one if relation is not None else None
    column: Described = {
        "name": field.name,
        "table": collection,
        "data_type": _COLUMNS.get(field.type, "text"),
        "default_value": MASK if field.concealed and default is not None else default,
        "generation_expression": None,
        "max_length": (field.max_length or _MAX_LENGTH) if field.type == "string" else None,
        "numeric_precision": field.precision or precision,
        "numeric_scale": scale if field.scale is None else field.scale,
        "is_generated": field.generated,
        "is_nullable": field.nullable and not field.primary_key,
        "is_unique": field.unique or field.primary_key,
        "is_indexed": False,
        "is_primary_key": field.primary_key,
        "has_auto_increment": field.auto_increment,
        "foreign_key_table": one,
        "foreign_key_column": schema.all[one].primary_key.name if one is not None else None,
    }
    if not _has_schemas(schema):
        return column
    return {**column, "foreign_key_schema": "public" if one is not None else None, "comment": None}


def _has_schemas(schema: Schema) -> bool:
    """Whether the database that is described knows schemas and comments, as all but SQLite do."""
    return schema.records.vendor != "sqlite"


def relation_record(schema: Schema, relation: Relation | AnyRelation) -> Described:
    """Return what is said of a relation."""
    collection, name = relation.many, relation.field
    record = schema.records.find("relations", collection, name)
    two = relation if isinstance(relation, Relation) else None
    any_ = relation if isinstance(relation, AnyRelation) else None
    one = two.one if two is not None else None
    meta: Described = {
        "many_collection": collection,
        "many_field": name,
        "one_collection": one,
        "one_field": two.one_field if two is not None else None,
        "one_collection_field": any_.collection_field if any_ is not None else None,
        "one_allowed_collections": list(any_.allowed) if any_ is not None else None,
        "junction_field": two.junction_field if two is not None else None,
        "sort_field": two.sort_field if two is not None else None,
        "one_deselect_action": two.on_deselect if two is not None else "nullify",
    }
    if relation in schema.system_relations:
        meta["system"] = True
    key = None if two is None else {**_foreign_key(schema, two), **_part(record, "schema")}
    return {
        "collection": collection,
        "field": name,
        "related_collection": one,
        "schema": key,
        "meta": {**meta, **_part(record, "meta")},
    }


def _foreign_key(schema: Schema, relation: Relation) -> Described:
    return {
        "constraint_name": f"{relation.many}_{relation.field}_foreign".lower(),
        "table": relation.many,
        "column": relation.field,
        **({"foreign_key_schema": "public"} if _has_schemas(schema) else {}),
        "foreign_key_table": relation.one,
        "foreign_key_column": schema.all[relation.one].primary_key.name,
        "on_update": "NO ACTION",
        "on_delete": relation.on_delete,
    }


def told(record: Described) -> Described:
    """Return a record as a snapshot holds it."""
    meta = record.get("meta")
    return {**record, "meta": dict(sorted(meta.items()))} if isinstance(meta, dict) else record


def numbered(record: Described, numbers: Mapping[tuple[str, str], int]) -> Described:
    """Return the record of a field or a relation with its number, which those of system collections have none of."""
    number = numbers.get((str(record["collection"]), str(record["field"])))
    meta = record["meta"]
    return {**record, "meta": {"id": number, **meta}} if number is not None and isinstance(meta, dict) else record


def field_numbers(schema: Schema) -> dict[tuple[str, str], int]:
    """Return the numbers of the project's own fields."""
    return {place: at for at, place in enumerate(added_fields(schema), 1)}


def relation_numbers(schema: Schema) -> dict[tuple[str, str], int]:
    """Return the numbers of the project's own relations."""
    return {(entry.many, entry.field): at for at, entry in enumerate(relations(schema, system=False), 1)}


def added_fields(schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield the fields that are the project's own: all of its collections, and what it adds to system collections."""
    for name in (*schema.collections, *schema.system):
        own = COLLECTIONS[name].fields if name in schema.system else {}
        yield from ((name, field) for field in fields(schema, name) if field not in own)


def _part(record: Mapping[str, object], key: str) -> Mapping[str, object]:
    part = record.get(key)
    return part if isinstance(part, dict) else {}
