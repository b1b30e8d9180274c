"""The order in which items stand where a query has none of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.reading.rights import ALL, other_side

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
    ordered = (entry for entry in granted if entry in collection.fields and _may_order(rights, collection, entry))
    return next(ordered, collection.primary_key.name)


def _may_order(rights: ReadRights, collection: Collection, name: str) -> bool:
    """Return whether a field that may be read has an order; an extension gets none from items that it may not read."""
    relation = rights.schema.relation_of(collection.name, name) if collection.fields[name].type == "alias" else None
    if relation is not None and rights.literal:
        return rights.readable(other_side(relation, collection.name, name))
    return collection.fields[name].type != "json"
