"""From the values of a payload to the values of columns, as a Directus 11 on PostgreSQL writes them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store import failures
from scopebox.store.schema import NO_DEFAULT
from scopebox.store.tables import columns
from scopebox.store.types import DEFAULT_PRECISION, NUMBERS, InputError, typed

if TYPE_CHECKING:
    from scopebox.store.schema import Collection, Field

Cast = Callable[[object], object]
_LIMITS: Final = {"integer": 2**31, "bigInteger": 2**63}
_DATES: Final = {"date": "Date", "dateTime": "DateTime"}


class LengthError(ValueError):
    """A text that is longer than its column."""


@dataclass(frozen=True)
class Casts:
    """How the rows of one collection are made. ``defaults`` is the row of an empty payload, in the order of the columns."""

    collection: Collection
    casts: Mapping[str, Cast]
    defaults: Mapping[str, object]
    generated: tuple[str, ...]
    not_null: tuple[str, ...]

    def row(self, payload: Mapping[str, object]) -> dict[str, object]:
        """Return the row that a create inserts; raises DirectusError for a value that its column does not take."""
        row = dict(self.defaults)
        row.update(self.values(payload))
        for name in self.generated:
            if not row[name]:
                row[name] = str(uuid.uuid4())
        for name in self.not_null:
            if row[name] is None:
                raise failures.not_null(self.collection.name, name)
        return row

    def values(self, payload: Mapping[str, object], *, without: str = "") -> dict[str, object]:
        """Return the columns that ``payload`` sets, except ``without``; unknown names and aliases are left out."""
        casts = self.casts
        found = {}
        for name, value in payload.items():
            cast = casts.get(name)
            if cast is None or name == without:
                continue
            try:
                found[name] = value if value is None else cast(value)
            except InputError as error:
                if error.kind != "range" or self.collection.fields[name].type not in NUMBERS:
                    raise failures.internal(str(error)) from None
                raise self._refused(failures.out_of_range, payload, without) from None
            except LengthError:
                raise self._refused(failures.too_long, payload, without) from None
        return found

    def update(self, payload: Mapping[str, object]) -> dict[str, object]:
        """Return the columns that an update sets; the primary key is never among them."""
        values = self.values(payload, without=self.collection.primary_key.name)
        for name in self.not_null:
            if name in values and values[name] is None:
                raise failures.not_null(self.collection.name, name)
        return values

    def _refused(
        self, build: Callable[[str, str, object], failures.ColumnError], payload: Mapping[str, object], without: str
    ) -> failures.ColumnError:
        """Return the answer of a Directus, which takes the first column of the statement for the one that was meant.

        An insert names its columns in alphabetical order, an update in the order of the payload.
        """
        names = [name for name in payload if name in self.casts and name != without]
        named = names[0] if without else min(names)
        return build(self.collection.name, named, payload[named])


def casts_of(collection: Collection) -> Casts:
    """Return the casts of ``collection``; made once for each version of the schema."""
    fields = columns(collection)
    casts = {field.name: _cast(field) for field in fields}
    defaults: dict[str, object] = {}
    for field in fields:
        default = None if field.default is NO_DEFAULT or field.auto_increment else field.default
        defaults[field.name] = None if default is None else casts[field.name](default)
    generated = tuple(field.name for field in fields if "uuid" in field.special)
    not_null = tuple(
        field.name for field in fields if not field.nullable and not field.primary_key and field.name not in generated
    )
    return Casts(collection, casts, defaults, generated, not_null)


def key_value(collection: Collection, key: object) -> object:
    """Return ``key`` as the value of the key column; DirectusError 500 where a database cannot compare the two."""
    try:
        return typed(collection.primary_key.type, key)
    except InputError as error:
        raise failures.internal(str(error)) from None


def _cast(field: Field) -> Cast:
    if field.type in _LIMITS:
        return _whole(field, _LIMITS[field.type])
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
    return msgspec.json.encode(value).decode() if isinstance(value, list | dict) else value


def _whole(field: Field, limit: int) -> Cast:
    def cast(value: object) -> object:
        if value.__class__ is int and -limit <= value < limit:
            return value
        return typed(field.type, _flat(value))

    return cast


def _float(value: object) -> object:
    if value.__class__ is float or value.__class__ is int:
        return float(value)
    return typed("float", _flat(value))


def _boolean(value: object) -> object:
    return value if value is True or value is False else typed("boolean", _flat(value))


def _string(limit: int | None) -> Cast:
    def cast(value: object) -> object:
        text = value if isinstance(value, str) else failures.text(_flat(value))
        if "\x00" in text:
            raise InputError('invalid byte sequence for encoding "UTF8": 0x00')
        if limit is not None and len(text) > limit:
            if len(text.rstrip(" ")) > limit:
                raise LengthError
            return text[:limit]
        return text

    return cast


def _csv(value: object) -> object:
    return failures.text(value) if isinstance(value, list) else failures.text(_flat(value))


def _json(value: object) -> object:
    if isinstance(value, str):
        try:
            msgspec.json.decode(value)
        except msgspec.DecodeError:
            raise InputError("invalid input syntax for type json") from None
        return value
    return msgspec.json.encode(value).decode()


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
    def cast(value: object) -> object:
        if not isinstance(value, str) or not value:
            return typed(field.type, _flat(value))
        try:
            moment = typed("timestamp", value)
        except InputError:
            reason = f'Invalid {_DATES[field.type]} format in field "{field.name}"'
            raise failures.invalid_payload(reason) from None
        assert isinstance(moment, datetime)
        return moment.date() if field.type == "date" else moment.replace(microsecond=0)

    return cast


def _timestamp(value: object) -> object:
    if isinstance(value, str) and value:
        try:
            moment = typed("timestamp", value)
        except InputError:
            raise failures.internal("Invalid time value") from None
        assert isinstance(moment, datetime)
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    return typed("timestamp", _flat(value))
