"""Which items of a level are found: those that its query selects, and that the rules of the one who asks let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.reading.logic import all_of

if TYPE_CHECKING:
    from scopebox.store.query.query import Query
    from scopebox.store.reading.conditions import Conditions
    from scopebox.store.reading.tree import Level


def matching(conditions: Conditions, query: Query, level: Level) -> str:
    """Return the condition of the items that a query selects and the rules let through."""
    source = conditions.source
    rights = source.statement.rights
    parts = [
        conditions.sql(query.filter or {}),
        conditions.search(query.search, rights.cases(level.collection.name), rights.fields(level.collection.name))
        if query.search
        else "",
        source.rules.visible(level.cases),
    ]
    return all_of(parts)
