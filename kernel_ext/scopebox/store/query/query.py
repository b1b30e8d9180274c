"""Queries as they come: untrusted data made into a typed :class:`Query`, with the checks and the words of a Directus 11."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds, javascript
from scopebox.store.errors import internal_error, invalid
from scopebox.store.query import filter_checks, filters
from scopebox.store.query.filters import Filter
from scopebox.store.query.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.query.filters import Variables

RELATIONAL_DEPTH: Final = 10
DEFAULT_LIMIT: Final = 100
META: Final = ("total_count", "filter_count")
_EXPORTS: Final = ("csv", "csv_utf8", "json", "xml", "yaml")

Deep = dict[str, object]


@dataclass(frozen=True, slots=True)
class Query:
    """A query whose values are of the right kind; names in it are not looked up yet. None: not given."""

    fields: tuple[str, ...] | None = None
    group: tuple[str, ...] | None = None
    aggregate: Mapping[str, object] | None = None
    sort: tuple[str, ...] | None = None
    filter: Filter | None = None
    limit: float | None = None
    offset: float | None = None
    page: float | None = None
    meta: tuple[str, ...] = ()
    search: str | None = None
    version: object = None
    version_raw: bool | None = None
    export: object = None
    deep: Deep | None = None
    alias: Mapping[str, str] = field(default_factory=dict)
    backlink: bool | None = None

    @property
    def only_shows(self) -> bool:
        """Whether it says nothing but what is shown, and how: which items there are, and in which order, is left to the rest."""
        return replace(self, fields=None, meta=(), export=None) == Query()

    def selected(self) -> tuple[str, ...]:
        """Return the fields to select: those of the groups, none beside aggregates, ``*`` if nothing was said."""
        if self.group is not None:
            return _unique(self.group)
        if self.aggregate:
            return ()
        return _unique(("*",) if self.fields is None else self.fields)


_EMPTY: Final = Query()


def read_query(raw: Mapping[str, object], variables: Variables) -> Query:
    """Return the query of the untrusted object ``raw``; raises DirectusError 400, or 500 where a Directus fails itself."""
    if not raw:
        return _EMPTY
    query = sanitized(raw, variables)
    _validate(query)
    return query


def sanitized(raw: Mapping[str, object], variables: Variables, tally: Tally | None = None) -> Query:
    """Return ``raw`` with every value converted, but numbers not yet checked (deep queries never are).

    ``tally`` counts what the query that this is a part of holds.
    """
    tally = tally or Tally()
    given = {key: value for key in _READ if javascript.truthy(value := raw.get(key))}
    values: dict[str, object] = {_READ[key][0]: _READ[key][1](value) for key, value in given.items()}
    for name in ("limit", "offset"):
        if name in raw and (raw[name] is not None or name == "offset"):
            values[name] = javascript.number(raw[name])
    if javascript.truthy(raw.get("filter")):
        values["filter"] = filters.parse(raw["filter"], variables, tally)
    if javascript.truthy(raw.get("deep")):
        values["deep"] = _deep(raw["deep"], variables, tally)
    if "version" in values:
        values["version_raw"] = raw.get("versionRaw") in ("", "true")
    if "backlink" in raw:
        values["backlink"] = raw["backlink"] is not False and raw["backlink"] != "false"
    return Query(**values)  # type: ignore[arg-type]


def _fields(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, str | list):
        raise invalid('"fields" must be a string or array')
    items = [raw] if isinstance(raw, str) else raw
    if not all(isinstance(item, str) for item in items):
        raise internal_error("field.includes is not a function")
    return tuple(name.strip() for name in bounds.paths(items, "fields"))


def _sort(raw: object) -> tuple[str, ...]:
    items = bounds.names(raw, "sort", bounds.MAX_SORTED_NAMES) if isinstance(raw, str | list) else []
    if not all(isinstance(item, str) for item in items):
        raise internal_error("field.trim is not a function")
    return tuple(str(item).strip() for item in items)


def read_aggregate(raw: object) -> dict[str, object]:
    """Return the names by function; raises the error of what is no aggregate."""
    if isinstance(raw, str):
        raw = filters.decoded_or(raw, raw)
        if isinstance(raw, str) and raw:
            raise internal_error(f"Cannot assign to read only property '0' of string '{raw}'")
        if raw is None:
            raise internal_error("Cannot convert undefined or null to object")
    if not isinstance(raw, dict):
        raise invalid('"aggregate" must be of type object')
    bounds.count(len(raw), bounds.MAX_NAMES, 'names in "aggregate"', "name what is needed")
    bounds.count(bounds.pieces(raw), bounds.MAX_NAMES, 'names in "aggregate"', "name what is needed")
    return {
        key: bounds.names(value, "aggregate") if isinstance(value, str | list) else value for key, value in raw.items()
    }


def _meta(raw: object) -> tuple[str, ...]:
    if raw == "*":
        return META
    if isinstance(raw, list) and "," in raw:
        raise internal_error("rawMeta.split is not a function")
    if isinstance(raw, str | list):
        return bounds.texts(raw, "meta")
    raise internal_error("rawMeta.includes is not a function")


def read_search(raw: object) -> str | None:
    """Return the text to search for; None for what is no text."""
    if not isinstance(raw, str):
        return None
    bounds.length(raw, bounds.MAX_SEARCH_CHARACTERS, "A search")
    return raw


def read_alias(raw: object) -> object:
    """Return an alias, which nobody has checked but for its size."""
    if isinstance(raw, str):
        raw = filters.decoded_or(raw, raw)
    if isinstance(raw, dict):
        bounds.count(len(raw), bounds.MAX_ALIASES, 'names in "alias"', "name what is needed")
        for name in (*raw, *raw.values()):
            bounds.length(name if isinstance(name, str) else "", bounds.MAX_NAME_CHARACTERS, 'A name in "alias"')
    return raw


def _deep(raw: object, variables: Variables, tally: Tally) -> Deep:
    if isinstance(raw, str):
        raw = filters.decoded_or(raw, {})
    return _deep_level(raw, variables, tally, 0) if isinstance(raw, dict) else {}


def _deep_level(raw: Mapping[str, object], variables: Variables, tally: Tally, depth: int) -> Deep:
    """Return one level: the query of the level under ``""``, the levels below it by name."""
    if depth > RELATIONAL_DEPTH:
        raise invalid("Max relational depth exceeded")
    tally.deepen(len(raw))
    given = dict(takewhile(lambda entry: entry[0], raw.items()))  # at an empty name a Directus looks no further
    own = {key[1:]: value for key, value in given.items() if key.startswith("_")}
    level: Deep = {"": _deep_query(own, variables, tally)} if own else {}
    for key, value in given.items():
        if not key.startswith("_") and isinstance(value, dict):
            level[key] = _deep_level(value, variables, tally, depth + 1)
    return level


def _deep_query(raw: Mapping[str, object], variables: Variables, tally: Tally) -> Query:
    """Return the query of a level. Nothing is said about an alias that is none, it just does not count."""
    tally.name(sum(bounds.pieces(raw.get(key)) for key in _NAMING))
    query = sanitized(raw, variables, tally)
    return replace(query, alias=fitting(query.alias))


def fitting(alias: object) -> dict[str, str]:
    """Return the names of an alias by its keys; none of what is no alias."""
    fits = isinstance(alias, dict) and all(isinstance(name, str) for name in alias.values())
    return alias if fits else {}  # type: ignore[return-value]


def _number(raw: object) -> float:
    return javascript.number(raw)


_READ: Final = {
    "fields": ("fields", _fields),
    "groupBy": ("group", _fields),
    "aggregate": ("aggregate", read_aggregate),
    "sort": ("sort", _sort),
    "page": ("page", _number),
    "meta": ("meta", _meta),
    "search": ("search", read_search),
    "alias": ("alias", read_alias),
    "version": ("version", lambda raw: raw),
    "export": ("export", lambda raw: raw),
}


_NAMING: Final = ("fields", "groupBy", "aggregate", "sort")


def _validate(query: Query) -> None:
    if query.filter:
        filter_checks.check(query.filter)
    _check_alias(query.alias)
    _check_depth(query)
    _check_names(query)
    _check_number("limit", query.limit, -1)
    _check_number("offset", query.offset, 0)
    _check_number("page", query.page, 0)
    for at, name in enumerate(query.meta):
        if name not in META:
            raise invalid(f'"meta[{at}]" must be one of [{", ".join(META)}]')
    if query.export is not None and query.export not in _EXPORTS:
        raise invalid(f'"export" must be one of [{", ".join(_EXPORTS)}]')
    if query.version is not None and not isinstance(query.version, str):
        raise invalid('"version" must be a string')


def selecting(raw: Mapping[str, object], variables: Variables, tally: Tally | None = None) -> Query:
    """Return the query by which items are changed or deleted, whose numbers a Directus never checks; DirectusError 400 as of any other."""
    query = sanitized(raw, variables, tally)
    _check_alias(query.alias)
    return query


def _check_alias(alias: object) -> None:
    if not isinstance(alias, dict):
        raise invalid('"alias" has to be an object')
    for key, value in alias.items():
        if not isinstance(value, str):
            raise invalid(f'"alias" value has to be a string. "{javascript.kind(key)}" given')
        if "." in key or "." in value:
            raise invalid('"alias" key/value can\'t contain a period character `.`')


def _check_depth(query: Query) -> None:
    names = (*query.selected(), *(query.sort or ()))
    deepest = max((name.partition(",")[0].count(".") + 1 for name in names), default=0)
    if max(deepest, filters.depth(query.filter)) > RELATIONAL_DEPTH:
        raise invalid("Max relational depth exceeded")


def _check_names(query: Query) -> None:
    for what, names in (("fields", query.fields), ("group", query.group), ("sort", query.sort)):
        if names is not None and "" in names:
            raise invalid(f'"{what}[{names.index("")}]" is not allowed to be empty')


def _check_number(name: str, value: float | None, smallest: int) -> None:
    if value is None:
        return
    if math.isnan(value):
        raise invalid(f'"{name}" must be a number')
    if abs(value) > javascript.SAFE:
        raise invalid(f'"{name}" must be a safe number')
    if isinstance(value, float):
        raise invalid(f'"{name}" must be an integer')
    if value < smallest:
        raise invalid(f'"{name}" must be greater than or equal to {smallest}')


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
