"""Values as the database hands them to Python, made what an answer shows of them: the same as :func:`~scopebox.store.values.types.shown` in SQL."""

from __future__ import annotations

from datetime import MAXYEAR, MINYEAR, date, datetime
from typing import TYPE_CHECKING, Final, cast

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from scopebox.store.schema.schema import Field


class NoSuchValueError(Exception):
    """A value is none that Python has: the database says what is shown of it."""


def _date(value: object) -> object:
    return _checked(value, date).isoformat()


def _date_time(value: object) -> object:
    return _checked(value, datetime).isoformat(timespec="seconds")


def _timestamp(value: object) -> object:
    return f"{_checked(value, datetime).isoformat(timespec='milliseconds')}Z"


def _checked(value: object, type_: type) -> datetime:
    """Return a time. Those before and behind all of Python's come as texts, and those without end as the first or the last one it has."""
    if type(value) is not type_ or not MINYEAR < cast("datetime", value).year < MAXYEAR:
        raise NoSuchValueError
    return cast("datetime", value)


def _decimal(value: object) -> object:
    return format(cast("Decimal", value), "f")


def _json(value: object) -> object:
    return msgspec.Raw(str(value).encode())


def _csv(value: object) -> object:
    return str(value).split(",") if value else []


_AS_IT_IS: Final = frozenset({"integer", "float", "string", "text", "boolean", "uuid"})
_SHOWN: Final[dict[str, Callable[[object], object]]] = {
    "bigInteger": str,
    "decimal": _decimal,
    "date": _date,
    "dateTime": _date_time,
    "timestamp": _timestamp,
    "json": _json,
    "csv": _csv,
}


def is_known(field: Field) -> bool:
    """Whether a value of ``field`` can be shown without the database."""
    return not field.concealed and (field.type in _AS_IT_IS or field.type in _SHOWN)


def maker(field: Field) -> Callable[[object], object] | None:
    """Return what makes of a value of ``field``, which is not None, what an answer shows, :class:`NoSuchValueError` where it cannot; None for one that is shown as it is."""
    return _SHOWN.get(field.type)
