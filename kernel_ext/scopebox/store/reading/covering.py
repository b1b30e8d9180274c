"""Whether rules cover items: asked before a change, with the rights of the store itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.reading.conditions import Conditions, rule_sql, visible
from scopebox.store.reading.source import Source, Statement, all_of, any_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.query.filters import Filter
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.schema.schema import Collection


def covered(
    session: Session, rights: ReadRights, collection: Collection, rules: Sequence[Filter], keys: Sequence[object]
) -> int:
    """Return how many items with one of ``keys`` there are that fulfil one of ``rules``; an empty one covers all of them."""
    if not rules:
        return 0
    statement = Statement(rights, visible)
    source = Source(statement, collection, everything=True)
    own = Conditions(source).sql({collection.primary_key.name: {"_in": [*keys]}})
    rule = any_of([rule_sql(statement, collection, rule, source.alias) for rule in rules]) if all(rules) else ""
    statement.check()
    row = session.row(f"SELECT count(*) FROM {source.sql} WHERE {all_of([own, rule])}", statement.parameters)  # noqa: S608 - names of the schema
    assert row is not None
    assert isinstance(row[0], int)
    return row[0]
