"""Queries as they come: untrusted data made into a typed :class:`Query`, with the checks and the words of a Directus 11."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds, javascript
from scopebox.store.errors import internal_error, invalid
from scopebox.store.query import filter_checks, filters
from scopebox.store.query.filters import Filter, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.query.filters import Variables

RELATIONAL_DEPTH: Final = 10
DEFAULT_LIMIT: Final = 100
_SHOWN: Final = (
    "limit",
    "fields",
    "group",
    "aggregate",
    "sort",
    "filter",
    "offset",
    "page",
    "meta",
    "search",
    "alias",
)  # in this order
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
    deep: Deep = field(default_factory=dict)
    alias: Mapping[str, str] = field(default_factory=dict)
    backlink: bool = True
    version: object = None

    def selected(self) -> tuple[str, ...]:
        """Return the fields to select: those of the groups, none beside aggregates, ``*`` if nothing was said."""
        if self.group is not None:
            return _unique(self.group)
        if self.aggregate:
            return ()
        return _unique(("*",) if self.fields is None else self.fields)


def read_query(raw: Mapping[str, object], variables: Variables) -> Query:
    """Return the query of the untrusted object ``raw``; raises DirectusError 400, or 500 where a Directus fails itself."""
    query = sanitized(raw, variables)
    _validate(query, raw)
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
    if raw.get("backlink") is False or raw.get("backlink") == "false":
        values["backlink"] = False
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


def _aggregate(raw: object) -> dict[str, object]:
    if isinstance(raw, str):
        raw = filters.decoded_or(raw, raw)
        if isinstance(raw, str) and raw:
            raise internal_error(f"Cannot assign to read only property '0' of string '{raw}'")
        if raw is None:
            raise internal_error("Cannot convert undefined or null to object")
    if not isinstance(raw, dict):
        raise invalid('"aggregate" must be of type object')
    bounds.count(len(raw), bounds.MAX_NAMES, 'names in "aggregate"', "name what is needed")
    found = {
        key: bounds.names(value, "aggregate") if isinstance(value, str | list) else value for key, value in raw.items()
    }
    names = sum(len(value) for value in found.values() if isinstance(value, list))
    bounds.count(names, bounds.MAX_NAMES, 'names in "aggregate"', "name what is needed")
    return found


def _meta(raw: object) -> tuple[str, ...]:
    if raw == "*":
        return META
    if isinstance(raw, list) and "," in raw:
        raise internal_error("rawMeta.split is not a function")
    if isinstance(raw, str | list):
        return tuple(map(javascript.text, bounds.names(raw, "meta")))
    raise internal_error("rawMeta.includes is not a function")


def _search(raw: object) -> str | None:
    if not isinstance(raw, str):
        return None
    bounds.length(raw, bounds.MAX_SEARCH_CHARACTERS, "A search")
    return raw


def _alias(raw: object) -> object:
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
    own = {key[1:]: value for key, value in raw.items() if key.startswith("_")}
    level: Deep = {"": _deep_query(own, variables, tally)} if own else {}
    for key, value in raw.items():
        if not key.startswith("_") and isinstance(value, dict):
            level[key] = _deep_level(value, variables, tally, depth + 1)
    return level


def _deep_query(raw: Mapping[str, object], variables: Variables, tally: Tally) -> Query:
    """Return the query of a level. Nothing is said about an alias that is none, it just does not count."""
    query = sanitized(raw, variables, tally)
    return replace(query, alias=_fitting(query.alias))


def _fitting(alias: object) -> dict[str, str]:
    fits = isinstance(alias, dict) and all(isinstance(name, str) for name in alias.values())
    return alias if fits else {}  # type: ignore[return-value]


def _number(raw: object) -> float:
    return javascript.number(raw)


_READ: Final = {
    "fields": ("fields", _fields),
    "groupBy": ("group", _fields),
    "aggregate": ("aggregate", _aggregate),
    "sort": ("sort", _sort),
    "page": ("page", _number),
    "meta": ("meta", _meta),
    "search": ("search", _search),
    "alias": ("alias", _alias),
    "version": ("version", lambda raw: raw),
}


def _validate(query: Query, raw: Mapping[str, object]) -> None:
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
    export = raw.get("export")
    if javascript.truthy(export) and export not in _EXPORTS:
        raise invalid(f'"export" must be one of [{", ".join(_EXPORTS)}]')
    if query.version is not None and not isinstance(query.version, str):
        raise invalid('"version" must be a string')


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


def hook_data(query: Query) -> dict[str, object]:
    """Return the query as the JSON object that hooks see: what was given, converted."""
    data: dict[str, object] = {}
    for name in _SHOWN:
        value = getattr(query, name)
        if value is not None and value not in ((), {}):
            data[name] = list(value) if isinstance(value, tuple) else value
    if query.deep:
        data["deep"] = _deep_data(query.deep)
    return data


def _deep_data(deep: Deep) -> dict[str, object]:
    data: dict[str, object] = {}
    for key, value in deep.items():
        if isinstance(value, Query):
            data |= {f"_{name}": item for name, item in hook_data(value).items()}
        elif isinstance(value, dict):
            data[key] = _deep_data(value)
    return data


def from_hook(data: object, before: Query) -> Query:
    """Return the query that a hook made of ``before``. It is not validated; what is of no use counts as not given."""
    if data is None:
        raise internal_error("Cannot read properties of null (reading 'fields')")
    if not isinstance(data, dict):
        raise internal_error("A filter of items.query has to return a query, which is an object")
    numbers = {
        name: value
        for name in ("limit", "offset", "page")
        if isinstance(value := data.get(name), int) and abs(value) <= javascript.SAFE
    }
    names = {
        name: tuple(map(javascript.text, bounds.names(value, name)))
        for name in ("fields", "sort", "group")
        if isinstance(value := data.get(name), list)
    }
    filter_ = data.get("filter")
    objects = {
        "filter": filters.normal(filter_) if isinstance(filter_, dict) else None,
        "aggregate": _aggregate(data["aggregate"]) if isinstance(data.get("aggregate"), dict) else None,
        "alias": _fitting(_alias(data.get("alias"))),
        "search": _search(data.get("search")),
    }
    return Query(**numbers, **names, **objects, meta=before.meta, deep=before.deep, backlink=before.backlink)  # type: ignore[arg-type]
