"""Filters as they come: parsed, their variables resolved, brought to one key an object, and checked.

The checks, their order and their words are those of a Directus 11; the schema plays no part yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import DirectusError
from scopebox.store import javascript
from scopebox.store.variables import ABSENT

if TYPE_CHECKING:
    from scopebox.store.variables import Variables

Filter = dict[str, object]
DEEPEST: Final = 200
"""Objects and lists that may be nested in a filter. Directus has no such limit; its stack ends somewhere too."""
LARGEST: Final = 10_000
"""Conditions that a filter may hold."""

_LISTS: Final = ("_in", "_nin", "_between", "_nbetween")
_BOOLEANS: Final = ("_null", "_nnull", "_empty", "_nempty")
_FREE: Final = ("_intersects", "_nintersects", "_intersects_bbox", "_nintersects_bbox", "_submitted", "_regex")
_LOGIC: Final = ("_and", "_or")
_QUANTIFIERS: Final = ("_some", "_none")


def invalid(reason: str) -> DirectusError:
    """Return the error of a query that cannot be."""
    return DirectusError(400, "INVALID_QUERY", f"Invalid query. {reason}.", {"reason": reason})


def broken(message: str) -> DirectusError:
    """Return the error of a query on which the server itself fails."""
    return DirectusError(500, "INTERNAL_SERVER_ERROR", message)


def parse(raw: object, variables: Variables) -> Filter:
    """Return the filter ``raw`` (an object, or its JSON text) with one key an object and variables resolved."""
    if isinstance(raw, str):
        try:
            raw = msgspec.json.decode(raw)
        except (msgspec.DecodeError, RecursionError):
            raise invalid("Invalid JSON for filter object") from None
    _measure(raw)
    found = _recursive(raw, variables)
    return _shifted(found)


def normal(raw: Filter) -> Filter:
    """Return a filter that a hook made with one key an object; its variables stay the texts they are."""
    _measure(raw)
    return _shifted(_recursive(raw, None))


def _measure(raw: object) -> None:
    """Refuse what is nested or long beyond all use, before anything walks down into it."""
    level, depth, count = [raw], 0, 0
    while level:
        depth += 1
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
        count += len(below)
        if depth > DEEPEST or count > LARGEST * 10:
            raise invalid("Max relational depth exceeded")
        level = below


def _recursive(value: object, variables: Variables | None) -> Filter:
    if value is None:
        raise invalid("Invalid filter object")
    if not isinstance(value, dict | list):
        return {"_eq": _resolved(value, variables)}
    entries = value.items() if isinstance(value, dict) else ((str(at), item) for at, item in enumerate(value))
    found = [_entry(str(key), item, variables) for key, item in entries]
    return {} if not found else found[0] if len(found) == 1 else {"_and": found}


def _entry(key: str, value: object, variables: Variables | None) -> Filter:
    if key in _LOGIC:
        if not isinstance(value, list):
            raise invalid("Invalid filter object")
        return {key: [_recursive(item, variables) for item in value]}
    if key in _LISTS:
        items = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
        return {key: _flat([_resolved(item, variables) for item in items])}
    if key in _QUANTIFIERS:
        return {key: None if value is None else _recursive(value, variables)}
    if key.startswith("_"):
        return {key: _resolved(value, variables)}
    return {key: _recursive(value, variables)}


def _flat(items: list[object]) -> list[object]:
    return [inner for item in items for inner in (item if isinstance(item, list) else [item])]


def _resolved(value: object, variables: Variables | None) -> object:
    if not isinstance(value, str):
        return value
    words = {"true": True, "false": False, "null": None, "NULL": None}
    if value in words:
        return words[value]
    found = variables.value(value) if variables and value.startswith("$") else value
    if found is ABSENT:
        raise invalid("Invalid filter object")
    return found


def _shifted(filter_: Filter) -> Filter:
    """Return the filter with the logic below a field lifted above it: ``{f: {_or: [a, b]}}`` is ``{_or: [{f: a}, {f: b}]}``."""
    for key, value in filter_.items():
        if key in _LOGIC:
            assert isinstance(value, list)
            return {key: [_shifted(item) for item in value]}
        if key.startswith("_") and key not in _QUANTIFIERS:
            return filter_
        if not isinstance(value, dict):
            return filter_
        inner = _shifted(value)
        logic = next((name for name in inner if name in _LOGIC), None)
        if logic is None or key in _QUANTIFIERS:
            return {key: inner}
        parts = inner[logic]
        assert isinstance(parts, list)
        return {logic: [_shifted({key: part}) for part in parts]}
    return filter_


def check(filter_: object) -> None:
    """Raise the error of the first value that its operator does not take."""
    if filter_ is None:
        raise broken("Cannot convert undefined or null to object")
    entries = filter_.items() if isinstance(filter_, dict) else ()
    for key, value in entries:
        if key in _LOGIC:
            for item in value:
                check(item)
        elif key.startswith("_"):
            _check_operator(key, value)
        elif isinstance(value, dict | list):
            check(value)
        else:
            _check_primitive(key="_eq", value=value)


def _check_operator(key: str, value: object) -> None:
    if key in _LISTS:
        if not isinstance(value, list) or not value:
            raise invalid(f'"{key}" has to be an array of values')
    elif key in _BOOLEANS:
        if value is not None and value != "" and not isinstance(value, bool):
            raise invalid(f'"{key}" has to be a boolean')
    elif key in _QUANTIFIERS:
        check(value)
    elif key not in _FREE:
        _check_primitive(key, value)


def _check_primitive(key: str, value: object) -> None:
    if isinstance(value, dict | list):
        raise invalid(f'The filter value for "{key}" has to be a string, number, or boolean')
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric and not javascript.number(value) <= javascript.SAFE:  # not a number is not smaller either
        raise invalid(f'The filter value for "{key}" is not a valid number')
    if value == "":
        raise invalid(f'You can\'t filter for an empty string in "{key}". Use "_empty" or "_nempty" instead')


def depth(filter_: object) -> int:
    """Return how many relations the deepest path of a filter follows, its field included."""
    if isinstance(filter_, list):
        return max(map(depth, filter_), default=0)
    if not isinstance(filter_, dict):
        return 0
    return max(((0 if key.startswith("_") else 1) + depth(value) for key, value in filter_.items()), default=0)


def paths(filter_: Filter) -> list[list[str]]:
    """Return the path of every condition, last one first, as Directus meets them."""
    found: list[list[str]] = []
    stack: list[tuple[object, list[str]]] = [(filter_, [])]
    while stack:
        value, path = stack.pop()
        if isinstance(value, list):
            stack.extend((inner, path) for inner in value)
        elif isinstance(value, dict) and value:
            for key, inner in value.items():
                if key.startswith("_") and key not in (*_LOGIC, *_QUANTIFIERS):
                    found += [path] if path else []
                else:
                    stack.append((inner, path if key.startswith("_") else [*path, key]))
        elif path:
            found.append(path)
    return found


def and_(*filters: Filter | None) -> Filter:
    """Return the filter that demands all of ``filters``; the empty ones demand nothing."""
    kept = [filter_ for filter_ in filters if filter_]
    return {} if not kept else kept[0] if len(kept) == 1 else {"_and": kept}
