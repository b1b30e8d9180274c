"""From a value of a payload to that of a column, as a Directus 11 on PostgreSQL writes it."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.store import errors, javascript
from scopebox.store.values.iso_moments import MAX_CHARACTERS, moment_of
from scopebox.store.values.types import DEFAULT_PRECISION, InputError, typed

if TYPE_CHECKING:
    from scopebox.errors import DirectusError
    from scopebox.store.schema.schema import Collection, Field

Cast = Callable[[object], object]
MAX_JSON_VALUES: Final = 200_000
"""Values of a JSON column that is given as text: it is decoded to be checked."""
_LIMITS: Final = {"integer": 2**31, "integer64": 2**63, "bigInteger": 2**63}
_ZEROS: Final = re.compile(r"[.0 :-]{10,}")
_DATES: Final = {"date": "Date", "dateTime": "DateTime"}


class LengthError(ValueError):
    """A text that is longer than its column."""


class DigitsError(InputError):
    """A number with more digits than its column has room for."""

    def __init__(self) -> None:
        super().__init__("numeric field overflow", "range")


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
        "timestamp": lambda: _moment(field),
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
    """Return a number; None for the words of what is none, which PostgreSQL holds and no JSON shows."""
    if value.__class__ is float and math.isfinite(value):
        return value
    if value.__class__ is int and abs(value) <= javascript.SAFE:
        return float(value)
    flat = _flat(value)
    number = typed("float", flat)
    if isinstance(number, float) and math.isfinite(number):
        return number
    text = javascript.text(flat)
    if not any(map(str.isdecimal, text)):
        return None
    raise InputError(f'"{text[:MAX_CHARACTERS]}" is out of range for type real', "range")


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
        wire.decode_json(_storable(value))
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
            raise DigitsError
        return rounded

    return cast


def _moment(field: Field) -> Cast:
    plain, digits = field.type == "date", 0 if field.type == "dateTime" else 1_000

    def cast(value: object) -> object:
        if not isinstance(value, str) or not value:
            return typed(field.type, _flat(value))
        moment = moment_of(value)
        if moment is None:
            if _ZEROS.fullmatch(value):
                return None
            raise _no_moment(field, value)
        if plain:
            return moment.date()
        micro = moment.microsecond
        return moment.replace(microsecond=micro // digits * digits if digits else 0) if micro else moment

    return cast


def _no_moment(field: Field, text: str) -> InputError | DirectusError:
    """Return the error of a text that tells no moment: a Directus looks at it itself, except for a timestamp."""
    if field.type == "timestamp":
        shown = text[:MAX_CHARACTERS]
        return InputError(f'invalid input syntax for type timestamp with time zone: "{shown}"')
    return errors.invalid_payload(f'Invalid {_DATES[field.type]} format in field "{field.name}"')
