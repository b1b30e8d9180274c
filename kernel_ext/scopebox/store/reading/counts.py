"""How many items a query finds: the counts in the ``meta`` of an answer."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from scopebox.store.query.query import Query
from scopebox.store.reading.compared import check_compared, is_crowd
from scopebox.store.reading.conditions import Conditions, rule_sql
from scopebox.store.reading.matching import matching
from scopebox.store.reading.memory import MEMORY_TURN, tables_of
from scopebox.store.reading.searched import searched
from scopebox.store.reading.selection import Selector
from scopebox.store.reading.sought import check_sought
from scopebox.store.reading.source import Source, Statement

if TYPE_CHECKING:
    from collections.abc import Generator

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.plans import Plans
    from scopebox.store.reading.rights import ReadRights


async def count(plans: Plans, collection: str, query: Query, rights: ReadRights, *, bounded: bool) -> int:
    """Return how many items of ``collection`` match the filter and the search of ``query``; ``bounded``: for those who ask from outside."""
    level = Selector(rights.schema, rights).tree(collection, Query(fields=(), filter=query.filter))
    statement = Statement(rights, rule_sql)
    source = Source(statement, level.collection)
    where = matching(Conditions(source), query, level)
    statement.check()
    counted = f"DISTINCT {source.key}" if source.many else "*"
    sql = f"SELECT count({counted}) FROM {source.sql}" + (f" WHERE {where}" if where else "")  # noqa: S608 - names of the schema

    statement.looked_up += [collection] if source.many else []  # of which different ones are counted
    compared, tables, search = statement.compared, tables_of(source), searched(source, where)

    def counted_row(session: Session) -> Generator[None, None, Row | None]:
        much = bounded and tables is not None and tables.check(session)
        check_compared(session, compared, statement.parameters, bounded=bounded)
        check_sought(session, statement.sought, statement.parameters)
        yield
        found, parameters = sql, statement.parameters
        if search is not None and bounded and (narrowed := (yield from search.narrowed(session, parameters, sql))):
            found, parameters = narrowed.of(sql), narrowed.parameters
        with MEMORY_TURN if much else nullcontext():
            return session.row(found, parameters)

    row = await plans.run_in_steps(counted_row, crowd=is_crowd(compared))
    assert row is not None
    assert isinstance(row[0], int)
    return row[0]
