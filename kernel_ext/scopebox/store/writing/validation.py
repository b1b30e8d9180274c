"""Validation of payloads: required and not-null fields, the ``validation`` of fields, and that of permissions.

Rules are filters that are checked against the payload alone, as a Directus 11 does: a field that the payload lacks passes
everything but being required, a value of the wrong type is "required", and every broken rule is an error of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from scopebox.store.errors import internal_error
from scopebox.store.query.patterns import Pattern, PatternError, translated
from scopebox.store.query.validation_rules import FUNCTIONS, split_function
from scopebox.store.values.types import InputError, typed
from scopebox.store.writing.comparisons import MISSING, NO, wrong
from scopebox.text.literals import inline
from scopebox.vocabulary import LOGICAL

Failure = dict[str, object]
Payload = Mapping[str, object]
_NONE: Final[Mapping[str, list[Failure]]] = {}


@dataclass(frozen=True, slots=True)
class Required:
    """What a collection demands of every payload of one action: in the order of the fields.

    ``rules`` are the validations of fields, by their names.
    """

    submitted: frozenset[str]
    not_null: tuple[str, ...]
    rules: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    def failures(
        self, payload: Payload, nested: Sequence[str], broken: Mapping[str, list[Failure]] = _NONE
    ) -> list[Failure]:
        """Return what ``payload`` lacks, and what is ``broken`` of the rules of fields, field by field.

        An empty list is the rule, so it is found without building anything.
        """
        found = []
        for name in self.names if broken else self.not_null:
            value = payload.get(name, MISSING)
            if name not in self.not_null:
                pass
            elif value is None:
                found.append(failure(name, nested, type="nnull"))
            elif value is MISSING and name in self.submitted:
                found.append(failure(name, nested, type="required"))
            found += broken.get(name, ())
        return found


class Patterns:
    """Answers to "does this text match this pattern", looked up in a linear-time engine before a rule is checked."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], bool] = {}

    def wanted(self, rule: Payload, payload: Payload) -> set[tuple[str, str]]:
        """Return the pairs of pattern and text that checking ``rule`` needs and that are not known yet."""
        return {pair for pair in _patterns(rule, payload) if pair not in self.known}

    def match(self, pattern: object, text: str) -> bool:
        """Return whether ``text`` matches ``pattern``, which was looked up before."""
        found = _readable(pattern)
        return all(self.known.get((part, text), False) for part in found.wanted) and not any(
            self.known.get((part, text), False) for part in found.unwanted
        )


def failure(field: str, path: Sequence[str], **more: object) -> Failure:
    """Return the ``extensions`` of one validation error."""
    return {"field": field, "path": list(path), **more}


def failures_of(rule: Payload, payload: object, nested: Sequence[str], patterns: Patterns) -> Iterator[list[Failure]]:
    """Yield the failures of one condition of ``rule`` after the other: none where ``payload`` keeps it."""
    return _Check(nested, patterns).groups(rule, payload, ())


@dataclass(frozen=True, slots=True)
class _Check:
    """Walks down a rule and a payload. ``groups`` holds the failures of one condition each, also of one that has none."""

    nested: Sequence[str]
    patterns: Patterns

    def groups(self, rule: object, payload: object, path: tuple[str, ...]) -> Iterator[list[Failure]]:
        for key, condition in rule.items() if isinstance(rule, Mapping) else ():
            if key == "_and" and isinstance(condition, list):
                for part in condition:
                    yield from self.groups(part, payload, path)
            elif key == "_or" and isinstance(condition, list):
                yield from self._any(condition, payload, path)
            elif isinstance(condition, Mapping):
                yield from self._field(key, condition, payload, path)
            elif not key.startswith("_"):
                yield from self._field(key, {"_eq": condition}, payload, path)

    def _any(self, parts: Sequence[object], payload: object, path: tuple[str, ...]) -> Iterator[list[Failure]]:
        found: list[list[list[Failure]]] = []
        for part in parts:
            found.append(broken := [])
            for group in self.groups(part, payload, path):
                if group:
                    broken.append(group)
                yield []
        if all(found):
            yield from (group for broken in found for group in broken)

    def _field(
        self, key: str, condition: Mapping[str, object], payload: object, path: tuple[str, ...]
    ) -> Iterator[list[Failure]]:
        value = _value(key, payload) if isinstance(payload, Mapping) else MISSING
        first, *rest = (*path, key)
        for name, wanted in condition.items():
            if name in LOGICAL:
                parts = [{key: part} for part in wanted] if isinstance(wanted, list) else []
                yield from self.groups({name: parts}, payload, path)
                continue
            if name.startswith("_"):
                details = list(wrong(name, wanted, value, self.patterns.match))
            elif isinstance(value, Mapping):
                yield from self.groups({name: wanted}, value, (*path, key))
                continue
            else:  # a related item that is told by its key, and not by what is in it
                details = [] if value is MISSING else [NO]
            yield [failure(first, [*self.nested, *rest], **dict(detail)) for detail in details]


def _value(key: str, payload: Payload) -> object:
    """Return what ``payload`` says of a field, or of a function of one."""
    function, name = split_function(key)
    value = payload.get(name, MISSING)
    if not function:
        return value
    if function not in FUNCTIONS:
        raise internal_error("functions[functionName] is not a function")
    if function == "count":
        return len(value) if isinstance(value, list) else None
    if not isinstance(value, str):
        missing = "undefined" if value is MISSING else "null" if value is None else ""
        raise internal_error(
            f"Cannot read properties of {missing} (reading 'split')"
            if missing
            else "dateString.split is not a function"
        )
    return _part(function, value)


def _part(function: str, text: str) -> float:
    """Return a part of the moment that ``text`` tells, as JavaScript counts it; NaN if it tells none."""
    try:
        moment = typed("dateTime", text)
    except InputError:
        return math.nan
    if not isinstance(moment, date):
        return math.nan
    weekday = moment.isoweekday() % 7
    if function == "weekday":
        return weekday
    if function == "week":  # of a year whose first week is that of its first day, and begins on a Sunday
        saturday = moment + timedelta(days=6 - weekday)
        return (saturday.timetuple().tm_yday - 1) // 7 + 1
    return float(getattr(moment, function, math.nan))


def _readable(pattern: object) -> Pattern:
    """Return a pattern as the engine reads it; DirectusError 500 where it does not."""
    try:
        return translated(str(pattern))
    except PatternError as error:
        raise internal_error(f"The regular expression {inline(pattern)} of a rule cannot be read: {error}") from None


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
                    yield from ((part, value) for part in _readable(wanted).all)
                elif name in LOGICAL and isinstance(wanted, list):
                    yield from (pair for part in wanted for pair in _patterns({key: part}, payload))
                elif not name.startswith("_"):
                    yield from _patterns({name: wanted}, value)
