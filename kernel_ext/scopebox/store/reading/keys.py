"""What can be a primary key, which queries ask for nothing but keys, and lists of keys that do not count."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store import javascript
from scopebox.store.query.filters import WORDS, paths
from scopebox.store.query.operators import operands
from scopebox.store.values.types import is_uuid
from scopebox.vocabulary import LOGICAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.store.query.filters import Filter
    from scopebox.store.query.query import Query
    from scopebox.store.reading.tree import Level
    from scopebox.store.schema.schema import Collection, Field


ONE: Final = object()
"""Stands in a filter for the key of the one item that is asked for, which the plan of the query takes when it is run."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """The list of a deep filter that is nothing but ``_in`` on ``link``, by which the items of a level belong to those above it.

    A Directus puts the keys of the items above over such a list, position by position.
    """

    link: Field
    values: Sequence[object]

    def behind(self, keys: int) -> list[object]:
        """Return what is left of the list behind so many ``keys``; raises the error of a value that cannot be compared with them."""
        return operands(self.link.held, self.values[keys:])


def overruled(filter_: Filter | None, link: Field) -> Overruled | None:
    """Return what of ``filter_`` does not count on a level of items that belong to others by ``link``; None where all of it does."""
    of_link = filter_.get(link.name) if filter_ and len(filter_) == 1 else None
    values = of_link.get("_in") if isinstance(of_link, dict) and len(of_link) == 1 else None
    return Overruled(link, values) if isinstance(values, list) else None


def asks_for_keys(query: Query, name: str) -> bool:
    """Return whether a query selects by nothing but the primary key, which tells nothing about items."""
    level: list[object] = [query.filter or {}]
    names: set[str] = set()
    while level:
        mappings = [entry for entry in level if isinstance(entry, dict)]
        names.update(key for mapping in mappings for key in mapping if key not in LOGICAL)
        parts = [value for mapping in mappings for key, value in mapping.items() if key in LOGICAL]
        level = [entry for part in parts if isinstance(part, list) for entry in part]
    sorts = {entry.removeprefix("-") for entry in query.sort or ()}
    others = query.search or query.aggregate or query.group or query.alias or query.deep
    return not others and names | sorts <= {name}


def first_keys(collection: Collection, query: Query, keys: Sequence[object]) -> Sequence[object]:
    """Return those of the ``keys`` of items that are there which a query shows: it need not look at others if its only order is theirs."""
    plain = replace(query, limit=None).only_shows and collection.sort_field is None
    if not plain or not query.limit or query.limit < 0 or any(type(key) is not int for key in keys):
        return keys
    return sorted(set(keys))[: int(query.limit)]  # type: ignore[type-var]


def asks_for_one(level: Level) -> bool:
    """Return whether a query names the primary key of one item and nothing beyond its own fields: it needs no order then."""
    query, fields = level.query, level.collection.fields
    if query.sort is not None or not query.filter:
        return False
    key = level.collection.primary_key.name
    own = all(len(path) == 1 and path[0] in fields and fields[path[0]].type != "alias" for path in paths(query.filter))
    parts: list[object] = [query.filter, *(query.filter.get("_and") or ())]  # type: ignore[misc]
    return own and any(
        isinstance(part, dict) and isinstance(value := part.get(key), dict) and value.get("_eq") is not None
        for part in parts
    )


def key_asked_for(query: Mapping[str, object], name: str) -> object:
    """Return the key, under ``name``, of the one item that an untrusted query selects by nothing but that; None if it does otherwise."""
    filter_ = query.get("filter")
    condition = filter_.get(name) if isinstance(filter_, dict) and len(filter_) == 1 else None
    value = condition.get("_eq") if isinstance(condition, dict) and len(condition) == 1 else None
    if type(value) is int:
        return value if abs(value) <= javascript.SAFE else None
    itself = type(value) is str and value and value not in WORDS and not value.startswith("$")
    return value if itself else None


def as_parameter(field: Field, key: object) -> object:
    """Return a key as the database gets it; None for one that is better looked at once more."""
    if type(key) not in (str, int, float):
        return None
    try:
        [found] = operands(field.held, [key])
    except DirectusError:
        return None
    return None if isinstance(found, str) and "\0" in found else found


def fits_key(type_: str, key: object) -> bool:
    """Return whether ``key`` can be a primary key of this type at all."""
    if type_ == "uuid":
        return isinstance(key, str) and is_uuid(key)
    if type_ in {"integer", "bigInteger"}:  # most keys are plain, and a call may have many
        return (type(key) is int and abs(key) <= javascript.SAFE) or isinstance(javascript.number(key), int)
    return isinstance(key, str | int | float) and not isinstance(key, bool)
