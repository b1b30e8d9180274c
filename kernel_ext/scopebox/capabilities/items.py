"""``create-``, ``read-``, ``update-`` and ``delete-items`` (execution-types, "Database Interactions").

Each runs under the role of its permission, on the same path as the items API of a Directus, hooks included.
"""

from __future__ import annotations

from contextlib import suppress
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox import wire
from scopebox.capabilities import kind, options
from scopebox.errors import DirectusError
from scopebox.store.aggregates import FUNCTIONS

if TYPE_CHECKING:
    from scopebox.capabilities import Caller
    from scopebox.store.items import ItemsService

QUERY_KEYS: Final = (
    "fields",
    "filter",
    "search",
    "sort",
    "limit",
    "offset",
    "page",
    "aggregate",
    "groupBy",
    "deep",
    "alias",
)
LOGICAL: Final = frozenset({"_and", "_or"})
DEFAULT_LIMIT: Final = 100
NOT_PORTABLE_QUERY: Final = 'a bare filter as the query of {call}: write {{"filter": …}}'


async def read_items(caller: Caller, args: list[object]) -> msgspec.Raw:
    """Return the items (or aggregate rows) that ``{"query": …}`` selects."""
    collection, given = _arguments(args, "read-items", ("query",))
    query = _query(caller, "read-items", collection, given.get("query"), bare=False)
    rows = await _service(caller, collection).read(query)
    text = rows.json()
    if len(text) > wire.HOST_LIMIT - 1024:
        raise ValueError(
            f"read-items: the result has {len(text):,} bytes, {wire.HOST_LIMIT:,} are the limit; "
            'name the fields you need, or page with {"limit": 1000, "page": 1}'
        )
    return msgspec.Raw(text)


async def create_items(caller: Caller, args: list[object]) -> list[object]:
    """Create the items of ``{"data": […]}`` and return their primary keys, in order."""
    collection, given = _arguments(args, "create-items", ("data",))
    data = given.get("data")
    if not isinstance(data, list):
        raise TypeError(f'create-items: "data" has to be of type array, not {kind(data)}: {{"data": [{{…}}]}}')
    for index, item in enumerate(data):
        if not isinstance(item, dict):
            raise TypeError(f"create-items: data[{index}] has to be of type object, not {kind(item)}")
    return await _service(caller, collection).create(data)


async def update_items(caller: Caller, args: list[object]) -> list[object]:
    """Change the items that ``query`` selects to ``data`` and return their primary keys."""
    collection, given = _arguments(args, "update-items", ("query", "data"))
    data = given.get("data")
    if not isinstance(data, dict):
        raise TypeError(f'update-items: "data" has to be of type object, not {kind(data)}')
    query = _query(caller, "update-items", collection, given.get("query"), bare=True)
    service = _service(caller, collection)
    keys = await service.update_by_query(query, data)
    if not query and len(keys) >= DEFAULT_LIMIT:
        await _warn_of_limit(caller, "update-items changed", len(keys), service)
    return keys


async def delete_items(caller: Caller, args: list[object]) -> list[object]:
    """Delete the items that ``query`` selects and return their primary keys."""
    collection, given = _arguments(args, "delete-items", ("query",))
    query = _query(caller, "delete-items", collection, given.get("query"), bare=True)
    service = _service(caller, collection)
    keys = await service.delete_by_query(query)
    if not query and len(keys) >= DEFAULT_LIMIT:
        await _warn_of_limit(caller, "delete-items deleted", len(keys), service, gone=len(keys))
    return keys


def _arguments(args: list[object], call: str, allowed: tuple[str, ...]) -> tuple[str, dict[str, object]]:
    collection = args[0] if args else None
    if not isinstance(collection, str):
        raise TypeError(f"{call}: collection has to be of type string, not {kind(collection)}")
    return collection, options(args, 1, call, allowed)


def _service(caller: Caller, collection: str) -> ItemsService:
    box = caller.extension.box
    assert caller.permission is not None
    accountability = box.store.access.for_role(str(caller.permission.role))
    return box.store.items(collection, accountability=accountability, emitter=box.events, cause=caller.cause)


def _query(caller: Caller, call: str, collection: str, query: object, *, bare: bool) -> dict[str, object]:
    """Return ``query`` as a query; a mapping without any query key is a filter where the document uses it so."""
    if query is None:
        return {}
    if not isinstance(query, dict):
        raise TypeError(f"{call}: query has to be of type object, not {kind(query)}")
    unknown = [key for key in query if key not in QUERY_KEYS]
    if not unknown:
        _check_aggregate(call, query.get("aggregate"))
        return query
    known = caller.extension.box.store.schema.collections.get(collection)
    fields = frozenset(known.fields) if known is not None else frozenset()
    all_fields = len(unknown) == len(query) and all(key in fields or key in LOGICAL for key in query)
    if bare and all_fields:
        caller.extension.note_not_portable(NOT_PORTABLE_QUERY.format(call=call))
        return {"filter": query}
    raise ValueError(_unknown_key(call, str(unknown[0])[:50], is_field=unknown[0] in fields or unknown[0] in LOGICAL))


def _check_aggregate(call: str, aggregate: object) -> None:
    """Raise ValueError for a function that does not exist; a Directus answers an empty object for each item instead."""
    for name in aggregate if isinstance(aggregate, dict) else ():
        if name not in FUNCTIONS:
            close = get_close_matches(name, FUNCTIONS, 1)
            remedy = f'did you mean "{close[0]}"?' if close else f"the functions are {', '.join(FUNCTIONS)}"
            raise ValueError(f"{call}: {name[:50]!r} is no aggregate function; {remedy}")


def _unknown_key(call: str, key: str, *, is_field: bool) -> str:
    if is_field:
        return f'{call}: "{key}" is not a key of a query; put conditions under filter: {{"filter": {{"{key}": …}}}}'
    close = get_close_matches(key, QUERY_KEYS, 1)
    remedy = f'did you mean "{close[0]}"?' if close else f"the keys are {', '.join(QUERY_KEYS)}"
    return f'{call}: "{key}" is not a key of a query; {remedy}'


async def _warn_of_limit(caller: Caller, what: str, count: int, service: ItemsService, *, gone: int = 0) -> None:
    """Warn when a call without a query stopped at the default limit and left items behind."""
    with suppress(DirectusError):  # a role that may not read cannot be told how many there are
        total = (await service.counts({"meta": ["total_count"]}))["total_count"] + gone
        if total > count:
            message = f"{what} {count} of {total}: without a limit a query takes the first {DEFAULT_LIMIT}"
            caller.extension.warn(message, caller.cause.chain)
