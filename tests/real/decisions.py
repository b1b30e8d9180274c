"""Where the store answers otherwise than a Directus, and means to: one predicate each over the request and both answers.

The reasons stand in ``docs/decisions/answers.md``, under the same names. None of them may excuse wrong data, a status of another class
or a missing route: :func:`decision` sees to that, whatever a predicate says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.real.exchanges import Exchange, Json, Request, code, extensions, message, same, status, unordered

Covers = Callable[[Request, Json, Json], bool]
MOST: Final = 25
"""Decisions that there may be."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One class of answers; ``covers`` is asked with the request, the answer of the real one, and ours."""

    name: str
    covers: Covers


_FAULT: Final = re.compile(
    r"\bCannot (read|set|convert|assign|destructure)\b|is not (a function|iterable)\b|Failed to decode"
)
"""What JavaScript says of a program that went wrong."""
_COUNTS: Final = ("count", "countDistinct")
_PROTOTYPE: Final = re.compile(r'"__proto__"\s*:')


def _own_words_for_faults(_: Request, real: Json, ours: Json) -> bool:
    """The real one shows what JavaScript said about its own program; the store says it in another way, with the same status."""
    return status(real) == status(ours) == 500 and bool(_FAULT.search(message(real)))


def _counts_are_numbers(_: Request, real: Json, ours: Json) -> bool:
    """The real one casts a count as if it were a value of the field: "1970-01-01", true. All else has to be the same."""
    return _casts_counts(real) and same(_without_counts(real, real), _without_counts(ours, real))


def _overflow_is_blamed_on_its_field(_: Request, real: Json, ours: Json) -> bool:
    """PostgreSQL names no field, and the real one takes the first of the statement for it."""
    return code(real) == code(ours) and code(real) in ("VALUE_OUT_OF_RANGE", "VALUE_TOO_LONG")


def _list_is_no_query(request: Request, real: Json, ours: Json) -> bool:
    """The real one takes the functions that every list has for the parts of a query."""
    asked = request.body.get("query") if isinstance(request.body, dict) else None
    return isinstance(asked, list) and code(real) == "INVALID_QUERY" and code(ours) == "INVALID_PAYLOAD"


def _related_items_sorted_by_objects(request: Request, real: Json, ours: Json) -> bool:
    """The real one sorts related items once more in JavaScript, where an object in the place of a key is in no order with another."""
    body = request.body if isinstance(request.body, dict) else {}
    query = body.get("query")
    given = query if isinstance(query, dict) else {}
    shown = [name for name in given.get("fields") or () if isinstance(name, str)]
    sorted_by = [key for names in _deep_sorts(given.get("deep")) for key in names]
    objects = [key for key in sorted_by if any(f".{key}." in f".{name}" for name in shown)]
    return bool(objects) and same(unordered(real), unordered(ours))


def _prototype_is_no_payload(request: Request, real: Json, ours: Json) -> bool:
    """The real one takes what stands under ``__proto__`` for given where it asks what is given, and leaves it out where it writes."""
    field = extensions(ours).get("field")
    inherited = bool(_PROTOTYPE.search(request.said)) and f'"{field}"' in request.said
    left_out = code(real) == "NOT_NULL_VIOLATION" and extensions(real).get("field") == field
    missing = code(ours) == "FAILED_VALIDATION" and extensions(ours).get("type") == "required"
    return inherited and left_out and missing


def _deep_sorts(deep: object) -> Iterator[list[str]]:
    for name, value in deep.items() if isinstance(deep, dict) else ():
        if name == "_sort" and isinstance(value, list):
            yield [key.removeprefix("-") for key in value if isinstance(key, str)]
        yield from _deep_sorts(value)


def _cast(value: object) -> bool:
    """Whether a count was cast: to a boolean, a date, or a time."""
    return isinstance(value, bool) or (isinstance(value, str) and not value.isdecimal())


def _rows(answer: Json) -> list[Json]:
    data = answer.get("data")
    return [row for row in (data if isinstance(data, list) else [data]) if isinstance(row, dict)]


def _casts_counts(answer: Json) -> bool:
    counts = [counts for row in _rows(answer) for name in _COUNTS if isinstance(counts := row.get(name), dict)]
    return any(_cast(value) for found in counts for value in found.values())


def _without_counts(answer: Json, real: Json) -> Json:
    """Return ``answer`` without the counts of the fields whose counts ``real`` casts."""
    fields = {
        (name, key)
        for row in _rows(real)
        for name in _COUNTS
        if isinstance(counts := row.get(name), dict)
        for key, value in counts.items()
        if _cast(value)
    }
    rest = [_row_without(row, fields) for row in _rows(answer)]
    return {**answer, "data": rest if isinstance(answer.get("data"), list) else rest[:1]}


def _row_without(row: Json, fields: set[tuple[str, str]]) -> Json:
    return {
        name: {key: inner for key, inner in value.items() if (name, key) not in fields}
        if isinstance(value, dict)
        else value
        for name, value in row.items()
    }


DECISIONS: Final = (
    Decision("Counts are numbers", _counts_are_numbers),
    Decision("Faults of JavaScript in our own words", _own_words_for_faults),
    Decision("A list is no query", _list_is_no_query),
    Decision("An overflow is blamed on its own field", _overflow_is_blamed_on_its_field),
    Decision("Related items in the order that was asked for", _related_items_sorted_by_objects),
    Decision("What JavaScript inherits is no payload", _prototype_is_no_payload),
)
"""All of them, :data:`MOST` at most."""


def decision(exchange: Exchange) -> Decision | None:
    """Return the decision that explains how the answers of an exchange differ; None if none does."""
    for real in exchange.real.values():
        if _may_be_decided(real, exchange.ours):
            for entry in DECISIONS:
                if entry.covers(exchange.request, real, exchange.ours):
                    return entry
    return None


def _may_be_decided(real: Json, ours: Json) -> bool:
    """Whether a decision may explain how two answers differ: the class of the status is the same, and no route is missing."""
    missing = (code(real) == "ROUTE_NOT_FOUND") != (code(ours) == "ROUTE_NOT_FOUND")
    return status(real) // 100 == status(ours) // 100 and not missing
