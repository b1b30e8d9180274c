"""Filters as they come: parsed, their variables resolved, brought to one key an object, and checked.

The checks, their order and their words are those of a Directus 11; the schema plays no part yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import msgspec
from scopebox_guest import wire

from scopebox.store import bounds
from scopebox.store.errors import invalid
from scopebox.store.query.tally import Tally
from scopebox.vocabulary import LOGICAL, QUANTIFIERS

if TYPE_CHECKING:
    from collections.abc import Iterable

Filter = dict[str, object]
MAX_FILTER_DEPTH: Final = 200
"""Objects and lists that may be nested in a filter. Directus has no such limit; its stack ends somewhere too."""

WORDS: Final = {"true": True, "false": False, "null": None, "NULL": None}
"""Texts that stand for other values in filters and presets."""
_WITHOUT_VALUE: Final = frozenset((*LOGICAL, *QUANTIFIERS))
_NOTHING: Final = object()
_MEMBERSHIPS: Final = ("_in", "_nin")  # of lists of any length
LISTS: Final = (*_MEMBERSHIPS, "_between", "_nbetween")
"""Operators that take several values."""
GEOMETRIES: Final = ("_intersects", "_nintersects", "_intersects_bbox", "_nintersects_bbox")
"""Operators that take a shape as GeoJSON."""


OF_12: Final = "The operator _json is of Directus 12; items are answered as by Directus 11.17.4"
ABSENT: Final = object()
"""The value of a variable that the one who asks cannot resolve."""


class Variables(Protocol):
    """Knows what dynamic variables stand for."""

    def value(self, text: str) -> object:
        """Return what ``text`` stands for: itself, if it is no variable; ABSENT, if it may not be resolved."""


class Itself(str):
    """A text in a filter that stands for itself, whatever it says: the key of an item, which the store put there."""

    __slots__ = ()


def parse(raw: object, variables: Variables, tally: Tally | None = None) -> Filter:
    """Return the filter ``raw`` (an object, or its JSON text) with one key an object and variables resolved."""
    if isinstance(raw, str):
        raw = decoded(raw, "Invalid JSON for filter object")
    tally = tally or Tally()
    _measure(raw, tally)
    return _shifted(_recursive(raw, _Resolver(variables, tally)))


def normal(raw: Filter) -> Filter:
    """Return a filter that a hook made with one key an object; its variables stay the texts they are."""
    tally = Tally()
    _measure(raw, tally)
    return _shifted(_recursive(raw, _Resolver(None, tally)))


def decoded(text: str, reason: str) -> object:
    """Return the object that ``text`` is the JSON of; DirectusError 400 with ``reason`` if it is none."""
    found = decoded_or(text, _NOTHING)
    if found is _NOTHING:
        raise invalid(reason)
    return found


def decoded_or(text: str, other: object) -> object:
    """Return the object that ``text`` is the JSON of, ``other`` if it is none.

    What it holds is counted before it is decoded: a text of many empty objects is small, the objects are not.
    """
    bounds.length(text, bounds.MAX_JSON_CHARACTERS, "A JSON text")
    bounds.count(text.count(","), bounds.MAX_QUERY_VALUES, "values in a query", "ask in several queries")
    brackets = text.count("[") + text.count("{")
    bounds.count(brackets, 10 * bounds.MAX_CONDITIONS, "objects and lists in a query", "_in takes a list of values")
    try:
        return wire.decode_json(text)
    except (msgspec.DecodeError, RecursionError):
        return other


def _measure(raw: object, tally: Tally) -> None:
    """Refuse what is nested or long beyond all use, before anything walks down into it.

    A condition is a value that stands below a name, and whatever else a list holds that is no list of values.
    """
    level: list[tuple[str, object]] = [("", raw)]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_FILTER_DEPTH:
            raise invalid("Max relational depth exceeded")
        below: list[tuple[str, object]] = []
        for key, value in level:
            if key in _MEMBERSHIPS:
                tally.add_list(_size(key, value))
            elif key in LISTS:
                tally.add(2, _size(key, value))  # a range is two comparisons
            elif key in GEOMETRIES and isinstance(value, str):
                tally.add(1, value.count(","))  # what it holds once it is decoded, with all others
            elif isinstance(value, dict):
                below.extend(value.items())
                tally.add(not value, len(value))
            elif isinstance(value, list):
                tally.add(not value, len(value))
                below.extend(("", item) for item in value)
            else:
                tally.add(1, 0)
            bounds.length(key, bounds.MAX_NAME_CHARACTERS, "A name in a filter")
        level = below


def _size(key: str, value: object) -> int:
    """Return how many values a list of a filter holds, counted before it is split."""
    items = value if isinstance(value, list) else [value]
    found = 0
    for item in items:
        found += item.count(",") + 1 if isinstance(value, str) and isinstance(item, str) else 1
        found += inner(item) if isinstance(item, dict | list) else 0
    bounds.count(found, bounds.MAX_FILTER_VALUES, f'values in "{key}"', "ask for them in several queries")
    return found


def inner(value: object) -> int:
    """Return how many values are inside of one."""
    level, found, depth = [value], 0, 0
    while level:
        below = [item for entry in level if isinstance(entry, dict | list) for item in _items(entry)]
        found, depth = found + len(below), depth + 1
        if depth > MAX_FILTER_DEPTH:
            raise invalid("Max relational depth exceeded")
        level = below
    return found


def _items(entry: dict[str, object] | list[object]) -> Iterable[object]:
    return entry.values() if isinstance(entry, dict) else entry


class _Resolver:
    """Puts what variables stand for, if they are known, in their places; what lists come out of them is counted."""

    def __init__(self, variables: Variables | None, tally: Tally) -> None:
        self._variables = variables
        self._tally = tally

    def value(self, value: object) -> object:
        """Return what ``value`` stands for: itself, unless it is a word or a variable."""
        if not isinstance(value, str):
            return value
        if isinstance(value, Itself):
            return str(value)
        if value in WORDS:
            return WORDS[value]
        if self._variables is None or not value.startswith("$"):
            return value
        self._tally.variables += 1
        found = self._variables.value(value)
        if found is ABSENT:
            raise invalid("Invalid filter object")
        if isinstance(found, list):
            self._tally.add(0, len(found))
        return found

    def values(self, key: str, value: object) -> list[object]:
        """Return the values of an operator that takes several; in a list of any length each list that a variable stands for is there once."""
        found: list[object] = []
        lists: set[object] = set()
        for item in _listed(key, value):
            if item.__class__ is str and item in lists:
                continue
            resolved = self.value(item)
            if not isinstance(resolved, list):
                found.append(resolved)
                continue
            found.extend(resolved)
            if item.__class__ is str and key in _MEMBERSHIPS:
                lists.add(item)
        return found


def _recursive(value: object, resolver: _Resolver) -> Filter:
    if value is None:
        raise invalid("Invalid filter object")
    if not isinstance(value, dict | list):
        return {"_eq": resolver.value(value)}
    entries = value.items() if isinstance(value, dict) else ((str(at), item) for at, item in enumerate(value))
    found = [_entry(str(key), item, resolver) for key, item in entries]
    return {} if not found else found[0] if len(found) == 1 else {"_and": found}


def _entry(key: str, value: object, resolver: _Resolver) -> Filter:
    if key in LOGICAL:
        if not isinstance(value, list):
            raise invalid("Invalid filter object")
        return {key: [_recursive(item, resolver) for item in value]}
    if key in LISTS:
        return {key: resolver.values(key, value)}
    if key in GEOMETRIES and isinstance(value, str):
        value = decoded(value, "Invalid filter object")
    if key in QUANTIFIERS:
        return {key: None if value is None else _recursive(value, resolver)}
    if key.startswith("_"):
        return {key: resolver.value(value)}
    return {key: _recursive(value, resolver)}


def _listed(key: str, value: object) -> list[object]:
    """Return the values of an operator that takes several: a list, the parts of a text, what an object holds, or the one value."""
    if isinstance(value, str):
        return [*bounds.values(value, key)]
    return [*value.values()] if isinstance(value, dict) else value if isinstance(value, list) else [value]


def _shifted(filter_: Filter, path: tuple[str, ...] = ()) -> Filter:
    """Return the filter with the logic below a field lifted above it: ``{f: {_or: [a, b]}}`` is ``{_or: [{f: a}, {f: b}]}``.

    ``path`` are the fields above it.
    """
    for key, value in filter_.items():
        if key in LOGICAL:
            assert isinstance(value, list)
            return {key: [_shifted(item, path) for item in value]}
        if isinstance(value, dict) and key in QUANTIFIERS:
            return _below(path, {key: _shifted(value)})
        if isinstance(value, dict) and not key.startswith("_"):
            return _shifted(value, (*path, key))
    return _below(path, filter_)


def _below(path: tuple[str, ...], filter_: Filter) -> Filter:
    for key in reversed(path):
        filter_ = {key: filter_}
    return filter_


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
                if key.startswith("_") and key not in _WITHOUT_VALUE:
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
