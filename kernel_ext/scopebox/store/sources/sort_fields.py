"""The sort fields of a snapshot, held against the fields that there are."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scopebox.store.schema.schema import sortable
from scopebox.text.messages import MAX_QUOTED_CHARACTERS

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Collection, Relation, Schema
    from scopebox.text.notes import Notes


def with_sort_fields(schema: Schema, notes: Notes) -> Schema:
    """Return ``schema`` without the sort fields that are none; a note says which."""
    known = {name: frozenset(sortable(collection)) for name, collection in schema.all.items()}

    def kept(owner: Collection | Relation, collection: str, place: str) -> bool:
        name = owner.sort_field
        if name is None or name in known[collection]:
            return True
        notes.count(
            "field to sort by", "not there, or without an order, left out", f"{place}: {name[:MAX_QUOTED_CHARACTERS]}"
        )
        return False

    collections = {
        name: entry if kept(entry, name, name) else replace(entry, sort_field=None)
        for name, entry in schema.collections.items()
    }
    relations = tuple(
        entry if kept(entry, entry.many, f"{entry.many}.{entry.field}") else replace(entry, sort_field=None)
        for entry in schema.relations
    )
    return replace(schema, collections=collections, relations=relations)
