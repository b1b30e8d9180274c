"""Defining collections by hand: from short descriptions of fields, or from the columns of a table."""

from __future__ import annotations

import difflib
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.store.schema import FIELD_TYPES, Collection, Field, Relation, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.store.schema import FieldType

_OPTIONS: Final = frozenset(entry.name for entry in dataclass_fields(Field)) - {"name", "kind"}
_REFERENCE: Final = frozenset({"references", "one_field", "on_delete"})
_BY_COLUMN: Final[dict[str, FieldType]] = {
    "BOOLEAN": "boolean", "DATE": "date", "TIME": "time", "UUID": "uuid", "VARCHAR": "text", "TIMESTAMP": "dateTime",
    "TIMESTAMP_NS": "dateTime", "TIMESTAMP_MS": "dateTime", "TIMESTAMP_S": "dateTime", "TIMESTAMP WITH TIME ZONE": "timestamp",
    "TINYINT": "integer", "SMALLINT": "integer", "INTEGER": "integer", "UTINYINT": "integer", "USMALLINT": "integer",
    "BIGINT": "integer", "UINTEGER": "bigInteger", "UBIGINT": "bigInteger", "HUGEINT": "bigInteger", "FLOAT": "float",
    "DOUBLE": "float",
}  # fmt: skip
_SMALL: Final = 2**31
KEY: Final = Field("id", "integer", primary_key=True, auto_increment=True, nullable=False)
"""The primary key of a collection that names none."""


def define(schema: Schema, name: str, fields: Mapping[str, object] | Iterable[object]) -> Schema:
    """Return ``schema`` with a collection more.

    ``fields`` are types by name, ``{"title": "string", "author": {"type": "integer", "references": "authors", "one_field":
    "articles"}}``, or a list of :class:`Field` and of dicts with a ``name``. Without a primary key the collection gets ``id``.
    """
    pairs = _pairs(fields)
    found = [_field(name, field, options) for field, options in pairs]
    if not any(field.primary_key for field in found):
        found.insert(0, KEY)
    collection = Collection(name, {field.name: field for field in found}, tracking=True)
    if len(collection.fields) != len(found):
        raise SchemaError(
            f"{name!r} has a field twice", hint="Each field is named once; id is the key if none is named."
        )
    collections = {**schema.collections, name: collection}
    relations = [relation for field, options in pairs if (relation := _relation(name, field, options))]
    for relation in relations:
        if relation.one not in collections:
            raise SchemaError(f"{name}.{relation.field} refers to {relation.one!r}, which is no collection")
        if relation.one_field is not None:
            collections[relation.one] = _with_alias(collections[relation.one], relation.one_field)
    return Schema(collections, (*schema.relations, *relations))


def of_columns(name: str, columns: Iterable[tuple[str, str, int]], key: str | None) -> Schema:
    """Return a schema with one collection for a table; ``columns`` are name, DuckDB type and largest absolute whole number.

    ``key`` names the column that is the primary key; without one it is the column ``id``, which the collection gets otherwise.
    """
    columns = list(columns)
    if key is None and any(column == KEY.name for column, _, _ in columns):
        key = KEY.name
    fields: dict[str, object] = {}
    for column, type_, largest in columns:
        known: FieldType = _BY_COLUMN.get(type_, "decimal" if type_.startswith("DECIMAL") else "json")
        options: dict[str, object] = {"type": "bigInteger" if known == "integer" and largest >= _SMALL else known}
        if type_.startswith("DECIMAL"):
            precision, scale = type_.removeprefix("DECIMAL(").removesuffix(")").split(",")
            options |= {"precision": int(precision), "scale": int(scale)}
        fields[column] = options | ({"primary_key": True, "nullable": False} if column == key else {})
    if key is not None and key not in fields:
        raise SchemaError(f"There is no column {key!r} to be the primary key of {name!r}")
    return define(Schema(), name, fields)


def _pairs(fields: Mapping[str, object] | Iterable[object]) -> list[tuple[str, object]]:
    if isinstance(fields, dict):
        return [(str(field), options) for field, options in fields.items()]
    pairs: list[tuple[str, object]] = []
    for entry in fields:
        if isinstance(entry, Field):
            pairs.append((entry.name, entry))
        elif isinstance(entry, dict) and isinstance(entry.get("name"), str):
            pairs.append((entry["name"], {key: value for key, value in entry.items() if key != "name"}))
        elif isinstance(entry, str):
            pairs.append((entry, "string"))
        else:
            raise SchemaError(f"{entry!r} is no field", hint='A field is a Field, a name, or {"name": …, "type": …}.')
    return pairs


def _field(collection: str, name: str, options: object) -> Field:
    if isinstance(options, Field):
        return options
    given = {"type": options} if isinstance(options, str) else options
    if not isinstance(given, dict):
        raise SchemaError(f"{collection}.{name} has to be a type or a dict, not {options!r}")
    type_ = given.get("type", "integer" if "references" in given else "string")
    if type_ not in FIELD_TYPES or type_ == "alias":
        close = difflib.get_close_matches(str(type_), FIELD_TYPES, 1)
        known = (
            f"Did you mean {close[0]!r}?" if close else f"The types are {', '.join(sorted(FIELD_TYPES - {'alias'}))}."
        )
        raise SchemaError(f"{collection}.{name} has the unknown type {type_!r}", hint=known)
    unknown = sorted(set(given) - _OPTIONS - _REFERENCE)
    if unknown:
        raise SchemaError(
            f"{collection}.{name} has the unknown option {unknown[0]!r}", hint=f"Known: {', '.join(sorted(_OPTIONS))}."
        )
    chosen = {key: value for key, value in given.items() if key in _OPTIONS and key != "type"}
    field = Field(name, type_, **chosen, kind="m2o" if "references" in given else "")
    return replace(field, nullable=False) if field.primary_key else field


def _relation(collection: str, name: str, options: object) -> Relation | None:
    if not isinstance(options, dict) or "references" not in options:
        return None
    one_field = options.get("one_field")
    return Relation(
        collection,
        name,
        str(options["references"]),
        None if one_field is None else str(one_field),
        on_delete=options.get("on_delete", "SET NULL"),
    )


def _with_alias(collection: Collection, name: str) -> Collection:
    if name in collection.fields:
        raise SchemaError(f"{collection.name!r} has a field {name!r} already")
    return replace(collection, fields={**collection.fields, name: Field(name, "alias", kind="o2m")})
