"""The queries of ``exec``: read more strictly than a Directus reads them, so that no mistake goes unnoticed.

What a Directus ignores is an error here: keys that are none, aggregate functions that do not exist. So is JSON text in the
place of an object.
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
    known = context.caller.services.store.schema.collections.get(collection)
    fields = frozenset(known.fields) if known is not None else frozenset()
    all_fields = len(unknown) == len(query) and all(key in fields or key in LOGICAL for key in query)
    if bare and all_fields:
        context.caller.note_not_portable(NOT_PORTABLE.format(call=call))
        return {"filter": query}
    raise ValueError(_unknown_key(call, str(unknown[0])[:50], is_field=unknown[0] in fields or unknown[0] in LOGICAL))


def _check_objects(call: str, query: dict[str, object]) -> None:
    """Refuse JSON text where an object belongs, at every level: an extension has objects, and those are counted already."""
    level: list[tuple[str, dict[str, object]]] = [("", query)]
    while level:
        for sign, mapping in level:
            for name in _OBJECTS if not sign else _OBJECTS[:-1]:
                if isinstance(mapping.get(sign + name), str):
                    raise TypeError(
                        f"{call}: {inline(sign + name)} has to be of type object, not a text of JSON; give an object"
                    )
        deep = [value for sign, mapping in level for value in _levels(sign, mapping)]
        level = [("_", entry) for entry in deep if isinstance(entry, dict)]


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


def _check_deep(call: str, deep: object) -> None:
    level = [deep]
    while level:
        mappings = [entry for entry in level if isinstance(entry, dict)]
        for key in (key for mapping in mappings for key in mapping if key.startswith("_")):
            if key not in DEEP_KEYS:
                raise ValueError(f"{call}: {key[:50]!r} is not a key of deep; {_remedy(key[:50], DEEP_KEYS)}")
        level = [value for mapping in mappings for key, value in mapping.items() if not key.startswith("_")]


def _unknown_key(call: str, key: str, *, is_field: bool) -> str:
    if is_field:
        return f'{call}: "{key}" is not a key of a query; put conditions under filter: {{"filter": {{"{key}": …}}}}'
    return f'{call}: "{key}" is not a key of a query; {_remedy(key, QUERY_KEYS)}'


def _remedy(name: str, known: Collection[str]) -> str:
    return remedy(name, known, f"the keys are {', '.join(known)}")
