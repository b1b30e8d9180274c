"""Filter operators: which field type has which, how they read their values, and their SQL."""

from __future__ import annotations

import math
import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store import javascript
from scopebox.store.errors import internal_error, invalid
from scopebox.store.values.moment_words import special_moment
from scopebox.store.values.types import DIGITS, TIMES, InputError, typed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.query.functions import Call
    from scopebox.store.schema.schema import Field, HeldType

_TEXT: Final = (
    "_contains", "_ncontains", "_icontains", "_starts_with", "_nstarts_with", "_istarts_with", "_nistarts_with",
    "_ends_with", "_nends_with", "_iends_with", "_niends_with", "_eq", "_neq", "_empty", "_nempty", "_null", "_nnull",
    "_in", "_nin",
)  # fmt: skip
_ORDERED: Final = (
    "_eq", "_neq", "_lt", "_lte", "_gt", "_gte", "_between", "_nbetween", "_null", "_nnull", "_in", "_nin",
)  # fmt: skip
BY_TYPE: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("string", "text", "csv"), frozenset(_TEXT)),
    **dict.fromkeys(("integer", "bigInteger", "float", "decimal", "date", "dateTime", "time"), frozenset(_ORDERED)),
    "timestamp": frozenset((*_ORDERED, "_contains", "_ncontains", "_empty", "_nempty")),
    "boolean": frozenset(("_eq", "_neq", "_null", "_nnull")),
    "uuid": frozenset(("_eq", "_neq", "_null", "_nnull", "_in", "_nin")),
    "json": frozenset(("_null", "_nnull")),
}
"""The operators that each field type has."""

OF_SECRETS: Final = frozenset(("_null", "_nnull", "_empty", "_nempty"))
OPERATORS: Final = tuple(dict.fromkeys((*_TEXT, *_ORDERED)))
"""The operators that any field type has."""

_COMPARISONS: Final = {"_eq": "=", "_neq": "<>", "_lt": "<", "_lte": "<=", "_gt": ">", "_gte": ">="}
_PATTERNS: Final = {"contains": "%{}%", "starts_with": "{}%", "ends_with": "%{}"}
_FUNCTIONS: Final = {"contains": "contains", "starts_with": "prefix", "ends_with": "suffix"}
WILDCARDS: Final = re.compile(r"[%_\\]")
_SLOW: Final = re.compile(r"[_\\]")  # with one of them the database holds a pattern against every place of a text
_PER_TIME: Final = 10  # characters of such a pattern that take as long as a text is gone through once
_CASTS: Final = {
    "integer": "INTEGER", "integer64": "BIGINT", "bigInteger": "BIGINT", "float": "DOUBLE", "uuid": "UUID", "date": "DATE", "time": "TIME",
    "dateTime": "TIMESTAMP", "timestamp": "TIMESTAMP",
}  # fmt: skip
_NUMBERS: Final = ("integer", "integer64", "float", "decimal")
_WHOLE: Final = ("integer", "integer64", "bigInteger")
_SMALL: Final = 2**31
"""Whole numbers below it are the same in JavaScript, as text and in every column of whole numbers."""
FEW: Final = 16
"""Values of a list that are a parameter each, which a database plans best; more of them are one parameter."""
CROWDED: Final = 10
"""Conditions of a filter beyond which every list is one parameter, which is held against one row after the other: the database plans thousands of parameters for seconds, hundreds of
subqueries for minutes."""
LONG: Final = 100
"""Values of such a list from which on it is a subquery nevertheless, as long as there are few of them: rows are found in it at once."""


MEMBERSHIPS: Final = frozenset(("_in", "_nin"))
"""The operators that take a list of any length."""
Listed = tuple[str, list[object], bool]
"""A list as the database gets it: the SQL type of its values, they as one parameter, and whether the database knows the type by them."""
MATCHING: Final = frozenset(name for name in _TEXT if name.endswith(("contains", "_with")))
"""The operators that look for a text inside of another."""


class UnreadableError(DirectusError):
    """500: a condition that a database does not understand. It says so only once it is asked, when all else of a query was checked."""


def check_operator(field: Field, operator: str, call: Call | None = None) -> None:
    """Raise the error of an operator that ``field``, or the number that a function made of it, does not have."""
    if call is not None:
        type_, operators = "integer", BY_TYPE["integer"]
    else:
        type_, operators = ("hash", OF_SECRETS) if field.hashed else (field.type, BY_TYPE[field.type])
    if operator not in operators:
        raise invalid(f'"{type_}" field type does not contain the "{operator}" filter operator')
    if field.concealed and call is None and operator not in OF_SECRETS:
        raise invalid(f'Field with "conceal" special does not allow the "{operator}" filter operator')


def fulfilled_by_nothing(operator: str, value: object) -> bool:
    """Return whether a condition holds where there is no value."""
    positive = value is not False
    return (operator in {"_null", "_empty"} and positive) or (
        (operator in {"_nnull", "_nempty"} and not positive) or (operator == "_eq" and value is None)
    )


def condition(  # noqa: PLR0911 - one return an operator family
    type_: HeldType,
    column: str,
    operator: str,
    value: object,
    parameter: Callable[[object], str],
    *,
    part: bool = False,
    literal: bool = False,
    crowded: bool = False,
    listed: Callable[..., Listed] | None = None,
) -> str:
    """Return the SQL of one condition on ``column``, which is NULL where PostgreSQL's is; empty if it is none.

    ``parameter`` takes a value and returns its placeholder, ``listed`` does as :func:`as_list`, and may keep what it made. ``part``: the column is a number that a function made.
    ``literal``: the wildcards of patterns stand for themselves. ``crowded``: it is one of many.
    """
    if operator in {"_null", "_nnull"}:
        null = (operator == "_null") == (value is not False)
        return f"{column} IS {'' if null else 'NOT '}NULL"
    if value is None and operator in {"_eq", "_neq"}:
        return f"{column} IS {'' if operator == '_eq' else 'NOT '}NULL"
    if operator in {"_empty", "_nempty"}:
        return _emptiness(type_, column, operator, value)
    if operator in MEMBERSHIPS:
        return _membership(
            type_, column, operator, value, parameter, part=part, crowded=crowded, listed=listed or as_list
        )
    if part or type_ in _NUMBERS:
        value = [_number(item) for item in value] if isinstance(value, list) else _number(value)
    if operator in _COMPARISONS:
        return f"{column} {_COMPARISONS[operator]} {_operand(type_, value, parameter, part=part)}"
    if operator in {"_between", "_nbetween"}:
        return _range(type_, column, operator, value, parameter, part=part)
    return _pattern(type_, column, operator, value, parameter, literal=literal)


def _emptiness(type_: HeldType, column: str, operator: str, value: object) -> str:
    if type_ not in {"string", "text", "csv"}:
        raise _unreadable(f'invalid input syntax for type {type_}: ""')
    empty = (operator == "_empty") == (value is not False)
    return f"coalesce({column}, '') = ''" if empty else f"({column} IS NOT NULL AND {column} <> '')"


def _operand(type_: HeldType, value: object, parameter: Callable[[object], str], *, part: bool) -> str:
    found = operand(type_, value, part=part)
    place = parameter(found)
    return place if part or found is None else compared(type_, place)


def compared(type_: HeldType, place: str) -> str:
    """Return the SQL of a parameter that is held against a column of this type."""
    cast = _CASTS.get(type_)
    return f"CAST({place} AS {cast})" if cast else place


def _number(value: object) -> object:
    """Return the number that JavaScript makes of a value; DirectusError 400 for none."""
    if value.__class__ is int and -_SMALL < value < _SMALL:  # by far the most are keys
        return value
    found = javascript.number(value)
    if isinstance(found, float) and math.isnan(found):
        raise invalid("Invalid numeric value")
    return found


def operand(type_: HeldType, value: object, *, part: bool = False) -> object:
    """Return ``value`` as the database gets it; raises 500 for what no column can read."""
    if isinstance(value, list):
        raise _unreadable(f'invalid input syntax for type {type_}: "{javascript.text(value)}"')
    if value is None or part:
        return value
    if type_ in _WHOLE and value.__class__ is int and -_SMALL < value < _SMALL:
        return value
    if type_ in TIMES:
        if isinstance(value, datetime):
            return _of_variable(type_, value)
        special = special_moment(type_, value) if isinstance(value, str) else None
        if special is not None:
            return special
    try:
        exact = type_ == "bigInteger" and isinstance(value, int) and not isinstance(value, bool)
        return typed(type_, value if exact else javascript.text(value))  # JavaScript would round a large key
    except InputError as error:
        raise _unreadable(str(error)) from error


def _of_variable(type_: HeldType, moment: datetime) -> object:
    """Return the moment, in UTC, that a variable stands for, as the database gets it: to the millisecond, as a Directus writes it."""
    plain = moment.replace(microsecond=moment.microsecond // 1_000 * 1_000, tzinfo=None)
    return plain.date() if type_ == "date" else plain.time() if type_ == "time" else plain


def operands(type_: HeldType, values: Sequence[object]) -> list[object]:
    """Return the values of a list as the database gets them; raises the error of the first one that it does not take."""
    return [operand(type_, _number(value) if type_ in _NUMBERS else value) for value in values]


def _unreadable(message: str) -> UnreadableError:
    error = internal_error(message)
    return UnreadableError(error.status, error.code, error.message)


def _membership(
    type_: HeldType,
    column: str,
    operator: str,
    value: object,
    parameter: Callable[[object], str],
    *,
    part: bool,
    crowded: bool,
    listed: Callable[..., Listed],
) -> str:
    items = value if isinstance(value, list) else [value]
    word = "NOT IN" if operator == "_nin" else "IN"
    if not items:  # only deep queries come with none
        return "FALSE" if word == "IN" else "TRUE"
    if len(items) <= FEW and not crowded:
        numbers = _numbers(type_, items, part=part)
        return f"{column} {word} ({', '.join(_operand(type_, item, parameter, part=part) for item in numbers)})"
    shape, found, known = listed(type_, items, part=part)
    values = f"CAST({(place := parameter(found))} AS {shape}[])"
    if not crowded:
        return f"{column} {word} (SELECT unnest({values}))"
    # Of IN with a list, and of list_contains, the database makes a join: hundreds of them take it minutes, and all its memory.
    held = f"list_position({place if known else values}, {column}) IS {'NOT ' if word == 'IN' else ''}NULL"
    null = "" if None not in found else " OR NULL" if word == "IN" else " AND NULL"
    return f"CASE WHEN {column} IS NOT NULL THEN {held}{null} END"


def _numbers(type_: HeldType, items: list[object], *, part: bool) -> list[object]:
    """Return the values of a list, as numbers where they are compared with some; DirectusError 400 for what is none."""
    return [_number(item) for item in items] if part or type_ in _NUMBERS else items


def as_list(type_: HeldType, items: list[object], *, part: bool) -> Listed:
    """Return a list of a condition as the database gets it."""
    return _shaped(type_, [operand(type_, item, part=part) for item in _numbers(type_, items, part=part)], part=part)


def _shaped(type_: HeldType, values: list[object], *, part: bool) -> Listed:
    if part or type_ == "float":
        return "DOUBLE", [None if value is None else float(str(value)) for value in values], True
    if type_ == "decimal":
        return _decimal_type(values), [None if value is None else str(value) for value in values], False
    if type_ in TIMES and any(isinstance(value, str) for value in values):  # ends of days, of time itself
        return _CASTS[type_], [None if value is None else str(value) for value in values], False
    return _CASTS.get(type_, "VARCHAR"), values, type_ != "uuid"


def _decimal_type(values: list[object]) -> str:
    """Return the narrowest type that holds all of ``values``, so that comparing them loses nothing."""
    numbers = [value.as_tuple() for value in values if isinstance(value, Decimal)]
    scale = max([0, *(-int(number.exponent) for number in numbers)])
    whole = max([1, *(len(number.digits) + int(number.exponent) for number in numbers)])
    return (
        f"DECIMAL({DIGITS}, {min(scale, DIGITS - whole)})"
        if scale + whole > DIGITS
        else f"DECIMAL({scale + whole}, {scale})"
    )


def _range(
    type_: HeldType, column: str, operator: str, value: object, parameter: Callable[[object], str], *, part: bool
) -> str:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004 - two bounds; anything else is ignored
        return ""
    low, high = (_operand(type_, item, parameter, part=part) for item in value)
    return f"{column} {'NOT ' if operator == '_nbetween' else ''}BETWEEN {low} AND {high}"


def times(value: object, *, literal: bool) -> int:
    """Return how often a text is gone through, about, when ``value`` is looked for in it."""
    text = javascript.text(value)
    return 1 if literal or not _SLOW.search(text) else 1 + len(text) // _PER_TIME


def _pattern(
    type_: HeldType, column: str, operator: str, value: object, parameter: Callable[[object], str], *, literal: bool
) -> str:
    if type_ not in {"string", "text", "csv"}:
        raise _unreadable(f"operator does not exist: {type_} ~~ unknown")
    name = operator[1:]
    negated = name.startswith("n")
    name = name[1:] if negated else name
    folded = name not in _PATTERNS
    if folded:
        if value is None:
            raise internal_error("Cannot read properties of null (reading 'toLowerCase')")
        if not isinstance(value, str):
            raise internal_error("compareValue.toLowerCase is not a function")
        name, value = name[1:], value.lower()
    text, word = javascript.text(value), "NOT " if negated else ""
    # ILIKE, and LIKE with an escape, hold a pattern against every place of a text, which nothing can interrupt.
    plain = literal or not WILDCARDS.search(text)
    place = parameter(text if plain else _PATTERNS[name].replace("{}", text))
    column = f"lower({column})" if folded else column  # what is looked for is lowered already
    if plain:
        return f"{word}{_FUNCTIONS[name]}({column}, {place})"
    return f"{column} {word}LIKE {place}" + (" ESCAPE '\\'" if "\\" in text else "")
