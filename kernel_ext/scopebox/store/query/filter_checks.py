"""Whether the values of a parsed filter are what their operators take: the checks, their order and their words are those of a Directus 11."""

from __future__ import annotations

from typing import Final

from scopebox.store import javascript
from scopebox.store.errors import internal_error, invalid
from scopebox.store.query.filters import GEOMETRIES, LISTS, OF_12
from scopebox.vocabulary import LOGICAL, QUANTIFIERS

_BOOLEANS: Final = ("_null", "_nnull", "_empty", "_nempty")
_SHAPES: Final = (
    "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection", "Feature",
)  # fmt: skip


def check(filter_: object) -> None:
    """Raise the error of the first value that its operator does not take."""
    if filter_ is None:
        raise internal_error("Cannot convert undefined or null to object")
    entries = filter_.items() if isinstance(filter_, dict) else ()
    for key, value in entries:
        if key in LOGICAL:
            for item in value:
                check(item)
        elif key.startswith("_"):
            _check_operator(key, value)
        elif isinstance(value, dict | list):
            check(value)
        else:
            _check_primitive(key="_eq", value=value)


def _check_operator(key: str, value: object) -> None:
    if key in LISTS:
        if not isinstance(value, list) or not value:
            raise invalid(f'"{key}" has to be an array of values')
    elif key in _BOOLEANS:
        if value is not None and value != "" and not isinstance(value, bool):
            raise invalid(f'"{key}" has to be a boolean')
    elif key in QUANTIFIERS:
        check(value)
    elif key in GEOMETRIES:
        _check_geometry(key, value)
    else:
        _check_primitive(key, value)


def _check_geometry(key: str, value: object) -> None:
    known = isinstance(value, dict) and value.get("type") in _SHAPES
    if value is not None and value != "" and not known:
        raise invalid(f'"{key}" has to be a valid GeoJSON object')


def _check_primitive(key: str, value: object) -> None:
    if isinstance(value, dict | list):
        error = invalid(f'The filter value for "{key}" has to be a string, number, or boolean')
        error.hint = OF_12 if key == "_json" else ""
        raise error
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric and not javascript.number(value) <= javascript.SAFE:  # not a number is not smaller either
        raise invalid(f'The filter value for "{key}" is not a valid number')
    if value == "":
        raise invalid(f'You can\'t filter for an empty string in "{key}". Use "_empty" or "_nempty" instead')
