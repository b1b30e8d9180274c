"""``create-``, ``read-``, ``update-`` and ``delete-items`` (execution-types, "Database Interactions").

Each runs under the role of its permission, on the same path as the items API of a Directus, hooks included.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import DirectusError
from scopebox.execution_types.arguments import kind, options
from scopebox.execution_types.item_queries import read_query
from scopebox.store.bounds import MAX_ITEMS

if TYPE_CHECKING:
    from scopebox.execution_types.caller import CallContext
    from scopebox.store.items import ItemsService

DEFAULT_LIMIT: Final = 100
MAX_RESULT_BYTES: Final = 8 * 2**20  # of read-items as JSON text: making it takes the host up to six times as much


async def read_items(context: CallContext, args: list[object]) -> msgspec.Raw:
    """Return the items (or aggregate rows) that ``{"query": …}`` selects."""
    collection, given = _arguments(args, "read-items")
    query = read_query(context, "read-items", collection, given.get("query"), bare=False)
    rows = await _service(context, collection).read(query)
    text = rows.json()
    if len(text) > MAX_RESULT_BYTES:  # a hook made it longer
        raise ValueError(f"read-items: the result has {len(text):,} bytes, {MAX_RESULT_BYTES:,} are the limit")
    return msgspec.Raw(text)


async def create_items(context: CallContext, args: list[object]) -> list[object]:
    """Create the items of ``{"data": […]}`` and return their primary keys, in order."""
    collection, given = _arguments(args, "create-items")
    return await _service(context, collection).create(_new_items(given))


async def update_items(context: CallContext, args: list[object]) -> list[object]:
    """Change the items that ``query`` selects to ``data`` and return their primary keys. Without one, write a singleton."""
    collection, given = _arguments(args, "update-items")
    if not isinstance(given.get("data"), dict):
        # One example of the document calls update-items to delete.
        meant = "" if "data" in given else '; to delete items, call "delete-items"'
        raise TypeError(f'update-items: "data" has to be of type object, not {kind(given.get("data"))}{meant}')
    query = read_query(context, "update-items", collection, given.get("query"), bare=True)
    service = _service(context, collection)
    if not query and service.singleton:
        return [await service.upsert(given.pop("data"))]
    keys = await service.update_by_query(query, given.pop("data"), as_found=True)
    if not query and len(keys) >= DEFAULT_LIMIT:
        await _warn_of_limit(context, "update-items changed", len(keys), service)
    return keys


async def delete_items(context: CallContext, args: list[object]) -> list[object]:
    """Delete the items that ``query`` selects and return their primary keys; that of a singleton stays."""
    collection, given = _arguments(args, "delete-items")
    query = read_query(context, "delete-items", collection, given.get("query"), bare=True)
    service = _service(context, collection)
    service.check_delete()
    keys = await service.delete_by_query(query)
    if not query and len(keys) >= DEFAULT_LIMIT:
        await _warn_of_limit(context, "delete-items deleted", len(keys), service, gone=len(keys))
    return keys


def _arguments(args: list[object], call: str) -> tuple[str, dict[str, object]]:
    collection = args[0] if args else None
    if not isinstance(collection, str):
        raise TypeError(f"{call}: collection has to be of type string, not {kind(collection)}")
    return collection, options(args, call)


def _new_items(given: dict[str, object]) -> list[object]:
    """Take the items to create out of the options: whoever gets them is the only one who has them, and can let go of them."""
    data = given.pop("data", None)
    if not isinstance(data, list):
        raise TypeError(f'create-items: "data" has to be of type array, not {kind(data)}: {{"data": [{{…}}]}}')
    for index, item in enumerate(data):
        if not isinstance(item, dict):
            raise TypeError(f"create-items: data[{index}] has to be of type object, not {kind(item)}")
    if len(data) > MAX_ITEMS:
        raise ValueError(
            f"create-items: {len(data):,} items in one call, {MAX_ITEMS:,} are the limit; make several calls"
        )
    return data


def _service(context: CallContext, collection: str) -> ItemsService:
    assert context.permission is not None
    services, isolate = context.caller.services, context.caller.isolate
    accountability = services.store.access.for_role(str(context.permission.role))
    return services.store.items(
        collection,
        accountability=accountability,
        emitter=services.registry.events,
        cause=context.cause,
        literal=True,
        most=MAX_RESULT_BYTES,
        turn=None if isolate is None else isolate.turn,
        room=None if isolate is None else isolate.turn.room,
        stores=context.cause.chain.store,
        held=context.cause.chain.held_limit,
        by_extension=True,
        depth=context.cause.depth,
    )


async def _warn_of_limit(context: CallContext, what: str, count: int, service: ItemsService, *, gone: int = 0) -> None:
    """Warn when a call without a query stopped at the default limit and left items behind."""
    with suppress(DirectusError):  # a role that may not read cannot be told how many there are
        total = (await service.counts({"meta": ["total_count"]}))["total_count"] + gone
        if total > count:
            message = f"{what} {count} of {total}: without a limit a query takes the first {DEFAULT_LIMIT}"
            context.caller.warn(message, context.cause.chain)
