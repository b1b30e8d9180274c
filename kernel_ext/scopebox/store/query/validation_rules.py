"""What validation rules say, as far as it can be followed; they are looked at when a snapshot or an access is read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from scopebox.store import javascript
from scopebox.store.query.functions import DATE_PARTS
from scopebox.store.values.types import InputError, typed
from scopebox.text.literals import inline
from scopebox.vocabulary import LOGICAL

if TYPE_CHECKING:
    from scopebox.store.query.patterns import Re2

Rule = Mapping[str, object]
MAX_DEPTH: Final = 20
MAX_VALUES: Final = 1_000
"""Conditions and values of one rule."""
_PLAIN: Final = frozenset({
    "_eq", "_neq", "_in", "_nin", "_null", "_nnull", "_empty", "_nempty", "_submitted", "_contains", "_icontains", "_ncontains",
    *(f"_{no}{case}{where}" for no in ("", "n") for case in ("", "i") for where in ("starts_with", "ends_with")),
})  # fmt: skip
_LIMITS: Final = frozenset({"_gt", "_gte", "_lt", "_lte"})
_RANGES: Final = frozenset({"_between", "_nbetween"})
_MILLISECONDS: Final = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_MONTH: Final = re.compile(r"\d{4}-\d{2}", re.ASCII)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FUNCTIONS: Final = (*DATE_PARTS, "count")
"""The functions of fields that a rule may hold."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The part of a rule that is checked, and why the rest of it is not."""

    rule: Rule
    doubts: tuple[str, ...]
    names: frozenset[str]
    values: int = 0


def followed(rule: object, re2: Re2) -> Followed:
    """Return what of ``rule`` can be followed: each of the conditions that it joins by "and" is kept as a whole, or left out."""
    kept, doubts, names, values = [], [], set[str](), 0
    for part in _conditions(rule):
        reading = _Reading(re2)
        doubt = reading.doubt(part)
        if doubt:
            doubts.append(doubt)
        else:
            kept.append(part)
            names |= reading.names
            values += reading.values
    joined: Rule = kept[0] if len(kept) == 1 and isinstance(kept[0], Mapping) else {"_and": kept} if kept else {}
    return Followed(joined, tuple(dict.fromkeys(doubts)), frozenset(names), values)


def _conditions(rule: object) -> Iterator[object]:
    """Yield the conditions that all have to hold."""
    if not isinstance(rule, Mapping):
        yield rule
        return
    for key, value in rule.items():
        if key == "_and" and isinstance(value, list):
            yield from value
        else:
            yield {key: value}


class _Reading:
    """Reads one condition: what cannot be followed in it, the fields that it is about, and how much it holds."""

    def __init__(self, re2: Re2) -> None:
        self.names: set[str] = set()
        self.values = 0
        self._re2 = re2

    def doubt(self, condition: object, depth: int = 0, field: str = "") -> str:
        """Return why ``condition`` cannot be followed; empty if it can. ``field`` is the one that it stands below."""
        if not isinstance(condition, Mapping):
            return f"{inline(condition)} is no condition"
        if depth > MAX_DEPTH:
            return f"it is nested more than {MAX_DEPTH} levels deep"
        return next(filter(None, (self._entry(str(key), value, depth, field) for key, value in condition.items())), "")

    def _entry(self, key: str, value: object, depth: int, field: str) -> str:
        self.values += 1
        if self.values > MAX_VALUES:
            return f"it has more than {MAX_VALUES:,} conditions and values"
        if key in LOGICAL:
            if not isinstance(value, list):
                return f"{key} takes a list of conditions"
            return next(filter(None, (self.doubt(part, depth + 1, field) for part in value)), "")
        return self._operator(key, value) if key.startswith("_") else self._below(key, value, depth, field)

    def _below(self, key: str, value: object, depth: int, field: str) -> str:
        function, name = split_function(key)
        if function not in ("", *FUNCTIONS):
            return f"{inline(function)} is no function of a field that a validation may hold"
        if not field:
            self.names.add(name)
        if value is None:
            return f"{inline(key)} has no condition"
        return self.doubt(value, depth + 1, field or key) if isinstance(value, Mapping | list) else ""

    def _operator(self, name: str, value: object) -> str:
        values = value if isinstance(value, list) else [value]
        self.values += len(values)
        if self.values > MAX_VALUES:
            return f"it has more than {MAX_VALUES:,} conditions and values"
        if name == "_regex":
            complaint = "" if value is None else self._re2.complaint(value)
            return f"the regular expression {inline(value)}: {complaint}" if complaint else ""
        if name in _LIMITS:
            return "" if limit(value) else f"{name} takes a number or a date, not {inline(value)}"
        if name in _RANGES:
            bounds = value.split(",") if isinstance(value, str) else values
            return "" if len(bounds) == 2 and all(map(limit, bounds)) else f"{name} takes two numbers or dates"  # noqa: PLR2004 - two
        if name in ("_eq", "_neq") and isinstance(value, list | dict):
            return f"{name} takes one value, not {inline(value)}"
        return "" if name in _PLAIN else f"there is no operator {inline(name)} in a validation"


def split_function(key: str) -> tuple[str, str]:
    """Return the function and the field that ``key`` names; no function if it is the name of a field."""
    function, bracket, inside = key.partition("(")
    return (function, inside[:-1]) if bracket and inside.endswith(")") else ("", key)


def limit(value: object) -> bool:
    """Return whether ``value`` can limit a number or a date."""
    if isinstance(value, str) and value.startswith("$"):
        return True
    return not math.isnan(javascript.number(value)) or moment(value) is not None


def moment(value: object) -> datetime | None:
    """Return the moment that ``value`` tells as a validator of dates reads it, None if it tells none: a number counts milliseconds."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    text = value.strip() if isinstance(value, str) and len(value) <= javascript.MAX_NUMBER_CHARACTERS else ""
    if _MILLISECONDS.fullmatch(text) or (isinstance(value, int | float) and not isinstance(value, bool)):
        try:
            return EPOCH + timedelta(milliseconds=javascript.number(text or value))
        except (OverflowError, ValueError):
            return None
    try:
        found = typed("timestamp", f"{text}-01" if _MONTH.fullmatch(text) else text) if text else None
    except InputError:
        return None
    return found.replace(tzinfo=UTC) if isinstance(found, datetime) else None
