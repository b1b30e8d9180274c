"""One statement a level: compiling the levels of a selection. ``running`` runs them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store.database.statements import MAX_KEPT_CHARACTERS, quoted
from scopebox.store.errors import internal_error
from scopebox.store.query import functions
from scopebox.store.reading.compiled import AnyPlan, Plan
from scopebox.store.reading.conditions import Conditions, Order, rule_sql
from scopebox.store.reading.few_rows import FEW, FewRows, columns
from scopebox.store.reading.first_rows import first_of_each, first_of_lists, first_rows, rows_of_first_keys
from scopebox.store.reading.keys import asks_for_one, overruled
from scopebox.store.reading.logic import all_of
from scopebox.store.reading.matching import matching
from scopebox.store.reading.memory import memory_of, tables_of
from scopebox.store.reading.orders import own_sort
from scopebox.store.reading.paging import Window, enough
from scopebox.store.reading.portions import portions
from scopebox.store.reading.searched import searched
from scopebox.store.reading.sorted_texts import order_clause, sorted_texts
from scopebox.store.reading.source import Source, Statement
from scopebox.store.reading.tree import NestedAny
from scopebox.store.reading.weights import Scale, least_of
from scopebox.store.values.types import column_type, shown_value

if TYPE_CHECKING:
    from scopebox.store.query.query import Query
    from scopebox.store.reading.few_rows import Columns
    from scopebox.store.reading.portions import Portions
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.reading.tree import Column, Level, Nested
    from scopebox.store.schema.schema import Field, Relation

_GROUPED: Final = "A column must appear in the GROUP BY clause or be used in an aggregate function"
_PARTS: Final = frozenset({"year", "month", "week", "day", "weekday", "hour", "minute", "second"})


def compile_level(
    rights: ReadRights,
    level: Level,
    window_: Window | None = None,
    link: str | None = None,
    listed: Relation | None = None,
) -> Plan:
    """Compile a level: the first one with its window, one below it with the column ``link`` of its keys; ``listed`` is the relation whose list it is."""
    return Compiler(rights, level, listed).plan(window_ or Window(), link)


class Compiler:
    """Compiles one level; ``inside`` a statement that writes one item of its collection, if that is given."""

    def __init__(
        self, rights: ReadRights, level: Level, listed: Relation | None = None, inside: Statement | None = None
    ) -> None:
        self.rights = rights
        self.level = level
        self.listed = listed
        self.statement = inside or Statement(rights, rule_sql)
        self.source = Source(self.statement, level.collection, alias=quoted(level.collection.name) if inside else "")
        self.conditions = Conditions(self.source)
        self.inner: list[str] = []
        self.own: list[tuple[str, Field, str]] = []  # what is shown of fields as they are
        self.scale = Scale(level.collection)
        self.cased = False  # whether a column shows under a condition, which may be about what is joined
        self._parts: dict[str, tuple[list[str], str, str]] = {}  # of a JSON value, and the SQL of all of them
        self.renamed: dict[str, str] = {}
        self.one = bool(inside) or asks_for_one(level)

    def plan(self, window_: Window, link: str | None) -> Plan:
        """Compile the level, with its window or with the column that the keys of the level above it belong to."""
        query = self.level.query
        grouped = link is not None and self.level.is_grouped(link, listed=self.listed is not None)
        listed = overruled(query.filter, self.level.collection.fields[link]) if link else None
        asked = query if listed is None else replace(query, filter=None)
        conditions = None if self.level.compared_last else self._where(link, asked)
        value = self.value()
        hidden = [self._hidden(self.level.collection.fields[link])] if link else []
        nested, of_any = [], []
        for entry in self.level.nested:
            if isinstance(entry, NestedAny):
                of_any.append(self._nested_any(entry, hidden))
            else:
                nested.append(self._nested(entry, hidden))
        orders = self._orders() if not self.one and (link is None or query.sort != ()) else []
        slot, where = conditions or self._where(link, asked)
        values = ", ".join([value, *hidden])
        keys_first, texts, parts, few, least, lists, made = "", None, None, None, None, None, self.columns()
        if self.one:
            tables, memory = tables_of(self.source, one=True), None
            ending = f"FROM {self.source.sql} WHERE {where}{self._limits(window_)}"
            sql = f"SELECT {values} {ending}"
            few = FewRows(f"SELECT {', '.join([own for _, _, own in self.own])} {ending}", made) if made else None
            weights = self.scale.weights(1, lambda columns: f"SELECT {columns} {ending}")
        else:
            limits = self._limits(window_)
            rows = self._inner(inner := ", ".join(self.inner), where, orders, limits)
            sql = f"SELECT {values} FROM ({rows}) AS s"  # noqa: S608 - names of the schema
            weights = self.scale.weights(window_.limit, lambda columns: self._weighed(columns, where, orders, limits))
            found = f"FROM {self.source.sql}{f' WHERE {where}' if where else ''}"
            texts = sorted_texts(orders, found)
            rows_of_keys = rows_of_first_keys(self.source, inner, where, orders, limits)
            is_late = bool(orders) and window_.limit is not None and not self.source.many
            late = f"SELECT {values} FROM ({rows_of_keys}) AS s" if is_late else ""  # noqa: S608 - names of the schema
            keys_first = late if self.source.alone else ""
            lists = first_of_lists(self.source, link, where, orders, enough(query)) if self.listed else None
            tables, columns = tables_of(self.source, late=is_late), len(self.inner)
            memory = memory_of(self.source, orders, window_, found, texts, tables=tables, late=late, columns=columns)
            least = least_of(self.level.shown, self._weighed("1 AS one", where, orders, limits))
            if orders and weights is not None and self.source.alone:
                parts = self._portions(values, found, orders, limits)
            if made and (window_.limit or FEW + 1) <= FEW:
                few = FewRows(
                    rows, made, first_rows(self.source, window_, shown=inner, where=where, orders=orders, limits=limits)
                )
        if grouped or query.group == ():
            self.statement.refuse(internal_error(_GROUPED))
        self.statement.check()
        short = self.one and not (nested or of_any) and self.statement.own_values and len(sql) <= MAX_KEPT_CHARACTERS
        return Plan(
            sql, self.statement.parameters, slot, self.level, self.renamed, nested, of_any, keys_first, bool(where), listed,
            self.statement.key, short, weights, parts, link == self.level.collection.primary_key.name, texts, few,
            self.statement.sought, least, self.statement.compared, lists, tables, memory,
            search=None if self.one else searched(self.source, where),
        )  # fmt: skip

    def _inner(self, columns: str, where: str, orders: list[Order], limits: str) -> str:
        by = order_clause(orders) if orders else ""
        if self.source.many:
            return first_of_each(self.source, columns, where, by, limits)
        found = f"SELECT {columns} FROM {self.source.sql}{where and f' WHERE {where}'}"  # noqa: S608 - names of the schema
        return f"{found} {by}{limits}"

    def _weighed(self, columns: str, where: str, orders: list[Order], limits: str) -> str:
        """Return the statement that finds ``columns`` of the same rows in any order, and looks at no row that a limit leaves out."""
        if not limits:
            return self._inner(columns, where, [], "")
        if self.cased:
            return self._inner(columns, where, orders, limits)
        key, table = self.source.key, f"{quoted(self.level.collection.name)} AS {self.source.alias}"
        return f"SELECT {columns} FROM {table} WHERE {key} IN ({self._inner(key, where, orders, limits)})"  # noqa: S608 - names of the schema

    def columns(self) -> Columns | None:
        """Return what is made of the columns that are shown, if they are fields as they are, and nothing else is shown."""
        own = len(self.own) == len(self.level.shown) and not (self.level.bare or self.level.nested or self.renamed)
        return columns([(key, field_) for key, field_, _ in self.own]) if own else None

    def _portions(self, values: str, found: str, orders: list[Order], limits: str) -> Portions:
        """Return the statements that take the same rows in portions, where nothing is joined."""
        return portions(
            table=self.source.sql, key=self.source.key, kind=column_type(self.level.collection.primary_key),
            slot=len(self.statement.parameters) + 1, found=found, limits=limits,
            by=order_clause(orders), inner=", ".join(self.inner), shown=values, scale=self.scale,
        )  # fmt: skip

    def _limits(self, window_: Window) -> str:
        limit, offset = window_.limit, window_.offset
        if self.one and limit != 0:
            limit = None
        limited = "" if limit is None else f" LIMIT {self.statement.parameter(limit)}"
        return f"{limited} OFFSET {self.statement.parameter(offset)}" if offset else limited

    def _orders(self) -> list[Order]:
        """Return the order asked for, or that of the items themselves, with the primary key as the last word."""
        sort = self.level.query.sort
        if sort is None:
            sort = (own_sort(self.rights, self.level.collection, self.listed),)
        if not sort:
            return []
        orders = list(dict.fromkeys(map(self.conditions.order, sort)))
        if self.listed is not None and sort[0] == f"-{self.listed.sort_field}":
            orders[0] = replace(orders[0], nulls_last=True)  # a Directus sorts such a list once more, nulls at its end
        return orders if any(order.sql == self.source.key for order in orders) else [*orders, Order(self.source.key)]

    def _where(self, link: str | None, query: Query) -> tuple[int | None, str]:
        slot, linked = None, ""
        if link is not None:
            column = self.level.collection.fields[link]
            slot = len(self.statement.parameters)
            keys = f"CAST({self.statement.parameter(None)} AS {column_type(column)}[])"
            linked = f"{self.source.alias}.{quoted(link)} IN (SELECT unnest({keys}))"
        return slot, all_of([linked, matching(self.conditions, query, self.level)])

    def value(self) -> str:
        """Return the SQL of what is shown of an item itself."""
        if self.level.bare:
            key = self.level.collection.primary_key
            return f"to_json({shown_value(key, self._select(self.source.key))})"
        parts = []
        seen: set[str] = set()
        for column in self.level.shown:
            name = self._key(column, seen)
            parts.append(f"'{name}': {self._shown(column)}")
        for name, (pointers, sql, _) in self._parts.items():
            self.scale.add(self.level.collection.fields[name], f"array_to_string({sql}, '')", times=len(pointers))
        return f"to_json({{{', '.join(parts)}}})" if parts else "'{}'"

    def _key(self, column: Column, seen: set[str]) -> str:
        """Return the key of a column in the statement: its own if that can stand there once more, else one to be renamed."""
        own = column.named and column.key.lower() not in seen
        name = column.key if own else f"#{len(self.renamed)}"
        seen.add(column.key.lower())
        if not own:
            self.renamed[name] = column.key
        return name

    def _select(self, sql: str) -> str:
        """Add a column to the inner statement and return its name in the outer one; one item needs no inner statement."""
        if self.one:
            return sql
        self.statement.count_parts()
        self.inner.append(f"{sql} AS c{len(self.inner)}")
        return f"s.c{len(self.inner) - 1}"

    def _guarded(self, name: str, sql: str) -> str:
        when = self.source.rules.when(self.level.cases, name)
        self.cased = self.cased or bool(when)
        return f"CASE WHEN {when} THEN {sql} END" if when else sql

    def _shown(self, column: Column) -> str:
        field_ = self.level.collection.fields[column.name]
        call = column.call
        own = f"{self.source.alias}.{quoted(field_.name)}"
        if call is None:
            sql = self._guarded(column.name, own)
            self.scale.add(field_, sql)
            self.own.append((column.key, field_, sql))
            return shown_value(field_, self._select(sql))
        functions.check_call(call, field_.type)
        self.rights.check_open(field_)
        self.statement.call()
        if field_.type == "alias":
            count = self.conditions.count(self.level.collection, self.source.alias, field_.name, shown=True)
            return f"CAST({self._select(self._guarded(column.name, count))} AS VARCHAR)"
        if call.name == "json":
            return self._part(column.name, call.path, own)
        sql = self._guarded(column.name, own)
        inner = self._select(sql)
        if call.name in _PARTS:
            return functions.shown_part(call.name, inner)
        self.scale.add(field_, sql, shown=False)
        return functions.list_length(inner)

    def _part(self, name: str, path: tuple[str | int, ...], own: str) -> str:
        """Return the SQL of a part of a JSON value. All parts of one are taken at once: each time the database reads all of it."""
        if name not in self._parts:
            pointers: list[str] = []
            sql = f"json_extract({self._guarded(name, own)}, {self.statement.parameter(pointers)})"
            self._parts[name] = pointers, sql, self._select(sql)
        pointers, _, inner = self._parts[name]
        pointers.append(self.statement.text(functions.json_pointer(path)))
        return f"{inner}[{len(pointers)}]"

    def _hidden(self, field_: Field, name: str | None = None) -> str:
        sql = f"{self.source.alias}.{quoted(field_.name)}"
        column = self._select(self._guarded(name, sql) if name else sql)
        return f"CAST({column} AS VARCHAR)" if field_.type in {"uuid", "decimal"} else column

    def _nested(self, nested: Nested, hidden: list[str]) -> tuple[Nested, Plan | DirectusError, int, int | None]:
        collection = self.level.collection
        allowed = None
        if nested.many:
            link, own = nested.relation.field, collection.primary_key
            when = self.source.rules.when(self.level.cases, nested.name)
            if when:
                hidden.append(self._select(when))
                allowed = len(hidden)
            hidden.append(self._hidden(own))
        else:
            link, own = nested.level.collection.primary_key.name, collection.fields[nested.name]
            hidden.append(self._hidden(own, nested.name))
        at = len(hidden)
        listed = nested.relation if nested.many else None
        try:
            below: Plan | DirectusError = compile_level(self.rights, nested.level, link=link, listed=listed)
        except DirectusError as error:
            below = error
        return nested, below, at, allowed

    def _nested_any(self, nested: NestedAny, hidden: list[str]) -> AnyPlan:
        relation, collection = nested.relation, self.level.collection
        text = f"CAST({self.source.alias}.{quoted(relation.field)} AS VARCHAR)"
        hidden.append(self._select(self._guarded(nested.name, text)))
        item = len(hidden)
        hidden.append(self._select(f"CAST({self.source.alias}.{quoted(relation.collection_field)} AS VARCHAR)"))
        # A Directus looks for the key of an item under the name of the field that is shown: an alias finds nothing.
        levels = nested.levels if nested.key == nested.name else {}
        plans = {
            name: compile_level(self.rights, level, link=level.collection.primary_key.name)
            for name, level in levels.items()
        }
        # It takes the key that is shown of a bare item from under the name that the key has in the level above.
        key = collection.primary_key.name
        absent = {name for name, level in levels.items() if level.bare and level.collection.primary_key.name != key}
        return AnyPlan(nested.key, plans, item, len(hidden), frozenset(absent))
