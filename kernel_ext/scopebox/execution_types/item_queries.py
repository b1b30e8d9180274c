"""The queries of ``exec``: read more strictly than a Directus reads them, so that no mistake goes unnoticed.

What a Directus ignores is an error here: keys that are none, aggregate functions that do not exist, values of another kind. So is
JSON text in the place of an object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.execution_types.arguments import kind
from scopebox.text.literals import inline
from scopebox.text.messages import remedy
from scopebox.vocabulary import LOGICAL, QUERY_KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from scopebox.execution_types.caller import CallContext

DEEP_KEYS: Final = tuple(f"_{key}" for key in QUERY_KEYS if key != "deep")
_OBJECTS: Final = ("filter", "alias", "aggregate", "deep")
_NAMES: Final = ("fields", "sort", "groupBy")
NOT_PORTABLE: Final = 'a bare filter as the query of {call}: write {{"filter": …}}'


def read_query(context: CallContext, call: str, collection: str, query: object, *, bare: bool) -> dict[str, object]:
    """Return ``query`` as a query; with ``bare`` a mapping without any query key is a filter, as the document uses it.

    TypeError or ValueError says what is wrong with it, and what would be right.
    """
    if query is None:
        return {}
    if not isinstance(query, dict):
        raise TypeError(f"{call}: query has to be of type object, not {kind(query)}")
    _check_objects(call, query)
    unknown = [key for key in query if key not in QUERY_KEYS]
    if not unknown:
        _check_aggregate(call, query.get("aggregate"))
        _check_deep(call, query.get("deep"))
        return query
    fields = _readable(context, collection)
    all_fields = len(unknown) == len(query) and all(key in fields or key in LOGICAL for key in query)
    if bare and all_fields:
        context.caller.note_not_portable(NOT_PORTABLE.format(call=call))
        return {"filter": query}
    raise ValueError(_unknown_key(call, str(unknown[0])[:50], is_field=unknown[0] in fields or unknown[0] in LOGICAL))


def _readable(context: CallContext, collection: str) -> frozenset[str]:
    """Return the fields of a collection that the caller may read: of others it is not told whether they are there."""
    assert context.permission is not None
    store = context.caller.services.store
    known = store.schema.collections.get(collection)
    fields = frozenset(known.fields) if known is not None else frozenset()
    who = store.access.for_role(str(context.permission.role))
    if who.admin:
        return fields
    named = {name for rule in store.access.permissions_of(who, collection, "read") for name in rule.fields}
    return fields if "*" in named else fields & named


def _check_objects(call: str, query: dict[str, object]) -> None:
    """Refuse what is no object where one belongs, at every level, and names that are none.

    JSON text is none either: an extension has objects, and those are counted already. What is empty is left to the store.
    """
    level: list[tuple[str, dict[str, object]]] = [("", query)]
    while level:
        for sign, mapping in level:
            for name in _OBJECTS if not sign else _OBJECTS[:-1]:
                value = mapping.get(sign + name)
                if isinstance(value, str):
                    raise TypeError(
                        f"{call}: {inline(sign + name)} has to be of type object, not a text of JSON; give an object"
                    )
                if value and not isinstance(value, dict):
                    raise TypeError(f"{call}: {inline(sign + name)} has to be of type object, not {kind(value)}")
            for name in _NAMES:
                _check_names(f"{call}: {inline(sign + name)}", mapping.get(sign + name))
        deep = [value for sign, mapping in level for value in _levels(sign, mapping)]
        level = [("_", entry) for entry in deep if isinstance(entry, dict)]


def _check_names(place: str, value: object) -> None:
    if isinstance(value, list):
        for entry in value:
            if not isinstance(entry, str):
                raise TypeError(f"{place} has to have strings alone, not {kind(entry)}")
    elif value and not isinstance(value, str):
        raise TypeError(f"{place} has to be of type array or string, not {kind(value)}")


def _levels(sign: str, mapping: dict[str, object]) -> Iterable[object]:
    """Return the levels of deep queries right below one."""
    return [mapping.get("deep")] if not sign else [value for key, value in mapping.items() if not key.startswith("_")]


def _check_aggregate(call: str, aggregate: object) -> None:
    if not isinstance(aggregate, dict):
        return
    from scopebox.store.reading.aggregate_functions import FUNCTIONS  # noqa: PLC0415 - DuckDB comes along, which the first cell need not wait for

    for name in aggregate:
        if name not in FUNCTIONS:
            raise ValueError(f"{call}: {name[:50]!r} is not an aggregate function; {_remedy(name[:50], FUNCTIONS)}")
        _check_names(f"{call}: aggregate {inline(name)}", aggregate[name])


def _check_deep(call: str, deep: object) -> None:
    """Refuse keys that begin with an underscore and are none, those of a query without it, and what says nothing about a level."""
    level = [deep]
    while level:
        mappings = [entry for entry in level if isinstance(entry, dict)]
        for key in (key for mapping in mappings for key in mapping if key.startswith("_")):
            if key not in DEEP_KEYS:
                raise ValueError(f"{call}: {key[:50]!r} is not a key of deep; {_of_deep(key[:50])}")
        below = [(key, value) for mapping in mappings for key, value in mapping.items() if not key.startswith("_")]
        for key, value in below:
            if value and not isinstance(value, dict):
                right = f"be {inline(f'_{key}')}" if key in QUERY_KEYS else f"be of type object, not {kind(value)}"
                raise TypeError(f"{call}: {inline(key)} in deep has to {right}")
        level = [value for _, value in below]


def _of_deep(key: str) -> str:
    return remedy(key, DEEP_KEYS, f"the keys are {', '.join(DEEP_KEYS)}, and conditions stand under _filter")


def _unknown_key(call: str, key: str, *, is_field: bool) -> str:
    if is_field:
        return f'{call}: "{key}" is not a key of a query; put conditions under filter: {{"filter": {{"{key}": …}}}}'
    return f'{call}: "{key}" is not a key of a query; {_remedy(key, QUERY_KEYS)}'


def _remedy(name: str, known: Collection[str]) -> str:
    return remedy(name, known, f"the keys are {', '.join(known)}")
