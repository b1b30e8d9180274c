"""The order in which items stand where a query has none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.reading.rights import ALL

if TYPE_CHECKING:
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.schema.schema import Collection, Relation


def own_sort(rights: ReadRights, collection: Collection, listed: Relation | None = None) -> str:
    """Return the field that items are sorted by: that of the relation whose list they are, else of their collection, else the key.

    Where that one may not be read, it is the first that may be, and that PostgreSQL has an order of.
    """
    rights = rights.ordering
    name = (listed and listed.sort_field) or collection.sort_field or collection.primary_key.name
    if rights.unlimited:
        return name
    granted = rights.granted(collection.name)
    if ALL in granted or name in granted:
        return name
    ordered = (entry for entry in granted if entry in collection.fields and collection.fields[entry].type != "json")
    return next(ordered, collection.primary_key.name)
