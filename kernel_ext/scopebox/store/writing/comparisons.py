"""What is wrong with a value under an operator of a validation rule, as the validator of a Directus 11 finds it.

Where that one has an error that a Directus cannot put into words, its answer is a 500, and so it is here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from scopebox.errors import DirectusError
from scopebox.store import javascript
from scopebox.store.errors import internal_error
from scopebox.store.query.validation_rules import EPOCH, moment

MISSING: Final = object()
Detail = tuple[tuple[str, object], ...]
Matches = Callable[[object, str], bool]
"""Tells whether a pattern matches a text."""
NO: Final = (("type", "required"),)


def wrong(operator: str, wanted: object, value: object, matches: Matches) -> Iterator[Detail]:
    """Yield what is wrong with ``value`` under one operator."""
    if value is MISSING:
        if operator == "_submitted":
            yield NO
    elif operator in _ANY:
        yield from _ANY[operator](wanted, value)
    elif operator in _RANGES:
        yield from _range(operator, wanted, value)
    elif operator == "_regex" and wanted is not None:
        yield from _pattern(wanted, value, matches)
    elif operator in _TEXTS:
        yield from _TEXTS[operator](operator, wanted, value) if isinstance(wanted, str) else _valid([True], value)


def _pattern(wanted: object, value: object, matches: Matches) -> Iterator[Detail]:
    if not isinstance(value, str):
        yield NO
    elif not matches(wanted, value):
        yield (("type", "regex"), ("invalid", value))


def _untold() -> DirectusError:
    return internal_error("Couldn't extract validation error type from Joi validation error item")


def _same(left: object, right: object) -> bool:
    """Equality of JSON values as JavaScript's ``===`` has it."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _valid(allowed: list[object], value: object) -> Iterator[Detail]:
    if allowed and not any(_same(value, entry) for entry in allowed):
        yield _about(allowed, "valid", "")


def _invalid(refused: list[object], value: object) -> Iterator[Detail]:
    if any(_same(value, entry) for entry in refused):
        yield _about(refused, "invalid", "n")


def _about(values: list[object], key: str, no: str) -> Detail:
    """Return what is said about ``values``, of which one has to be, or (``no``) none may be."""
    if len(values) > 1:
        return (("type", f"{no}in"), (key, values))
    if values[0] is None:
        return (("type", f"{no}null"),)
    if values[0] == "":
        return (("type", f"{no}empty"),)
    return (("type", f"{no}eq"), (key, values[0]))


def _both(wanted: object) -> list[object]:
    """Return ``wanted`` together with the number or the text that it is equal to."""
    if isinstance(wanted, bool) or wanted is None or wanted == "":
        return [wanted]
    if isinstance(wanted, int | float):
        return [wanted, javascript.number_text(wanted)]
    if isinstance(wanted, datetime):
        return [wanted, (wanted - EPOCH) // timedelta(milliseconds=1)]
    number = javascript.number(wanted)
    return [wanted] if math.isnan(number) else [wanted, number]


def _listed(wanted: object) -> list[object]:
    """Return the values of a list, each of them once."""
    entries = wanted if isinstance(wanted, list) else [wanted]
    plain: dict[object, object] = {}
    for entry in entries:
        if not isinstance(entry, dict | list):
            plain.setdefault((isinstance(entry, bool), entry), entry)
    return [*plain.values(), *(entry for entry in entries if isinstance(entry, dict | list))]


_ANY: Final[dict[str, Callable[[object, object], Iterator[Detail]]]] = {
    "_eq": lambda wanted, value: _valid(_both(wanted), value),
    "_neq": lambda wanted, value: _invalid(_both(wanted), value),
    "_in": lambda wanted, value: _valid(_listed(wanted), value),
    "_nin": lambda wanted, value: _invalid(_listed(wanted), value),
    "_null": lambda _, value: _valid([None], value),
    "_nnull": lambda _, value: _invalid([None], value),
    "_empty": lambda _, value: _valid([""], value),
    "_nempty": lambda _, value: _invalid([""], value),
}
_RANGES: Final = {
    "_gt": ("gt",), "_gte": ("gte",), "_lt": ("lt",), "_lte": ("lte",),
    "_between": ("gte", "lte"), "_nbetween": ("lt", "gt"),
}  # fmt: skip
_HOLDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
}
_NUMBER: Final = re.compile(r"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?", re.ASCII)


def _range(operator: str, wanted: object, value: object) -> Iterator[Detail]:
    bounds = wanted if isinstance(wanted, list) else [wanted]
    if len(bounds) < len(_RANGES[operator]):
        raise internal_error("limit must be a number or reference")
    numbers = [math.nan if isinstance(bound, datetime) else javascript.number(bound) for bound in bounds]
    safe = operator not in ("_between", "_nbetween") or all(abs(number) <= javascript.SAFE for number in numbers)
    if safe and not any(map(math.isnan, numbers)):
        found: object = _number(value)
        limits: list[object] = list(numbers)
    else:
        found, limits = moment(value), [moment(bound) for bound in bounds]
        if None in limits:
            raise internal_error("date must have a valid date format or reference")
    if found is None:
        yield NO
        return
    for kind, limit in zip(_RANGES[operator], limits, strict=False):
        if not _HOLDS[kind](found, limit):
            yield (("type", kind), ("valid", limit))


def _number(value: object) -> float | None:
    """Return the number that ``value`` is, or tells, None if it is none."""
    if isinstance(value, str):
        text = value.strip()
        number = javascript.number(text) if _NUMBER.fullmatch(text[: javascript.MAX_NUMBER_CHARACTERS]) else math.nan
    else:
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else javascript.number(value)
    if math.isnan(number):
        return None
    if abs(number) > javascript.SAFE:
        raise _untold()
    return number


def _contains(operator: str, wanted: str, value: object) -> Iterator[Detail]:
    """Of a text, or of one in a list. A value of neither kind is an error of two alternatives, which a Directus cannot tell."""
    fold = str.lower if operator == "_icontains" else str
    texts = [value] if isinstance(value, str) and value else value
    if not isinstance(texts, list):
        raise _untold()
    held = any(isinstance(text, str) and fold(wanted) in fold(text) for text in texts)
    if held is (operator != "_ncontains"):
        return
    if isinstance(value, list):
        raise _untold()
    yield (("type", "ncontains" if held else "contains"), ("substring", wanted))


_AFFIXES: Final = {
    f"_{no}{case}{name}": (bool(no), bool(case), test)
    for name, test in (("starts_with", str.startswith), ("ends_with", str.endswith))
    for no in ("", "n")
    for case in ("", "i")
}
_SPECIAL: Final = re.compile(r"[\\^$.*+?()\[\]{}|/]")


def _affix(operator: str, wanted: str, value: object) -> Iterator[Detail]:
    if not isinstance(value, str):
        yield NO
        return
    if not value:
        raise _untold()
    inverted, folded, test = _AFFIXES[operator]
    left, right = (value.lower(), wanted.lower()) if folded else (value, wanted)
    if test(left, right) is inverted:
        yield (("type", operator[1:]), ("substring", _SPECIAL.sub(r"\\\g<0>", wanted)))


_TEXTS: Final[dict[str, Callable[[str, str, object], Iterator[Detail]]]] = {
    **dict.fromkeys(("_contains", "_icontains", "_ncontains", "_regex"), _contains),
    **dict.fromkeys(_AFFIXES, _affix),
}
