"""What a statement that writes an item can return of it, so that it need not be read once more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from scopebox.errors import DirectusError
from scopebox.store.access.variables import Variables
from scopebox.store.database.database import quoted
from scopebox.store.query.query import Query, read_query
from scopebox.store.reading.levels import Compiler
from scopebox.store.reading.rights import ReadRights
from scopebox.store.reading.selection import Selector
from scopebox.store.values.generated import now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.access import Access
    from scopebox.store.reading.request import Request
    from scopebox.store.reading.tree import Level
    from scopebox.store.schema.schema import Schema


def returned(schema: Schema, access: Access, collection: str, query: Mapping[str, object], request: Request) -> str:
    """Return the SQL of what a read of one item with ``query`` shows of it, as JSON text; empty where only a read tells.

    That is so for related items, for rules that an item has to fulfil, and for functions, which may fail where the write stands.
    What is wrong with the query is told by the read, too.
    """
    who = request.accountability
    if who is not None and not who.admin and access.details_of(who, "read"):
        return ""
    variables = Variables(access, who, now())
    rights = ReadRights(schema, access, variables, literal=request.literal)
    try:
        parsed = read_query(query, variables)
        if replace(parsed, fields=None, meta=(), export=None) != Query():
            return ""
        return _compiled(rights, Selector(schema, rights).tree(collection, parsed))
    except DirectusError:
        return ""


def _compiled(rights: ReadRights, level: Level) -> str:
    conditional = level.cases.demanding or any(level.cases.when(name) for name in level.requested())
    if level.nested or conditional or any(column.call is not None for column in level.columns):
        return ""
    compiler = Compiler(rights, level, alias=quoted(level.collection.name))
    value = compiler.value()
    return "" if compiler.renamed or compiler.statement.parameters else value
