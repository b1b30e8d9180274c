"""The first rows of a large table in some order: few keys are looked at, and values are taken of none but the rows that are shown.

Where the first rows of a statement ended the last time is remembered. As many rows as are asked for, all of them before that, are the
first ones, whatever has happened since; where there are fewer, all rows are looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store.database.statements import quoted
from scopebox.store.reading.logic import all_of
from scopebox.store.reading.sorted_texts import order_clause

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.conditions import Order
    from scopebox.store.reading.paging import Window
    from scopebox.store.reading.source import Source

FEWEST: Final = 1_024
"""Rows that are remembered together: one end serves all pages among the first ones."""
MOST_ORDERS: Final = 2
"""A field and the key, by which a database finds the first rows of each list without sorting the others."""
_COMPARED: Final = frozenset({"integer", "bigInteger", "float", "decimal", "date", "dateTime", "timestamp"})
"""Types of which the database knows the least and the greatest value of each part of a column."""


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The statements that find the first ``limit`` rows behind others; their last column is the value by which they are sorted first.

    ``near`` looks at no row behind such a value, its last parameter; it is empty where that takes no less time. ``place`` is how many of
    the first rows are asked for, rounded up.
    """

    whole: str
    near: str
    limit: int
    place: int

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        return len(self.whole) + len(self.near)

    def found(self, session: Session, parameters: Sequence[object]) -> list[Row]:
        """Return the rows, with that last column."""
        if not self.near:
            return session.rows(self.whole, parameters)
        end = session.end(self.near, self.place)
        if end.value is not None:
            rows = session.rows(self.near, [*parameters, end.value])
            if len(rows) == self.limit:
                return rows
        rows = session.rows(self.whole, parameters)
        end.value = rows[-1][-1] if len(rows) == self.limit else None
        return rows


def first_rows(
    source: Source, window: Window, *, shown: str, where: str, orders: Sequence[Order], limits: str
) -> FirstRows | None:
    """Return how to find the columns ``shown`` of a window; None where it has no order or no limit, or something is joined."""
    if not orders or not window.limit or not source.alone:
        return None
    first = orders[0]
    columns, up_to, near = f"{shown}, {first.sql}", _up_to(first, len(source.statement.parameters) + 1), ""
    if up_to and first.sql == source.key:
        by = order_clause(orders)
        near = f"SELECT {columns} FROM {source.sql} WHERE {all_of([up_to, where])} {by}{limits}"  # noqa: S608 - names of the schema
    elif up_to:
        # The database holds a condition against every row, and not against the few that are near, unless it is told so.
        condition = where and f"CASE WHEN {up_to} THEN {where} END"
        near = rows_of_first_keys(source, columns, all_of([up_to, condition]), orders, limits)
    whole = rows_of_first_keys(source, columns, where, orders, limits)
    return FirstRows(whole, near, window.limit, max(FEWEST, 1 << (window.offset + window.limit - 1).bit_length()))


def rows_of_first_keys(source: Source, shown: str, where: str, orders: Sequence[Order], limits: str) -> str:
    """Return the statement that sorts the keys alone, and takes the rows of the first ones; nothing may be joined."""
    table, key, by = source.sql, source.key, order_clause(orders)
    keys = f"SELECT {key} FROM {table}{f' WHERE {where}' if where else ''} {by}{limits}"  # noqa: S608 - names of the schema
    return f"SELECT {shown} FROM {table} WHERE {key} IN ({keys}) {by}"  # noqa: S608 - names of the schema


def first_of_each(source: Source, shown: str, where: str, by: str, limits: str) -> str:
    """Return the statement for items that lists are joined to: each where it stands first in the order ``by``.

    An item has as many rows as its lists make together, so they are held by its key alone, and its columns are taken when it has one.
    """
    key, table = source.key, source.rules.table
    joined = f"FROM {source.sql}{where and f' WHERE {where}'}"
    if not by:
        return f"SELECT {shown} FROM {table} WHERE {key} IN (SELECT DISTINCT {key} {joined}){limits}"  # noqa: S608 - names of the schema
    places = f"SELECT {key} AS k, row_number() OVER ({by}) AS place {joined}"
    first = f"SELECT k, min(place) AS place FROM ({places}) GROUP BY k ORDER BY 2{limits}"  # noqa: S608 - names of the schema
    return f"SELECT {shown} FROM ({first}) AS first JOIN {table} ON {key} = first.k ORDER BY first.place"  # noqa: S608 - names of the schema


@dataclass(frozen=True, slots=True)
class FirstOfLists:
    """The condition ``where`` on the items of lists, and one that only the ``first`` of them in each list fulfil: the others are not even sorted."""

    where: str
    first: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return len(self.where) + len(self.first)

    def of(self, statement: str) -> str:
        """Return a statement for the items of the lists that finds the first ones alone."""
        return statement.replace(f" WHERE {self.where}", f" WHERE {self.first}")


def first_of_lists(
    source: Source, link: str | None, where: str, orders: Sequence[Order], most: int | None
) -> FirstOfLists | None:
    """Return how to find the ``most`` first items of each list, which refer to one above by their field ``link``; None where that takes longer."""
    if most is None or not 0 < len(orders) <= MOST_ORDERS or not source.alone:
        return None
    each = f"PARTITION BY {source.alias}.{quoted(str(link))} {order_clause(orders)}"
    found = f"SELECT {source.key} FROM {source.sql} WHERE {where} QUALIFY row_number() OVER ({each}) <= {most}"  # noqa: S608 - names of the schema
    return FirstOfLists(where, f"{source.key} IN ({found})")


def _up_to(order: Order, slot: int) -> str:
    """Return the condition that a row stands before the value of a parameter, or at it; empty where it spares nothing to ask."""
    if order.of is None or order.of[1].type not in _COMPARED:
        return ""
    condition = f"{order.sql} {'>=' if order.descending else '<='} ${slot}"
    nulls_first = order.descending and not (order.nulls_last or order.of[1] is order.of[0].primary_key)
    return f"({condition} OR {order.sql} IS NULL)" if nulls_first else condition
