"""Queries as hooks see them, and what they make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store import bounds, javascript
from scopebox.store.errors import internal_error
from scopebox.store.query import filters
from scopebox.store.query.query import Query, fitting, read_aggregate, read_alias, read_search

if TYPE_CHECKING:
    from scopebox.store.query.query import Deep

_SHOWN: Final = {
    "limit": "limit", "fields": "fields", "group": "group", "aggregate": "aggregate", "sort": "sort", "filter": "filter", "offset": "offset",
    "page": "page", "meta": "meta", "search": "search", "version": "version", "version_raw": "versionRaw", "export": "export", "deep": "deep",
    "alias": "alias", "backlink": "backlink",
}  # fmt: skip
"""What hooks see, and how they call it, in the order of a Directus."""
_NEVER_EMPTY: Final = ("meta", "alias")


def hook_data(query: Query) -> dict[str, object]:
    """Return the query as the JSON object that hooks see: what was given, converted."""
    data: dict[str, object] = {}
    for name, called in _SHOWN.items():
        value = getattr(query, name)
        if value is not None and (value or name not in _NEVER_EMPTY):
            data[called] = list(value) if isinstance(value, tuple) else value
    if query.deep is not None:
        data["deep"] = _deep_data(query.deep)
    return data


def _deep_data(deep: Deep) -> dict[str, object]:
    """Return a level of a deep query; what is said of nothing is not there, and what is said of the level itself stands last."""
    below = {key: _deep_data(value) for key, value in deep.items() if isinstance(value, dict)}
    own = deep.get("")
    said = hook_data(own) if isinstance(own, Query) else {}
    return {
        **{key: value for key, value in below.items() if value},
        **{f"_{name}": item for name, item in said.items()},
    }


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
        name: bounds.texts(value, name)
        for name in ("fields", "sort", "group")
        if isinstance(value := data.get(name), list)
    }
    filter_ = data.get("filter")
    objects = {
        "filter": filters.normal(filter_) if isinstance(filter_, dict) else None,
        "aggregate": read_aggregate(data["aggregate"]) if isinstance(data.get("aggregate"), dict) else None,
        "alias": fitting(read_alias(data.get("alias"))),
        "search": read_search(data.get("search")),
    }
    return Query(**numbers, **names, **objects, meta=before.meta, deep=before.deep, backlink=before.backlink)  # type: ignore[arg-type]
