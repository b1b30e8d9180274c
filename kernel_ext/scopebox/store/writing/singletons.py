"""Singletons: collections of one item, which is there as soon as somebody has written it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store import errors

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.changes import Insert
    from scopebox.store.writing.planner import Planner


async def upsert(planner: Planner, collection: Collection, data: object) -> Insert | object:
    """Plan the change of the item, or, if there is none, the new one: return its key, or the new item."""
    keys = await _keys(planner, collection)
    if not keys:
        return await planner.create(collection, data)
    return (await planner.update(collection, keys, data))[0]


async def check_room(planner: Planner, collection: Collection, items: int) -> None:
    """Refuse ``items`` more items where one is all there may be."""
    if items and (items > 1 or await _keys(planner, collection)):
        raise errors.invalid_payload(
            f'"{collection.name}" is a singleton, it has one item; update-items without a query writes it'
        )


def check_delete(collection: Collection) -> None:
    """Refuse to delete the item of a singleton."""
    if collection.singleton:
        raise errors.invalid_payload(
            f'"{collection.name}" is a singleton, its item is not deleted; update-items without a query changes it'
        )


async def _keys(planner: Planner, collection: Collection) -> list[object]:
    """Return the key of the item, if there is one."""
    version = planner.version
    query = {"sort": [collection.primary_key.name], "limit": 1}
    return await planner.ask(lambda session: version.keys_in(session, collection, query))
