"""Aggregates and groups: one statement whose rows hold groups and numbers, shown as PostgreSQL's numbers are.

Counts, whole sums and decimals are texts; averages have at least 16 significant digits, as its numeric type has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.database.statements import quoted
from scopebox.store.errors import internal_error
from scopebox.store.query import functions
from scopebox.store.query.functions import check_call, parse_call
from scopebox.store.reading.aggregate_functions import FUNCTIONS, fault, shown_result
from scopebox.store.reading.conditions import Conditions, Order, rule_sql
from scopebox.store.reading.contained import Lists
from scopebox.store.reading.group_items import Cell
from scopebox.store.reading.group_memory import memory_of_groups
from scopebox.store.reading.grouped import AggregatePlan, GroupPortions
from scopebox.store.reading.logic import all_of
from scopebox.store.reading.matching import matching
from scopebox.store.reading.quantities import interval, quotient
from scopebox.store.reading.rights import ALL
from scopebox.store.reading.searched import searched
from scopebox.store.reading.selection import aggregated_fields
from scopebox.store.reading.sorted_texts import SortedTexts, order_clause
from scopebox.store.reading.source import Source, Statement
from scopebox.store.reading.weights import TEXTS, Scale, longest
from scopebox.store.values.types import MASK, shown_value

if TYPE_CHECKING:
    from scopebox.store.database.lengths import Longest
    from scopebox.store.query.query import Query
    from scopebox.store.reading.paging import Window
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.reading.tree import Level
    from scopebox.store.reading.weights import Weights
    from scopebox.store.schema.schema import Field

_REMEDY: Final = 'ask for fewer groups at a time with "limit" and "page", or take the text with store.sql'


def compile_aggregate(rights: ReadRights, level: Level, query: Query, window: Window) -> AggregatePlan:
    """Compile the aggregates and the groups of a query. Raises DirectusError 500 where a Directus has none."""
    return _Compiler(rights, level, query).plan(window)


class _Compiler:
    def __init__(self, rights: ReadRights, level: Level, query: Query) -> None:
        self.level = level
        self.query = query
        self.statement = Statement(rights, rule_sql)
        self.source = Source(self.statement, level.collection)
        self.conditions = Conditions(self.source)
        self.groups: dict[str, Field | None] = {}  # by their SQL; None for what is made of a field
        self.cells: list[Cell] = []
        self.scale = Scale(level.collection, "max({})")
        self.longest = longest(level.collection)
        self.lists: dict[str, None] = {}  # the names of fields whose texts become lists
        self.orders: dict[str, str] = {}
        self.distinct: set[tuple[Field, bool]] = set()  # whose different values are found, and whether as numbers
        self.texts: dict[str, tuple[str, str, Longest]] = {}  # that may be long, by the SQL of an order

    def plan(self, window: Window) -> AggregatePlan:
        groups = self.level_groups()
        where = None if self.level.compared_last else matching(self.conditions, self.query, self.level)
        for name in groups:
            self._group(name)
        for name, fields in (self.query.aggregate or {}).items():
            for field_ in dict.fromkeys(aggregated_fields(fields)):
                self._aggregate(name, field_)
        orders = self._orders(groups)
        if where is None:
            where = matching(self.conditions, self.query, self.level)
        self.statement.count_parts(len(self.cells))
        bounds.count(
            len(self.cells), bounds.MAX_AGGREGATES, "groups and aggregates in a query", "ask in several queries"
        )
        bounds.count(
            len(self.distinct), bounds.MAX_DISTINCT, "fields to find different values of", "ask in several queries"
        )
        columns = [cell.sql for cell in self.cells] or ["count(*)" if "countAll" in self.orders else "1"]
        found = f"FROM {self.source.sql}{f' WHERE {where}' if where else ''}"
        parts = [f"SELECT {', '.join(columns)} {found}", f"GROUP BY {', '.join(self.groups)}" if self.groups else ""]
        parts += [order_clause(orders)] if orders else []
        slot = len(self.statement.parameters)
        place = self.statement.parameter(window.limit)
        limit, long = f"LIMIT {place}", f"LIMIT (SELECT {place})"
        offset = f"OFFSET {self.statement.parameter(window.offset)}" if window.offset else ""
        self.statement.check()
        weights = self._weights(found, limit)
        portions = self._portions(where, found, orders, f"{limit} {offset}")
        memory = memory_of_groups(self.source, found, self.groups, self.texts, self.distinct, cells=len(self.cells))
        sql, long = (" ".join(filter(None, [*parts, limited, offset])) for limited in (limit, long))
        return AggregatePlan(
            sql, long, self.statement.parameters, slot, self.cells, weights, portions, self.statement.sought,
            Lists(self.level.collection.name, tuple(self.lists), _REMEDY) if self.lists else None, self.statement.compared, memory,
            searched(self.source, where),
        )  # fmt: skip

    def _weights(self, found: str, limit: str) -> Weights | None:
        """Return the statements that weigh the largest groups, and what all of them hold: the database finds these first."""
        if not self.groups:
            return self.scale.weights(1, lambda weighed: f"SELECT {weighed} {found}")
        grouped = f"{found} GROUP BY {self._hash()}"  # by no text
        weights = self.scale.weights(None, lambda weighed: f"SELECT {weighed} {grouped} ORDER BY 1 DESC {limit}")
        shown = f"SELECT coalesce(sum(s.h), 0), count(*), (SELECT coalesce(sum(h), 0) FROM g) FROM (SELECT h FROM g ORDER BY 1 DESC {limit}) AS s"  # noqa: S608 - names of the schema
        return weights and replace(
            weights, held=(f"WITH g AS MATERIALIZED (SELECT {self.scale.held} AS h {grouped}) {shown}",)
        )

    def _hash(self) -> str:
        return f"hash({', '.join(self.groups)})"

    def _portions(self, where: str, found: str, orders: list[Order], limits: str) -> GroupPortions:
        """Return the statements that take the same groups in portions. Groups whose hashes are the same are taken together."""
        characters, slot = (len(self.statement.parameters) + number for number in (1, 2))
        keys, counted, wanted, grouped, by_hash = "", "", found, "", ""
        if self.groups:
            by = order_clause([replace(order, sql=self._sorted(order.sql, f"${characters}")) for order in orders])
            by_hash = f"GROUP BY {self._hash()}"
            counted = f"WITH g AS MATERIALIZED (SELECT 1 {found} {by_hash}) SELECT count(*), (SELECT count(*) FROM (SELECT 1 FROM g {limits})) FROM g"  # noqa: S608 - names of the schema
            keys = f"SELECT CAST({self._hash()} AS VARCHAR) {found} {by_hash} {by} {limits}"
            among = f"{self._hash()} IN (SELECT unnest(CAST(${slot} AS UBIGINT[])))"
            wanted = f"FROM {self.source.sql} WHERE {all_of([where, among])}"
            grouped = f"GROUP BY {', '.join(self.groups)} {by}"
        texts = tuple(self.texts[order.sql] for order in orders if order.sql in self.texts)
        return GroupPortions(
            self.level.collection.name,
            SortedTexts((), texts, found) if texts else None,
            counted,
            keys,
            tuple(
                f"SELECT CAST({self._hash()} AS VARCHAR), {held} {wanted} {by_hash}"
                for held in (self.scale.held_in_parts if self.groups else ())
            ),
            self.scale.written(lambda columns: f"SELECT {columns} {wanted} {by_hash}"),
            self.cells,
            f"{wanted} {grouped}",
        )

    def _sorted(self, sql: str, characters: str) -> str:
        """Return the SQL of what a group is sorted by, of a long text so many ``characters``."""
        text = self.texts.get(sql)
        if text is not None:
            beginning = f"left({text[0]}, {characters})"
            return f"min({beginning})" if sql in self.groups else sql.replace(text[0], beginning)
        return f"any_value({sql})" if sql in self.groups else sql

    def _refuse(self, message: str) -> None:
        """Keep the 500 that a database answers with."""
        self.statement.refuse(internal_error(message))

    def level_groups(self) -> tuple[str, ...]:
        """Return the names to group by; a relation cannot be one."""
        if self.level.nested:
            raise internal_error("Cannot read properties of undefined (reading '0')")
        return tuple(dict.fromkeys(self.query.group or ()))

    def _field(self, name: str) -> Field:
        found = self.level.collection.fields.get(name)
        if found is None or found.type == "alias":
            raise internal_error(f"column {name} does not exist")
        return found

    def _column(self, field: Field) -> str:
        return f"{self.source.alias}.{quoted(field.name)}"

    def _group(self, name: str) -> None:
        call = parse_call(name)
        field = self._field(call.field if call else name)
        if call is not None:
            check_call(call, field.type)
        self.statement.rights.check_open(field)
        if field.type == "json":
            self._refuse("could not identify an ordering operator for type json")
            return
        column = self._column(field)
        if call is not None:
            self.statement.call()
        when = self.source.rules.when(self.level.cases, field.name)
        if when:
            column = f"(CASE WHEN {when} THEN {column} END)"
        raw = functions.part_sql(call.name, column) if call else column
        sql = functions.shown_part(call.name, column) if call else shown_value(field, column)
        self.scale.add(field, column, found=f"max({column})", concealed=False)  # one text, but for equal hashes
        self.groups[raw] = None if call else field
        self.orders[name] = raw
        text = call is None and field.type in TEXTS
        if text:
            self._text(field, column, raw)
        self.cells.append(Cell((call.key if call else name,), sql, text=text))

    def _aggregate(self, name: str, target: str) -> None:
        if name not in FUNCTIONS:
            return
        if name == "countAll":  # a Directus counts, sorts by it, and shows nothing of it
            self.orders["countAll"] = self.orders[f"countAll.{target}"] = "count(*)"
            return
        if target == "*":
            if name != "count":
                self._refuse(f"function {name}({self.level.collection.name}) does not exist")
            self.orders[name] = "count(*)"
            self.cells.append(Cell(("count",), "CAST(count(*) AS VARCHAR)"))
            return
        field = self._field(target)
        if not name.startswith("count"):
            self.statement.rights.check_open(field)
        missing = fault(name, field)
        if missing:
            self._refuse(missing)
            return
        if name.endswith("Distinct"):
            self.distinct.add((field, field.type == "time" and not name.startswith("count")))
        exact = "f" if field.type == "float" and name in {"sum", "avg"} else ""  # compensated: 0.1 ten times is 1
        sql = exact + FUNCTIONS[name].format(self._column(field))
        self.orders[f"{name}.{target}"] = sql
        if field.type == "time" and name.startswith(("sum", "avg")):
            self._interval(name, field)
        elif name.startswith("avg"):
            self._average(name, field)
        else:
            self._plain(name, field, sql)

    def _text(self, field: Field, column: str, sql: str) -> None:
        """Note a text that may be long, or become a list."""
        self.texts[sql] = (column, field.name, self.longest)
        if field.type == "csv":
            self.lists[field.name] = None

    def _plain(self, name: str, field: Field, sql: str) -> None:
        extreme, found = name in ("min", "max"), shown_result(name, field, sql)
        text = extreme and field.type in TEXTS
        if text:
            self.scale.add(field, self._column(field), found=sql, concealed=False)
            self._text(field, self._column(field), sql)
        if field.concealed:  # the least of texts may be an empty one, which is no secret
            found = shown_value(field, sql) if extreme else _masked(found)
        self.cells.append(Cell((name, field.name), found, text=text))

    def _average(self, name: str, field: Field) -> None:
        column = f"{'DISTINCT ' if name == 'avgDistinct' else ''}{self._column(field)}"
        if field.type == "float":
            average = f"{'avg' if name == 'avgDistinct' else 'favg'}({column})"
            self.cells.append(Cell((name, field.name), _masked(average) if field.concealed else average))
            return
        if field.concealed:
            self.cells.append(Cell((name, field.name), _masked(f"sum({column})")))
            return
        total = f"[CAST(sum({column}) AS VARCHAR), CAST(count({column}) AS VARCHAR)]"
        self.cells.append(Cell((name, field.name), total, quotient))

    def _interval(self, name: str, field: Field) -> None:
        """Add a sum or an average of times, which is an interval."""
        sql = f"round({FUNCTIONS[name].format(f'epoch_us({self._column(field)})')})"
        self.orders[f"{name}.{field.name}"] = sql
        self.cells.append(
            Cell((name, field.name), _masked(sql)) if field.concealed else Cell((name, field.name), sql, interval)
        )

    def _orders(self, groups: tuple[str, ...]) -> list[Order]:
        """Return the order asked for, else that of the first group; the other groups decide where that leaves it open."""
        if not groups:
            return []
        sort = self.query.sort or groups[:1]
        cased = self._cased(groups)
        if cased and self._counted() != sum(_columns(*entry) for entry in (self.query.aggregate or {}).items()):
            self._refuse("a position in GROUP BY is not in the select list")
        orders: dict[str, Order] = {}
        for key in sort:
            name = key.removeprefix("-")
            if name not in self.orders or (cased and name in groups and sort != groups[:1]):
                self._refuse(f'column "{name}" must appear in the GROUP BY clause or be used in an aggregate function')
                continue
            orders.setdefault(self.orders[name], Order(self.orders[name], key.startswith("-")))
        for name in groups:
            orders.setdefault(self.orders.get(name, name), Order(self.orders.get(name, name)))
        return list(orders.values())

    def _cased(self, groups: tuple[str, ...]) -> bool:
        """Return whether a group shows under a rule alone: PostgreSQL then refuses to sort by it, but for the order it has anyway."""
        free = self.level.cases.free
        return ALL not in free and any(functions.field_of(name) not in free for name in groups)

    def _counted(self) -> int:
        return sum(len(aggregated_fields(names)) for names in (self.query.aggregate or {}).values())


def _columns(name: str, fields: object) -> int:
    """Return how many columns an aggregate makes in the statement of a Directus."""
    return 1 if name == "countAll" else len(aggregated_fields(fields)) if name in FUNCTIONS else 0


def _masked(sql: str) -> str:
    """Return the SQL of what is shown of an aggregate of concealed values."""
    return f"CASE WHEN {sql} IS NOT NULL THEN '{MASK}' END"
