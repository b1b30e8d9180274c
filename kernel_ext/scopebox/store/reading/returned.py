"""What a statement that writes an item can return of it, so that it need not be read once more."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.errors import DirectusError
from scopebox.store import javascript
from scopebox.store.access.variables import Variables
from scopebox.store.database.kept import Kept
from scopebox.store.database.statements import MAX_KEPT_CHARACTERS
from scopebox.store.query.query import read_query
from scopebox.store.reading.conditions import rule_sql
from scopebox.store.reading.kept import Asked, asked, query_text
from scopebox.store.reading.levels import Compiler
from scopebox.store.reading.rights import ReadRights
from scopebox.store.reading.selection import Selector
from scopebox.store.reading.source import Statement
from scopebox.store.values.generated import now
from scopebox.store.values.python_values import NoSuchValueError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.access import Access
    from scopebox.store.reading.few_rows import Columns
    from scopebox.store.reading.request import Request
    from scopebox.store.reading.source import RuleSql
    from scopebox.store.reading.tree import Level
    from scopebox.store.schema.schema import Schema


_WORDS: Final = re.compile(r"[A-Za-z0-9 _.:@+-]{0,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Return:
    """The SQL of what a statement that writes an item returns of it: its JSON text, or values that ``columns`` make an item of.

    Before them it returns whether any rule shows the item. Empty, where only a read tells.
    """

    sql: str
    columns: Columns | None

    def text(self, rule: object, *values: object) -> bytes | None:
        """Return the item as JSON text; None where only a read tells."""
        if not rule:
            return None
        try:
            return wire.encode(self.columns.item(values)) if self.columns else str(values[0]).encode()
        except NoSuchValueError:
            return None


_UNKNOWN: Final = Return("", None)


class Returned:
    """What inserts of one store return, under one schema and one access; kept for the next item that is shown in the same way."""

    def __init__(self, schema: Schema, access: Access) -> None:
        self._schema = schema
        self._access = access
        self._kept: Kept[Asked, Return] = Kept()

    def of(self, collection: str, query: Mapping[str, object], request: Request) -> Return | None:
        """Return what a read of one item with ``query`` shows of it; None where only a read tells.

        That is so for related items, for rules about them or with other values than plain ones, and for functions, which may fail where
        the write stands.
        What is wrong with the query is told by the read, too.
        """
        text = query_text(query)
        key = None if text is None else asked(collection, text, request, one=True)
        found = None if key is None else self._kept.find(key)
        if found is None:
            variables = Variables(self._access, request.accountability, now())
            found = self._made(collection, query, request, variables)
            if key is not None and not variables.passing:
                self._kept.keep(key, found, len(key.query) + len(found.sql))
        return found if found.sql else None

    def _made(self, collection: str, query: Mapping[str, object], request: Request, variables: Variables) -> Return:
        who = request.accountability
        if who is not None and not who.admin and self._access.details_of(who, "read"):
            return _UNKNOWN
        rights = ReadRights(self._schema, self._access, variables, literal=request.literal)
        try:
            parsed = read_query(query, variables)
            if not parsed.only_shows:
                return _UNKNOWN
            return _compiled(rights, Selector(self._schema, rights).tree(collection, parsed))
        except DirectusError:
            return _UNKNOWN


def _compiled(rights: ReadRights, level: Level) -> Return:
    if level.nested or any(column.call is not None for column in level.columns):
        return _UNKNOWN
    statement = _Literals(rights, rule_sql)
    compiler = Compiler(rights, level, inside=statement)
    value = compiler.value()
    rule = compiler.source.rules.visible(level.cases)
    statement.check()
    if compiler.renamed or not statement.fits:
        return _UNKNOWN
    columns = compiler.columns()
    values = [own for _, _, own in compiler.own] if columns else [value]
    sql = ", ".join([rule or "TRUE", *values])
    return Return(sql, columns) if len(sql) <= MAX_KEPT_CHARACTERS else _UNKNOWN  # rules stand in it again and again


class _Literals(Statement):
    """A part of a statement that takes no parameters: what rules compare with stands in it, if it is a plain value."""

    def __init__(self, rights: ReadRights, rule_sql: RuleSql) -> None:
        super().__init__(rights, rule_sql)
        self._plain = True

    def parameter(self, value: object) -> str:
        """Return ``value`` as a literal."""
        found = _literal(value)
        self._plain = self._plain and bool(found)
        return found or "NULL"

    @property
    def fits(self) -> bool:
        """Whether all values are plain, and nothing but the fields of one item is read, as they are."""
        return self._plain and not (self._aliases or self._calls or self.looks.in_texts)


def _literal(value: object) -> str:
    """Return the SQL of a number, a truth value or a short text without any sign that could end it; empty for anything else."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int) and abs(value) <= javascript.SAFE:
        return f"({value:d})"
    return f"'{value}'" if isinstance(value, str) and _WORDS.fullmatch(value) else ""
