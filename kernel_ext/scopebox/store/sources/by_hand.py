"""Defining collections by hand: from short descriptions of fields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from typing import Final

from scopebox.errors import DirectusError, SchemaError
from scopebox.store.database.tables import check_free, unkept
from scopebox.store.query.patterns import Re2
from scopebox.store.query.validation_rules import followed
from scopebox.store.schema.schema import FIELD_TYPES, NO_DEFAULT, Collection, Field, Relation, Schema, sortable
from scopebox.store.values.casting import LengthError, cast_of
from scopebox.store.values.generated import NOW
from scopebox.store.values.types import DEFAULT_PRECISION, DIGITS, TIMES, InputError
from scopebox.text.literals import inline
from scopebox.text.messages import hint

Options = Mapping[str, object]
_TYPES: Final = FIELD_TYPES - {"alias"}
_OPTIONS: Final = frozenset(entry.name for entry in dataclass_fields(Field)) - {"name", "kind"}
_REFERENCE: Final = frozenset({"references", "one_field", "on_delete", "sort_field"})
_KEYS: Final = frozenset({"integer", "bigInteger", "string", "text", "uuid"})
_COUNTED: Final = frozenset({"integer", "bigInteger"})
_FLAGS: Final = ("primary_key", "auto_increment", "nullable", "unique", "wide", "generated")
_NUMBERS: Final = {"max_length": (1, 2**31), "precision": (1, DIGITS), "scale": (0, DIGITS)}
_RULES: Final = ("SET NULL", "CASCADE", "NO ACTION", "RESTRICT", "SET DEFAULT")
KEY: Final = Field("id", "integer", primary_key=True, auto_increment=True, nullable=False)
"""The primary key of a collection that names none."""


def define(
    schema: Schema,
    name: str,
    fields: Mapping[str, object] | Iterable[object],
    *,
    singleton: bool = False,
    sort_field: str | None = None,
) -> Schema:
    """Return ``schema`` with a collection more.

    ``fields`` are types by name, ``{"title": "string", "author": {"references": "authors", "one_field": "articles"}}``, or a
    list of :class:`Field`, of names of strings, and of dicts with a ``name``. A field ``id`` is the primary key if no other is;
    without one the collection gets it. Whole keys count upwards and uuids are made, unless the description says otherwise.
    """
    if not isinstance(name, str):
        raise SchemaError(f"The name of a collection is a text, not {inline(name)}")
    check_free(name, schema.system)
    pairs = _pairs(name, fields)
    given = _with_key({field: _options(f"{name}.{field}", entry) for field, entry in pairs})
    if len(given) != len(pairs):
        twice = next(field for field, times in Counter(field for field, _ in pairs).items() if times > 1)
        raise SchemaError(f"{inline(name)} has the field {inline(twice)} twice", hint="Each field is named once.")
    relations = [
        _relation(name, field, entry, {*schema.all, name}) for field, entry in given.items() if "references" in entry
    ]
    found = {
        field: _field(f"{name}.{field}", field, entry) for field, entry in given.items() if "references" not in entry
    }
    if not any(field.primary_key for field in found.values()):
        found = {KEY.name: KEY, **found}
    keys = {entry.name: entry.primary_key for entry in schema.all.values()}
    keys[name] = next(field for field in found.values() if field.primary_key)
    for relation in relations:
        found[relation.field] = _foreign_key(name, given[relation.field], relation, keys[relation.one])
    ordered = [*([] if KEY.name in given or found.get(KEY.name) is not KEY else [KEY.name]), *given]
    if not isinstance(singleton, bool):
        raise SchemaError(f"{name}.singleton is True or False, not {inline(singleton)}")
    collection = Collection(
        name, {field: found[field] for field in ordered}, singleton=singleton, sort_field=sort_field
    )
    collections = {**schema.all, name: collection}
    _check_sort(name, sort_field, collection)
    for relation in relations:
        _check_sort(f"{name}.{relation.field}", relation.sort_field, collection)
        if relation.one_field is not None:
            collections[relation.one] = _with_alias(collections[relation.one], relation.one_field)
    system = {entry: collections.pop(entry) for entry in schema.system}
    return replace(schema, collections=collections, relations=(*schema.relations, *relations), system=system)


def _pairs(collection: str, fields: object) -> list[tuple[str, object]]:
    if isinstance(fields, Mapping):
        pairs: list[tuple[str, object]] = list(fields.items())
    elif isinstance(fields, Iterable) and not isinstance(fields, str | bytes):
        pairs = [_named(entry) for entry in fields]
    else:
        raise SchemaError(
            f"The fields of {inline(collection)} are types by name, or a list, not {inline(fields)}",
            hint='For example {"title": "string"}.',
        )
    for name, _ in pairs:
        if not isinstance(name, str):
            raise SchemaError(f"The name of a field is a text, not {inline(name)}")
    return pairs


def _named(entry: object) -> tuple[str, object]:
    if isinstance(entry, Field):
        return entry.name, entry
    if isinstance(entry, Mapping) and isinstance(entry.get("name"), str):
        return entry["name"], {key: value for key, value in entry.items() if key != "name"}
    if isinstance(entry, str):
        return entry, "string"
    raise SchemaError(f"{inline(entry)} is no field", hint='A field is a Field, a name, or {"name": …, "type": …}.')


def _options(place: str, given: object) -> Options:
    """Return the description ``given`` of a field as options, each checked by itself."""
    if isinstance(given, Field):
        given = {key: value for key in _OPTIONS if (value := getattr(given, key)) is not NO_DEFAULT}
    options = {"type": given} if isinstance(given, str) else given
    if not isinstance(options, Mapping):
        raise SchemaError(
            f"{place} is described by a type or a dict, not {inline(given)}",
            hint="A type is a text: 'integer', 'string' …",
        )
    for key in options:
        if key not in _OPTIONS | _REFERENCE:
            known = sorted(_OPTIONS | _REFERENCE)
            raise SchemaError(
                f"{place} has the unknown option {inline(key)}",
                hint=hint(str(key), known, f"the options are {', '.join(known)}"),
            )
    missing = sorted(key for key in options if key in _REFERENCE and "references" not in options)
    if missing:
        raise SchemaError(
            f"{place}.{missing[0]} is for fields with references", hint='{"references": COLLECTION} makes it one.'
        )
    _check_type(place, options.get("type", "string"))
    for flag in _FLAGS:
        if not isinstance(options.get(flag, True), bool):
            raise SchemaError(f"{place}.{flag} is True or False, not {inline(options[flag])}")
    for key, (least, most) in _NUMBERS.items():
        value = options.get(key)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most):
            raise SchemaError(f"{place}.{key} is a whole number from {least} to {most}, not {inline(value)}")
    return options


def _check_type(place: str, type_: object) -> None:
    if type_ == "alias":
        raise SchemaError(
            f"{place} has no type that can be chosen: an alias comes from the field that refers back",
            hint='{"references": COLLECTION, "one_field": NAME} makes one in the other collection.',
        )
    if type_ not in _TYPES:
        known = sorted(_TYPES)
        raise SchemaError(
            f"{place} has the unknown type {inline(type_)}",
            hint=hint(str(type_), known, f"the types are {', '.join(known)}"),
        )


def _with_key(fields: dict[str, Options]) -> dict[str, Options]:
    """Return ``fields`` in which ``id`` is the primary key, if no other is and there is one."""
    if KEY.name not in fields or any(options.get("primary_key") for options in fields.values()):
        return fields
    return {**fields, KEY.name: {**fields[KEY.name], "primary_key": True}}


def _field(place: str, name: str, options: Options) -> Field:
    chosen = {key: value for key, value in options.items() if key in _OPTIONS}
    special = chosen.get("special", ())
    flags = (special,) if isinstance(special, str) else special
    if not isinstance(flags, list | tuple) or not all(isinstance(flag, str) for flag in flags):
        raise SchemaError(f"{place}.special is a list of flags, not {inline(special)}")
    field = Field(**{"type": "string", **chosen, "name": name, "special": tuple(flags)})  # type: ignore[arg-type]
    if field.primary_key:
        field = _key(place, field, options)
    elif field.auto_increment:
        raise SchemaError(f"{place} cannot count upwards: only a primary key of whole numbers does")
    _check_digits(place, field)
    _check_default(place, field)
    _check_validation(place, field)
    if "hash" in field.special and not field.hashed:
        raise SchemaError(f"{place} cannot be hashed: a hash is a text, and {field.type} holds none")
    return field


def _key(place: str, field: Field, options: Options) -> Field:
    if field.type not in _KEYS:
        raise SchemaError(
            f"{place} cannot be the primary key: {field.type} values are no keys",
            hint=f"Keys are {', '.join(sorted(_KEYS))}.",
        )
    counts = bool(options.get("auto_increment", field.type in _COUNTED))
    if counts and field.type not in _COUNTED:
        raise SchemaError(f"{place} cannot count upwards: it is no whole number")
    made = ("uuid",) if field.type == "uuid" and "special" not in options else field.special
    return replace(field, nullable=False, auto_increment=counts, special=made)


def _check_digits(place: str, field: Field) -> None:
    digits, behind = DEFAULT_PRECISION
    precision, scale = field.precision or digits, behind if field.scale is None else field.scale
    if field.type == "decimal" and scale > precision:
        raise SchemaError(
            f"{place}.scale is at most its precision, {precision}, not {scale}",
            hint=f"Where they are not given, the precision is {digits} and the scale {behind}.",
        )


def _check_default(place: str, field: Field) -> None:
    if field.default in (NO_DEFAULT, None) or (field.type in TIMES and field.default == NOW):
        return
    try:
        cast_of(field)(field.default)
    except LengthError:
        raise SchemaError(f"{place}.default is longer than {field.max_length} characters") from None
    except (InputError, DirectusError) as error:
        raise SchemaError(f"{place}.default does not fit: {error}") from error


def _check_validation(place: str, field: Field) -> None:
    if not isinstance(field.validation, Mapping):
        raise SchemaError(
            f"{place}.validation is a filter, not {inline(field.validation)}",
            hint=f'For example {{"{field.name}": {{"_nempty": true}}}}.',
        )
    if field.validation:
        with Re2() as re2:
            doubts = followed(field.validation, re2).doubts
        if doubts:
            raise SchemaError(f"{place}.validation: {doubts[0]}")


def _relation(collection: str, name: str, options: Options, known: set[str]) -> Relation:
    place, one = f"{collection}.{name}", options["references"]
    if one not in known:
        raise SchemaError(
            f"{place} refers to {inline(one)}, which is no collection",
            hint=hint(str(one), known, "create that one first"),
        )
    one_field, rule = options.get("one_field"), str(options.get("on_delete", "SET NULL")).upper()
    if one_field is not None and not (isinstance(one_field, str) and not unkept(one_field)):
        raise SchemaError(f"{place}.one_field: {inline(one_field)} cannot be a name")
    if rule not in _RULES:
        raise SchemaError(f"{place}.on_delete: {inline(rule)} is no rule", hint=f"The rules are {', '.join(_RULES)}.")
    sort = options.get("sort_field")
    return Relation(collection, name, str(one), one_field, on_delete=rule, sort_field=sort)  # type: ignore[arg-type]


def _check_sort(place: str, name: object, collection: Collection) -> None:
    known = sortable(collection)
    if name is not None and name not in known:
        raise SchemaError(
            f"{place}.sort_field: {inline(name)} is no field to sort by",
            hint=hint(str(name), known, f"the fields are {', '.join(known)}"),
        )


def _foreign_key(collection: str, options: Options, relation: Relation, key: Field) -> Field:
    place = f"{collection}.{relation.field}"
    type_ = options.get("type", key.type)
    if type_ != key.type:
        raise SchemaError(
            f"{place} is {type_}, but refers to {relation.one}.{key.name}, which is {key.type}",
            hint="Leave its type out.",
        )
    if options.get("primary_key"):
        raise SchemaError(f"{place} cannot be a primary key and refer to {relation.one}")
    own = {key: value for key, value in options.items() if key not in _REFERENCE}
    return replace(_field(place, relation.field, {**own, "type": type_}), kind="m2o")


def _with_alias(collection: Collection, name: str) -> Collection:
    if name in collection.fields:
        raise SchemaError(
            f"{inline(collection.name)} has a field {inline(name)} already", hint="Choose another one_field."
        )
    return replace(collection, fields={**collection.fields, name: Field(name, "alias", kind="o2m")})
