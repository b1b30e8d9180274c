"""Field types: the columns that hold them, the JSON they are shown as, and the texts and values they accept.

Values read like those of a Directus 11 on PostgreSQL: decimals and big integers are JSON strings (they show the declared type),
other numbers are numbers, ``date`` is ``YYYY-MM-DD``, ``dateTime`` has no zone, ``timestamp`` is UTC with milliseconds.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final
from uuid import UUID

from scopebox.store import javascript

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.store.schema.schema import Field, FieldType, HeldType

NUMBERS: Final = frozenset({"integer", "integer64", "bigInteger", "float", "decimal"})
TIMES: Final = frozenset({"date", "dateTime", "time", "timestamp"})

_COLUMNS: Final = {
    "integer": "INTEGER", "integer64": "BIGINT", "bigInteger": "BIGINT", "float": "DOUBLE", "string": "VARCHAR", "text": "VARCHAR",
    "boolean": "BOOLEAN", "date": "DATE", "dateTime": "TIMESTAMP", "time": "TIME", "timestamp": "TIMESTAMP",
    "json": "JSON", "csv": "VARCHAR", "uuid": "UUID",
}  # fmt: skip
DIGITS: Final = 38
"""The most digits of a decimal."""
DEFAULT_PRECISION: Final = (10, 5)
"""Precision and scale of a decimal that declares none."""

_NAMES: Final = {
    "integer64": "bigint",
    "bigInteger": "bigint",
    "float": "double precision",
    "decimal": "numeric",
    "dateTime": "timestamp",
}
_MAX_VALUE_CHARACTERS: Final = 100  # characters of a date, a time, a uuid or a truth value
_EXACT: Final = 10**DIGITS
MASK: Final = "**********"
"""What is shown of a concealed value."""
_SECRET: Final = {
    **dict.fromkeys(("string", "text"), "{} <> ''"),
    **dict.fromkeys(("integer", "float"), "{} <> 0"),
    "boolean": "{}",
    "json": "CAST({} AS VARCHAR) NOT IN ('null', 'false', '0', '\"\"')",
}  # fmt: skip
_SHAPES: Final = {
    "bigInteger": "CAST({} AS VARCHAR)",
    "decimal": "CAST({} AS VARCHAR)",
    "time": "CAST({} AS VARCHAR)",
    "date": "strftime({}, '%Y-%m-%d')",
    "dateTime": "strftime({}, '%Y-%m-%dT%H:%M:%S')",
    "timestamp": "strftime({}, '%Y-%m-%dT%H:%M:%S.%gZ')",
    "csv": "CASE WHEN {0} = '' THEN [] ELSE string_split({0}, ',') END",
}


class InputError(ValueError):
    """A value that a column does not take. ``kind`` is ``syntax`` or ``range``, as a database tells them apart."""

    def __init__(self, message: str, kind: str = "syntax") -> None:
        super().__init__(message)
        self.kind = kind


def column_type(field: Field) -> str:
    """Return the DuckDB type of the column that holds ``field`` (which is no alias)."""
    if field.type == "decimal":
        precision, scale = field.precision or DEFAULT_PRECISION[0], field.scale
        return f"DECIMAL({precision}, {DEFAULT_PRECISION[1] if scale is None else scale})"
    return _COLUMNS[field.held]


def shown(type_: FieldType, column: str) -> str:
    """Return the SQL expression of what an answer shows of ``column``, ready for ``to_json``."""
    shape = _SHAPES.get(type_)
    return shape.format(column) if shape else column


def shown_value(field: Field, column: str) -> str:
    """Return the SQL expression of what an answer shows of ``column``, which holds values of ``field``: a mask, if it is concealed.

    What JavaScript takes for false (nothing, an empty text, zero) is no secret: it is shown as nothing.
    """
    if not field.concealed:
        return shown(field.type, column)
    return f"CASE WHEN {_SECRET.get(field.type, '{} IS NOT NULL').format(column)} THEN '{MASK}' END"


def typed(type_: HeldType, value: object) -> object:
    """Return the JSON value ``value`` as the parameter for a column of this type, read as a database reads its text.

    None stays None. Raises :class:`InputError` where PostgreSQL answers "invalid input syntax" or "out of range".
    """
    if value is None:
        return None
    text, reader = _text(value), _READERS.get(type_)
    if reader is None:
        return text
    if len(text) > (javascript.MAX_NUMBER_CHARACTERS if type_ in NUMBERS else _MAX_VALUE_CHARACTERS):
        raise InputError(f'invalid input syntax for type {_NAMES.get(type_, type_)}: "{text[:_MAX_VALUE_CHARACTERS]}…"')
    return reader(text)


def _text(value: object) -> str:
    """Return what JavaScript's database driver sends for ``value``."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _EXACT:
        return str(value)  # whole, as what a column can hold
    return javascript.text(value)


def _whole(bits: int, name: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise InputError(f'invalid input syntax for type {name}: "{text}"')
        number = int(text)
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise InputError(f'value "{text}" is out of range for type {name}', "range")
        return number

    return read


def _float(text: str) -> float:
    try:
        number = float(text) if "_" not in text else None
    except ValueError:
        number = None
    if number is None:
        raise InputError(f'invalid input syntax for type double precision: "{text}"')
    return number


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text.strip()) if "_" not in text else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite():
        raise InputError(f'invalid input syntax for type numeric: "{text}"')
    if abs(number.adjusted()) > 27:  # noqa: PLR2004 - with ten decimals this fills the 38 digits of the database
        raise InputError(f'value "{text}" is out of range for type numeric', "range")
    return number


def _boolean(text: str) -> bool:
    word = text.strip().lower()
    if word:
        for value, words in ((True, ("true", "yes", "on", "1")), (False, ("false", "no", "off", "0"))):
            if any(name.startswith(word) for name in words) and word != "o":
                return value
    raise InputError(f'invalid input syntax for type boolean: "{text}"')


def is_uuid(text: str) -> bool:
    """Return whether ``text`` is a uuid as keys are written, which is stricter than what a column takes."""
    return _UUID_KEY.fullmatch(text) is not None


def _uuid(text: str) -> str:
    if _UUID_KEY.fullmatch(text):
        return text.lower()
    bare = text.strip().removeprefix("{").removesuffix("}")
    if not _UUID.fullmatch(f"{bare}-"):
        raise InputError(f'invalid input syntax for type uuid: "{text}"')
    return str(UUID(bare.replace("-", "")))


_WHOLE: Final = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_UUID_KEY: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_UUID: Final = re.compile(r"(?:[0-9a-fA-F]{4}-?){8}", re.ASCII)
_USUAL: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?(?:Z|[+-]\d{2}:[0-5]\d)?|\d{4}-\d{2}-\d{2}", re.ASCII
)
_USUAL_TIME: Final = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?", re.ASCII)
_DATE: Final = re.compile(
    r"\s*(?P<year>\d{4,6})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:[T ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>\.\d{0,9})?)?)?"
    r"(?:\s*(?P<zone>Z|[+-]\d{2}(?::?\d{2})?))?\s*",
    re.ASCII | re.IGNORECASE,
)
_COMPACT: Final = re.compile(r"\s*(\d{4})(\d{2})(\d{2})\s*", re.ASCII)
_TIME: Final = re.compile(
    r"\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>\.\d{0,9})?)?"
    r"(?:\s*(?:Z|[+-]\d{2}(?::?\d{2})?))?\s*",
    re.ASCII | re.IGNORECASE,
)


def _moment(text: str, name: str) -> datetime:
    """Return the moment that ``text`` tells, with its zone if it tells one."""
    if _USUAL.fullmatch(text):  # as by far the most are, and a list has thousands of them
        with suppress(ValueError):  # the end of a day, a leap second, what is out of range
            return datetime.fromisoformat(text)
    match = _DATE.fullmatch(compact_date(text))
    if match is None:
        kind = "range" if _WHOLE.fullmatch(text) else "syntax"
        raise InputError(f'invalid input syntax for type {name}: "{text}"', kind)
    try:
        moment = datetime(int(match["year"]), int(match["month"]), int(match["day"]), tzinfo=_zone(match["zone"]))
        return moment + _clock(match)
    except (ValueError, OverflowError):
        raise InputError(f'date/time field value out of range: "{text}"', "range") from None


def compact_date(text: str) -> str:
    """Return ``text`` with the eight digits of a compact date spread out; any other text as it is."""
    found = _COMPACT.fullmatch(text)
    return "-".join(found.groups()) if found else text


def _zone(text: str | None) -> timezone | None:
    if not text:
        return None
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _clock(match: re.Match[str]) -> timedelta:
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    micro = int(f"{match['fraction'] or ''}000000"[1:7]) if match["fraction"] else 0
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):  # noqa: PLR2004 - clock
        raise ValueError
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)


def _date(text: str) -> date:
    return _moment(text, "date").date()


def _datetime(text: str) -> datetime:
    return _moment(text, "timestamp").replace(tzinfo=None)


def _timestamp(text: str) -> datetime:
    moment = _moment(text, "timestamp with time zone")
    try:
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except OverflowError:
        raise InputError(f'timestamp out of range: "{text}"', "range") from None


def _time(text: str) -> time | str:
    if _USUAL_TIME.fullmatch(text):
        return time.fromisoformat(text)
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            return _moment(text, "time").time()
        clock = _clock(match)
        # 24:00:00 is the end of a day and not its beginning; Python has no word for it, the database has.
        return "24:00:00" if clock == timedelta(days=1) else (datetime(2000, 1, 1) + clock).time()  # noqa: DTZ001
    except ValueError:
        raise InputError(f'invalid input syntax for type time: "{text}"') from None


_READERS: Final[dict[str, Callable[[str], object]]] = {
    "integer": _whole(32, "integer"),
    "integer64": _whole(64, "bigint"),
    "bigInteger": _whole(64, "bigint"),
    "float": _float,
    "decimal": _decimal,
    "boolean": _boolean,
    "uuid": _uuid,
    "date": _date,
    "dateTime": _datetime,
    "timestamp": _timestamp,
    "time": _time,
}
