"""What JavaScript makes of JSON values where a Directus lets it convert them: numbers, texts, truth, slices."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Final, TypeVar

T = TypeVar("T")
SAFE: Final = 2**53 - 1
"""The largest integer that JavaScript counts exactly."""

MAX_NUMBER_CHARACTERS: Final = 400
"""Characters of a text that may be a number; a double has no more than 327 digits after the point, and 309 before it."""
_DECIMAL: Final = re.compile(r"[+-]?(?:Infinity|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)", re.ASCII)
_RADIX: Final = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)", re.ASCII)
_SPACES: Final = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_EXPONENT: Final = 21  # from which on numbers are written with it
_FRACTION: Final = -7  # up to which they are


def number(value: object) -> int | float:
    """Return ``Number(value)``: NaN for what is no number. Of a list it takes what that has as a text, of which none is written."""
    if isinstance(value, list):
        while isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, list | bool):  # two elements have a comma in between, and "true" is no number
            return 0 if value == [] else math.nan
    if value is None:
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return _exact(value)
    if isinstance(value, str):
        return _parsed(value.strip(_SPACES)) if len(value) <= MAX_NUMBER_CHARACTERS else math.nan
    return math.nan


def _parsed(word: str) -> int | float:
    if not word:
        return 0
    if _RADIX.fullmatch(word):
        return _exact(int(word, 0))
    return _exact(float(word)) if _DECIMAL.fullmatch(word) else math.nan


def _exact(value: float) -> int | float:
    """Return ``value`` as JavaScript's double would hold it, whole numbers as int."""
    try:
        double = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return int(double) if double.is_integer() else double


def text(value: object) -> str:
    """Return ``String(value)``."""
    if isinstance(value, str):
        return value
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if item is None else text(item) for item in value)
    return "[object Object]" if isinstance(value, dict) else _moment_text(value)


def beginning(value: object, most: int) -> str:
    """Return ``String(value)``, of that of a long list at least the first ``most`` characters: no more of it is written."""
    if not isinstance(value, list):
        return text(value)
    found, size = [], 0
    for item in value:
        part = "" if item is None else beginning(item, most - size)
        found.append(part)
        size += len(part) + 1
        if size > most:
            break
    return ",".join(found)


def _moment_text(value: object) -> str:
    """Return the text of a moment, as JavaScript writes it; anything else as Python does."""
    if not isinstance(value, datetime):
        return str(value)
    return f"{value.astimezone(UTC):%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)"


def number_text(value: float) -> str:
    """Return the text of a number, as JavaScript writes it."""
    if isinstance(value, int) and -SAFE <= value <= SAFE:
        return str(value)
    double = float(_exact(value))
    if not math.isfinite(double):
        return "NaN" if math.isnan(double) else "Infinity" if double > 0 else "-Infinity"
    mantissa, mark, exponent = repr(double).partition("e")
    if not mark:
        return mantissa.removesuffix(".0") if double else "0"
    sign, figures, plain = "-" if double < 0 else "", mantissa.lstrip("-").replace(".", ""), int(exponent)
    if 0 < plain < _EXPONENT:
        return sign + figures.ljust(plain + 1, "0")
    if _FRACTION < plain < 0:
        return f"{sign}0.{'0' * (-1 - plain)}{figures}"
    return f"{mantissa}e{plain:+}"


def truthy(value: object) -> bool:
    """Return whether JavaScript takes ``value`` for true (empty lists and objects are)."""
    if isinstance(value, list | dict):
        return True
    return bool(value) and value == value  # noqa: PLR0124 - NaN is false


def sliced(rows: list[T], start: float, stop: float | None = None) -> list[T]:
    """Return ``rows.slice(start, stop)``; NaN counts as 0."""
    first = 0 if math.isnan(start) else max(-len(rows), min(len(rows), start))
    if stop is None:
        return rows[int(first) :]
    last = 0 if math.isnan(stop) else max(-len(rows), min(len(rows), stop))
    return rows[int(first) : int(last)]


def kind(value: object) -> str:
    """Return ``typeof value``."""
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number" if isinstance(value, int | float) else "object"
