"""The fields of a schema snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import DirectusError
from scopebox.store.database.tables import unkept
from scopebox.store.schema.schema import FIELD_TYPES, NO_DEFAULT, AnyRelation, Field, Relation
from scopebox.store.values.casting import cast_of
from scopebox.store.values.generated import GENERATORS, NOW
from scopebox.store.values.hashes import MAX_HASHED
from scopebox.store.values.types import DEFAULT_PRECISION, DIGITS, TIMES, InputError
from scopebox.text.literals import inline
from scopebox.text.notes import Notes

Record = Mapping[str, object]
_MAX_EXPRESSION: Final = 200  # characters of a default that may be a function of the database
_MAX_RULE: Final = 100_000  # characters of a validation that is written as text
_MAX_DEFAULT: Final = 100_000  # characters of a default
MAX_DEFAULTS: Final = (
    1_000_000  # characters of the defaults of a collection that are texts: they are read together, again and again
)
_MAX_FLAGS: Final = 20  # special flags of a field
_MAX_WORDS: Final = 1_000  # characters of a note or of flags
_KINDS: Final = {"o2m": "o2m", "m2m": "m2m", "translations": "o2m", "list-o2m": "o2m", "list-m2m": "m2m", "m2a": "m2a"}
_LIKE: Final = {"hash": "string", "geometry": "json", "binary": "string", "unknown": "string"}
_SPECIALS: Final = {
    *GENERATORS, *_KINDS, "cast-boolean", "cast-json", "cast-csv", "cast-timestamp", "cast-datetime", "m2o", "alias", "group", "no-data", "file", "files",
    "hash", "conceal",
}  # fmt: skip
_NOW: Final = re.compile(
    r"(?:CURRENT_TIMESTAMP|NOW|GETDATE|SYSDATETIME|LOCALTIMESTAMP|CURRENT_DATE|SYSDATE)(?:\(\d?\))?"
)
_RANDOM: Final = re.compile(r"(?:GEN_RANDOM_UUID|UUID_GENERATE_V4|NEWID|UUID|SYS_GUID)\(\)")


class Sides:
    """Relations by their sides, the first of each."""

    def __init__(self, relations: Iterable[Relation], any_relations: Iterable[AnyRelation]) -> None:
        self.any = {(entry.many, entry.field) for entry in any_relations}
        self.many = {(entry.many, entry.field) for entry in relations}
        self.one: dict[tuple[str, str | None], Relation] = {}
        self.both: dict[tuple[str, str | None], Relation] = {}
        for entry in relations:
            self.one.setdefault((entry.one, entry.one_field), entry)
            self.both.setdefault((entry.many, entry.field), entry)
            self.both.setdefault((entry.one, entry.one_field), entry)


class Fields:
    """The fields of one collection, as they are read: no two names differ by case alone, and few are hashed.

    ``wide``: integers have 64 bits.
    """

    def __init__(self, collection: str, *, wide: bool = False) -> None:
        self.collection = collection
        self.wide = wide
        self.by_name: dict[str, Field] = {}
        self._folded: dict[str, str] = {}
        self._hashed: set[str] = set()
        self._defaults = 0

    def add(self, found: Field, notes: Notes) -> None:
        """Add ``found``, unless it cannot stand beside those that are there; then a note says so."""
        place = f"{self.collection}.{found.name}"
        if self._folded.setdefault(found.name.lower(), found.name) != found.name:
            notes.count("field whose name differs from another by case alone", "the database keeps one, skipped", place)
        elif found.hashed and len(self._hashed | {found.name}) > MAX_HASHED:
            notes.count("field with a hash", f"a collection has {MAX_HASHED} of them at most, skipped", place)
        else:
            found = self._with_few_defaults(found, place, notes)
            self.by_name[found.name] = replace(found, wide=True) if self.wide and found.type == "integer" else found
            self._hashed |= {found.name} if found.hashed else set()

    def _with_few_defaults(self, found: Field, place: str, notes: Notes) -> Field:
        """Return ``found`` without its default where those before it have taken the room."""
        self._defaults += len(found.default) if isinstance(found.default, str) else 0
        if self._defaults <= MAX_DEFAULTS or not isinstance(found.default, str):
            return found
        what = f"those of a collection have {MAX_DEFAULTS:,} characters at most, skipped"
        notes.count("default beyond others", what, place)
        return replace(found, default=NO_DEFAULT)


def read_field(record: Record, sides: Sides, notes: Notes) -> Field | None:
    """Return the field that ``record`` describes, None if the store has no such field."""
    collection, name, type_ = str(record["collection"]), str(record["field"]), str(record["type"])
    meta, column = part(record, "meta"), part(record, "schema")
    if reason := unkept(name):
        notes.count("field with a name that cannot be kept", f"{reason}, skipped", f"{collection}.{name}")
        return None
    special = _specials(f"{collection}.{name}", meta, notes)
    if type_ == "hash" and "hash" not in special:
        special = (*special, "hash")
    known = _LIKE.get(type_.split(".", maxsplit=1)[0], type_)
    if known not in FIELD_TYPES:
        notes.count(f"field of the type {inline(type_)}", "the type is not known, skipped", f"{collection}.{name}")
        return None
    if known != type_ != "hash":
        notes.count(f"field of the type {inline(type_)}", f"kept as {inline(known)}", f"{collection}.{name}")
    if known == "alias":
        return _alias(collection, name, special, sides, notes)
    key = bool(column.get("is_primary_key"))
    generated = bool(column.get("is_generated")) and not key
    if generated:
        notes.count("generated field", "computed by a database alone, empty in new items", f"{collection}.{name}")
    precision, scale = _digits(f"{collection}.{name}", column, notes) if known == "decimal" else (None, None)
    found = Field(
        name=name,
        type=known,  # type: ignore[arg-type]
        primary_key=key,
        auto_increment=bool(column.get("has_auto_increment")) and known in ("integer", "bigInteger"),
        nullable=generated or (bool(column.get("is_nullable", True)) and not key),
        unique=bool(column.get("is_unique")) and not key,
        max_length=_whole(column.get("max_length"), 1) if known == "string" else None,
        precision=precision,
        scale=scale,
        generated=generated,
        special=special,
        kind="a2o" if (collection, name) in sides.any else "m2o" if (collection, name) in sides.many else "",
        validation=_rule(meta.get("validation")),
        validation_message=words(meta, "validation_message"),
        note=words(meta, "note"),
    )
    return _with_default(found, column.get("default_value"), f"{collection}.{name}", notes)


def _rule(value: object) -> Mapping[str, object]:
    """Return the rule ``value``, an object or its JSON text; what else stands there is kept as a rule that nothing follows."""
    if isinstance(value, str) and len(value) <= _MAX_RULE:
        with suppress(msgspec.DecodeError, RecursionError):
            value = wire.decode_json(value)
    return value if isinstance(value, dict) else {} if value is None else {"_and": [value]}


def _specials(place: str, meta: Record, notes: Notes) -> tuple[str, ...]:
    given = meta.get("special")
    listed = given[:_MAX_WORDS].split(",") if isinstance(given, str) else given if isinstance(given, list) else ()
    special = tuple(flag for flag in listed[:_MAX_FLAGS] if isinstance(flag, str))
    for flag in special:
        if flag == "encrypt":
            notes.count("field with the special flag 'encrypt'", "kept as it is, and concealed", place)
        elif flag not in _SPECIALS:
            notes.count(f"field with the special flag {inline(flag)}", "it has no effect here", place)
    return special


def words(meta: Record, key: str) -> str:
    """Return words for people, as far as anybody reads them."""
    words = meta.get(key)
    return words[:_MAX_WORDS] if isinstance(words, str) else ""


def _digits(place: str, column: Record, notes: Notes) -> tuple[int | None, int | None]:
    """Return precision and scale as a column can have them: the scale is none of more digits than there are."""
    precision, scale = _whole(column.get("numeric_precision"), 1), _whole(column.get("numeric_scale"), 0)
    if precision is not None and precision > DIGITS:
        notes.add(f"{place}: {inline(precision)} digits are kept as {DIGITS}")
        precision = DIGITS
    if precision is None and scale is None:
        return None, None
    digits, behind = DEFAULT_PRECISION
    return precision, min(behind if scale is None else scale, precision or digits)


def _with_default(found: Field, value: object, place: str, notes: Notes) -> Field:
    """Return ``found`` with the default of its column: a value of its type, the present moment, or a random key."""
    if value is None or found.auto_increment or found.generated:
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


def _alias(collection: str, name: str, special: tuple[str, ...], sides: Sides, notes: Notes) -> Field | None:
    relation = sides.one.get((collection, name))
    if relation is None:
        if not {"group", "no-data"} & set(special):
            notes.count("alias without a relation", "skipped", f"{collection}.{name}")
        return None
    kind = next((_KINDS[entry] for entry in special if entry in _KINDS), "m2m" if relation.junction_field else "o2m")
    return Field(name=name, type="alias", kind=kind, special=special)  # type: ignore[arg-type]


def part(record: Record, key: str) -> Record:
    """Return the object under ``key``, an empty one if there is none."""
    part = record.get(key)
    return part if isinstance(part, dict) else {}


def name_of(value: object) -> str | None:
    """Return the name that stands in a snapshot, None for none."""
    return value if isinstance(value, str) and value else None


def _whole(value: object, least: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= least else None
