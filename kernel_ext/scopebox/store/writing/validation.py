"""Validation of payloads: required and not-null fields, and the ``validation`` rules of permissions.

Rules are filters that are checked against the payload alone, as a Directus 11 does: a field that the payload lacks passes
everything but being required, a value of the wrong type is "required", and every broken rule is an error of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from scopebox.store import javascript
from scopebox.store.values.types import InputError, typed
from scopebox.vocabulary import LOGICAL

Failure = dict[str, object]
Payload = Mapping[str, object]
MISSING: Final = object()
_NO: Final = (("type", "required"),)


@dataclass(frozen=True, slots=True)
class Required:
    """What the columns demand of every payload of one collection and action: in the order of the fields."""

    submitted: frozenset[str]
    not_null: tuple[str, ...]

    def failures(self, payload: Payload, nested: Sequence[str]) -> list[Failure]:
        """Return what ``payload`` lacks; an empty list is the rule, so it is found without building anything."""
        found = []
        for name in self.not_null:
            value = payload.get(name, MISSING)
            if value is None:
                found.append(failure(name, nested, type="nnull"))
            elif value is MISSING and name in self.submitted:
                found.append(failure(name, nested, type="required"))
        return found


class Patterns:
    """Answers to "does this text match this pattern", looked up in a linear-time engine before a rule is checked."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], bool] = {}

    def wanted(self, rule: Payload, payload: Payload) -> set[tuple[str, str]]:
        """Return the pairs of pattern and text that checking ``rule`` needs and that are not known yet."""
        return set(_patterns(rule, payload)) - self.known.keys()


def failure(field: str, path: Sequence[str], **more: object) -> Failure:
    """Return the ``extensions`` of one validation error."""
    return {"field": field, "path": list(path), **more}


def failures_of(rule: Payload, payload: object, nested: Sequence[str], patterns: Patterns) -> list[Failure]:
    """Return one failure for each part of ``rule`` that ``payload`` breaks."""
    return [entry for group in _Check(nested, patterns).groups(rule, payload, ()) for entry in group]


@dataclass(frozen=True, slots=True)
class _Check:
    """Walks down a rule and a payload. ``groups`` holds the failures of one condition each."""

    nested: Sequence[str]
    patterns: Patterns

    def groups(self, rule: object, payload: object, path: tuple[str, ...]) -> Iterator[list[Failure]]:
        for key, condition in rule.items() if isinstance(rule, Mapping) else ():
            if key == "_and" and isinstance(condition, list):
                for part in condition:
                    yield from self.groups(part, payload, path)
            elif key == "_or" and isinstance(condition, list):
                parts = [list(self.groups(part, payload, path)) for part in condition]
                if all(parts):
                    yield from (group for part in parts for group in part)
            elif isinstance(condition, Mapping):
                yield from self._field(key, condition, payload, path)

    def _field(
        self, key: str, condition: Mapping[str, object], payload: object, path: tuple[str, ...]
    ) -> Iterator[list[Failure]]:
        value = payload.get(key, MISSING) if isinstance(payload, Mapping) else MISSING
        first, *rest = (*path, key)
        for name, wanted in condition.items():
            if name in LOGICAL:
                parts = [{key: part} for part in wanted] if isinstance(wanted, list) else []
                yield from self.groups({name: parts}, payload, path)
            elif not name.startswith("_"):
                yield from self.groups({name: wanted}, value, (*path, key)) if isinstance(value, Mapping) else ()
            elif details := list(_check(name, wanted, value, self.patterns)):
                yield [failure(first, [*self.nested, *rest], **dict(detail)) for detail in details]


Detail = tuple[tuple[str, object], ...]


def _check(operator: str, wanted: object, value: object, patterns: Patterns) -> Iterator[Detail]:
    """Yield what is wrong with ``value`` under one operator."""
    if value is MISSING:
        if operator == "_submitted":
            yield _NO
    elif operator in _ANY:
        yield from _ANY[operator](wanted, value)
    elif operator in _RANGES:
        yield from _range(operator, wanted, value)
    elif operator in _TEXTS or operator in ("_contains", "_icontains", "_ncontains"):
        yield from _text(operator, wanted, value)
    elif operator == "_regex":
        if not isinstance(value, str):
            yield _NO
        elif not patterns.known.get((_bare(wanted), value), False):
            yield (("type", "regex"), ("invalid", value))


def _same(left: object, right: object) -> bool:
    """Equality of JSON values as JavaScript's ``===`` has it."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    return left == right


def _valid(allowed: list[object], value: object) -> Iterator[Detail]:
    if any(_same(value, entry) for entry in allowed):
        return
    if len(allowed) > 1:
        yield (("type", "in"), ("valid", allowed))
    elif allowed and allowed[0] is None:
        yield (("type", "null"),)
    elif allowed and allowed[0] == "":
        yield (("type", "empty"),)
    else:
        yield (("type", "eq"), ("valid", allowed[0] if allowed else None))


def _invalid(refused: list[object], value: object) -> Iterator[Detail]:
    if not any(_same(value, entry) for entry in refused):
        return
    if len(refused) > 1:
        yield (("type", "nin"), ("invalid", refused))
    elif refused[0] is None:
        yield (("type", "nnull"),)
    elif refused[0] == "":
        yield (("type", "nempty"),)
    else:
        yield (("type", "neq"), ("invalid", refused[0]))


def _both(wanted: object) -> list[object]:
    """Return ``wanted`` together with the number or the text that it is equal to."""
    if isinstance(wanted, bool) or wanted is None or wanted == "":
        return [wanted]
    if isinstance(wanted, int | float):
        return [wanted, javascript.number_text(wanted)]
    number = _number(wanted) if isinstance(wanted, str) else None
    return [wanted] if number is None else [wanted, number]


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


def _number(value: object) -> float | None:
    """Return the number that ``value`` is, or tells, None if it is none."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | str)
        or (isinstance(value, str) and not value.strip())
    ):
        return None
    number = javascript.number(value)
    safe = isinstance(value, str) or abs(number) <= javascript.SAFE
    return number if safe and math.isfinite(number) else None


def _date(value: object) -> datetime | None:
    """Return the moment that ``value`` tells, None if it tells none."""
    try:
        moment = typed("timestamp", value) if isinstance(value, str) else None
    except InputError:
        return None
    return moment if isinstance(moment, datetime) else None


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


def _range(operator: str, wanted: object, value: object) -> Iterator[Detail]:
    bounds = wanted if isinstance(wanted, list) else [wanted]
    limits = [_number(bound) for bound in bounds]
    if None not in limits:
        found: object = _number(value)
        shown: list[object] = list(limits)
    else:
        found, shown = _date(value), [bound for bound in bounds]  # noqa: C416 - a list of objects
        limits = [_date(bound) for bound in bounds]  # type: ignore[misc]
    if found is None or None in limits:
        yield _NO
        return
    for kind, limit, bound in zip(_RANGES[operator], limits, shown, strict=False):
        if not _HOLDS[kind](found, limit):
            yield (("type", kind), ("valid", bound))


_AFFIXES: Final = (("starts_with", str.startswith), ("ends_with", str.endswith))
_TEXTS: Final = {
    f"_{no}{case}{name}": (bool(no), bool(case), test)
    for name, test in _AFFIXES
    for no in ("", "n")
    for case in ("", "i")
}


def _text(operator: str, wanted: object, value: object) -> Iterator[Detail]:
    if not isinstance(wanted, str):
        yield from _valid([True], value)
        return
    parts = value if isinstance(value, list) and operator.endswith("contains") else None
    if parts is None and not isinstance(value, str):
        yield _NO
        return
    if operator == "_ncontains":
        texts = parts if parts is not None else [value]
        if any(isinstance(entry, str) and wanted in entry for entry in texts):
            yield (("type", "ncontains"), ("substring", wanted))
    elif operator.endswith("contains"):
        fold = str.lower if operator == "_icontains" else str
        texts = parts if parts is not None else [value]
        if not any(isinstance(entry, str) and fold(wanted) in fold(entry) for entry in texts):
            yield (("type", "contains"), ("substring", wanted))
    else:
        inverted, folded, test = _TEXTS[operator]
        left, right = (str(value).lower(), wanted.lower()) if folded else (str(value), wanted)
        if test(left, right) is inverted:
            yield (("type", operator[1:]), ("substring", wanted))


def _bare(pattern: object) -> str:
    """Return a pattern without the slashes around it."""
    text = str(pattern)
    return text[1:-1] if len(text) > 1 and text.startswith("/") and text.endswith("/") else text


def _patterns(rule: object, payload: object) -> Iterator[tuple[str, str]]:
    if not isinstance(rule, Mapping):
        return
    for key, condition in rule.items():
        if key in LOGICAL and isinstance(condition, list):
            for part in condition:
                yield from _patterns(part, payload)
        elif isinstance(condition, Mapping) and isinstance(payload, Mapping):
            value = payload.get(key)
            for name, wanted in condition.items():
                if name == "_regex" and isinstance(value, str):
                    yield _bare(wanted), value
                elif name in LOGICAL and isinstance(wanted, list):
                    yield from (pair for part in wanted for pair in _patterns({key: part}, payload))
                elif not name.startswith("_"):
                    yield from _patterns({name: wanted}, value)
