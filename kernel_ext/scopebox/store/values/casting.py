"""From the values of a payload to the values of columns, as a Directus 11 on PostgreSQL writes them."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import DirectusError
from scopebox.store import errors, javascript
from scopebox.store.schema.schema import NO_DEFAULT, columns
from scopebox.store.values.generated import Author, Made, check_written, filled, made, stamped
from scopebox.store.values.hashes import hashed
from scopebox.store.values.types import DEFAULT_PRECISION, NUMBERS, InputError, typed

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection, Field

Cast = Callable[[object], object]
MAX_JSON_VALUES: Final = 200_000
"""Values of a JSON column that is given as text: it is decoded to be checked."""
_LIMITS: Final = {"integer": 2**31, "integer64": 2**63, "bigInteger": 2**63}
_MONTH: Final = re.compile(r"(\d{4})(?:-(\d{2}))?", re.ASCII)
_USUAL: Final = (len("2020-01-31"), len("2020-01-31T12:00:00"))
_DATES: Final = {"date": "Date", "dateTime": "DateTime"}


class LengthError(ValueError):
    """A text that is longer than its column."""


@dataclass(frozen=True)
class Casts:
    """How the rows of one collection are made. ``defaults`` is the row of an empty payload, in the order of the columns.

    ``filled`` are the fields with a value of the store's own where the payload has none, ``created`` and ``updated`` make the
    values that replace what a payload says. Of the ``hashed`` ones a hash is kept, and nobody writes
    the ``generated`` ones.
    """

    collection: Collection
    casts: Mapping[str, Cast]
    defaults: Mapping[str, object]
    not_null: tuple[str, ...]
    filled: tuple[Field, ...]
    created: Mapping[str, Made]
    updated: Mapping[str, Made]
    hashed: tuple[str, ...] = ()
    generated: frozenset[str] = frozenset()

    def row(self, payload: Mapping[str, object], who: Author | None = None) -> dict[str, object]:
        """Return the row that a create inserts; raises DirectusError for a value that its column does not take."""
        if self.filled or self.created:
            given = dict(payload)
            payload = given | {field.name: filled(field, given) for field in self.filled}
            payload |= {name: make(who) for name, make in self.created.items()}
        row = {**self.defaults, **self.values(payload)}
        for name in self.not_null:
            if row[name] is None:
                raise errors.not_null(self.collection.name, name)
        return row

    def values(self, payload: Mapping[str, object], *, without: str = "") -> dict[str, object]:
        """Return the columns that ``payload`` sets, except ``without``; unknown names and aliases are left out."""
        casts = self.casts
        found = {}
        if self.generated:
            check_written(self.generated, payload, update=bool(without))
        if self.hashed:
            payload = {**payload, **{name: hashed(payload[name]) for name in self.hashed if name in payload}}
        for name, value in payload.items():
            cast = casts.get(name)
            if cast is None or name == without:
                continue
            try:
                found[name] = None if value is None else cast(value)
            except InputError as error:
                if error.kind != "range" or self.collection.fields[name].type not in NUMBERS:
                    raise errors.internal_error(str(error)) from None
                raise errors.out_of_range(self.collection.name, name, value) from None
            except LengthError:
                raise errors.too_long(self.collection.name, name, value) from None
        return found

    def taken(self, payload: Mapping[str, object], names: Iterable[str]) -> dict[str, object]:
        """Return the columns ``names`` as far as ``payload`` holds values that they take."""
        found = {}
        for name in names:
            value = payload.get(name)
            if value is not None and not isinstance(value, list | dict):
                with suppress(InputError, LengthError, DirectusError):
                    found[name] = self.casts[name](value)
        return found

    def update(self, payload: Mapping[str, object], who: Author | None = None) -> dict[str, object]:
        """Return the columns that an update sets; the primary key is never among them."""
        if self.updated:
            payload = {**payload, **{name: make(who) for name, make in self.updated.items()}}
        values = self.values(payload, without=self.collection.primary_key.name)
        for name in self.not_null:
            if name in values and values[name] is None:
                raise errors.not_null(self.collection.name, name)
        return values


def casts_of(collection: Collection) -> Casts:
    """Return the casts of ``collection``; made once for each version of the schema."""
    fields = columns(collection)
    casts = {field.name: cast_of(field) for field in fields}
    defaults: dict[str, object] = {}
    for field in fields:
        default = None if field.default is NO_DEFAULT or field.auto_increment or stamped(field) else field.default
        defaults[field.name] = None if default is None else casts[field.name](default)
    own = tuple(field for field in fields if "uuid" in field.special or stamped(field))
    not_null = tuple(
        field.name for field in fields if not field.nullable and not field.primary_key and "uuid" not in field.special
    )
    created, updated = (
        {field.name: make for field in fields if (make := made(field, action))} for action in ("create", "update")
    )
    secret = tuple(field.name for field in fields if field.hashed)
    generated = frozenset(field.name for field in fields if field.generated)
    return Casts(collection, casts, defaults, not_null, own, created, updated, secret, generated)


def key_value(collection: Collection, key: object) -> object:
    """Return ``key`` as the value of the key column; DirectusError 500 where a database cannot compare the two."""
    try:
        found = typed(collection.primary_key.held, _flat(key))
        return _storable(found) if isinstance(found, str) else found
    except InputError as error:
        raise errors.internal_error(str(error)) from None


def cast_of(field: Field) -> Cast:
    """Return what makes a value of the column of ``field`` from one of JSON. It raises InputError, LengthError or DirectusError."""
    if field.held in _LIMITS:
        return _whole(field, _LIMITS[field.held])
    special: dict[str, Callable[[], Cast]] = {
        "string": lambda: _string(field.max_length),
        "text": lambda: _string(None),
        "csv": lambda: _csv,
        "json": lambda: _json,
        "decimal": lambda: _decimal(field),
        "float": lambda: _float,
        "boolean": lambda: _boolean,
        "date": lambda: _moment(field),
        "dateTime": lambda: _moment(field),
        "timestamp": lambda: _timestamp,
    }
    return special[field.type]() if field.type in special else _plain(field)


def _plain(field: Field) -> Cast:
    return lambda value: typed(field.type, _flat(value))


def _flat(value: object) -> object:
    """Return lists and objects as their JSON text; anything else as it is."""
    return _encoded(value) if isinstance(value, list | dict) else value


def _whole(field: Field, limit: int) -> Cast:
    def cast(value: object) -> object:
        if value.__class__ is int and -limit <= value < limit:
            return value
        return typed(field.held, _flat(value))

    return cast


def _float(value: object) -> object:
    if value.__class__ is float and math.isfinite(value):
        return value
    number = typed("float", _flat(value))
    if not isinstance(number, float) or not math.isfinite(number):
        raise InputError(f'invalid input syntax for type real: "{javascript.text(value)}"')
    return number


def _boolean(value: object) -> object:
    return value if value is True or value is False else typed("boolean", _flat(value))


def _string(limit: int | None) -> Cast:
    longest = sys.maxsize if limit is None else limit

    def cast(value: object) -> object:
        if value.__class__ is str and value.isascii() and len(value) <= longest and "\x00" not in value:
            return value
        text = _storable(value if isinstance(value, str) else javascript.text(_flat(value)))
        if limit is not None and len(text) > limit:
            if len(text.rstrip(" ")) > limit:
                raise LengthError
            return text[:limit]
        return text

    return cast


def _storable(text: str) -> str:
    """Return ``text``; InputError for what cannot be told as UTF-8, and for the NUL that a database takes for its end."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InputError('invalid byte sequence for encoding "UTF8"') from None
    if "\x00" in text:
        raise InputError('invalid byte sequence for encoding "UTF8": 0x00')
    return text


def _csv(value: object) -> object:
    return _storable(javascript.text(value if isinstance(value, list) else _flat(value)))


def _json(value: object) -> object:
    if not isinstance(value, str):
        return _encoded(value)
    commas = value.count(",")
    if commas > MAX_JSON_VALUES or value.count("[") + value.count("{") > MAX_JSON_VALUES:
        raise errors.invalid_payload(f"A JSON text may hold {MAX_JSON_VALUES:,} values")
    try:
        msgspec.json.decode(_storable(value))
    except (msgspec.DecodeError, RecursionError):
        raise InputError("invalid input syntax for type json") from None
    return value


def _encoded(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (UnicodeEncodeError, OverflowError, RecursionError, TypeError):
        raise InputError("invalid input syntax for type json") from None


def _decimal(field: Field) -> Cast:
    precision = field.precision or DEFAULT_PRECISION[0]
    scale = DEFAULT_PRECISION[1] if field.scale is None else field.scale
    step, limit = Decimal(1).scaleb(-scale), Decimal(10) ** (precision - scale)

    def cast(value: object) -> object:
        number = typed("decimal", _flat(value))
        assert isinstance(number, Decimal)
        rounded = number.quantize(step, ROUND_HALF_UP)
        if abs(rounded) >= limit:
            raise InputError("numeric field overflow", "range")
        return rounded

    return cast


def _moment(field: Field) -> Cast:
    plain = field.type == "date"

    def cast(value: object) -> object:
        if not isinstance(value, str) or not value:
            return typed(field.type, _flat(value))
        try:
            moment = _told(value)
        except InputError:
            reason = f'Invalid {_DATES[field.type]} format in field "{field.name}"'
            raise errors.invalid_payload(reason) from None
        return moment.date() if plain else moment.replace(microsecond=0) if moment.microsecond else moment

    return cast


def _timestamp(value: object) -> object:
    if not isinstance(value, str) or not value:
        return typed("timestamp", _flat(value))
    try:
        moment = _told(value)
    except InputError:
        raise errors.internal_error("Invalid time value") from None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _told(text: str) -> datetime:
    """Return the moment that ``text`` tells, in UTC and without a zone; InputError where it tells none."""
    if len(text) in _USUAL and text[4] == text[7] == "-" and text[10:11] in ("", "T", " "):
        try:  # by far the most come like this, and this is the fastest way to read them
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    month = _MONTH.fullmatch(text)
    moment = typed("timestamp", f"{month[1]}-{month[2] or '01'}-01" if month else text)
    assert isinstance(moment, datetime)
    return moment
