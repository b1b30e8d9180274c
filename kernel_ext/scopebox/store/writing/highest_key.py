"""The highest key of a collection: what a Directus takes for the key of an item whose own is 0 or empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.writing.plan import Look

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.numbering import Numbers


async def highest_key(planner: Numbers, collection: Collection) -> object:
    """Return the highest key that ``collection``, of which something is planned, will have by then."""
    reader = await planner.reader_for(collection)
    key = collection.primary_key.name
    found = await reader.keys(collection.name, {"sort": [f"-{key}"], "limit": 1})
    planner.plan.looks.append(Look(None, found))
    return found[0]
