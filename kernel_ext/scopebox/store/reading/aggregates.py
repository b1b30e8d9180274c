"""Aggregates and groups: one statement whose rows hold groups and numbers, shown as PostgreSQL's numbers are.

Counts, whole sums and decimals are texts; averages have at least 16 significant digits, as its numeric type has.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store.database.database import quoted
from scopebox.store.errors import internal_error
from scopebox.store.query import functions
from scopebox.store.query.functions import check_call, parse_call
from scopebox.store.reading.conditions import Conditions, Order, visible
from scopebox.store.reading.levels import matching
from scopebox.store.reading.selection import aggregated_fields
from scopebox.store.reading.source import Source, Statement
from scopebox.store.values.types import MASK, NUMBERS, shown, shown_value

if TYPE_CHECKING:
    from scopebox.store.database.session import Session
    from scopebox.store.query.query import Query
    from scopebox.store.reading.paging import Window
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.reading.tree import Level
    from scopebox.store.schema.schema import Field

_SQL: Final = {
    "count": "count({})",
    "countDistinct": "count(DISTINCT {})",
    "countAll": "count(*)",
    "sum": "sum({})",
    "sumDistinct": "sum(DISTINCT {})",
    "avg": "avg({})",
    "avgDistinct": "avg(DISTINCT {})",
    "min": "min({})",
    "max": "max({})",
}
FUNCTIONS: Final = tuple(_SQL)
"""The aggregate functions, by name."""
_NO_EXTREME: Final = frozenset({"boolean", "json", "uuid"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: where it goes, its SQL on a source, and for an average the SQL of its sum and its count."""

    path: tuple[str, ...]
    sql: str
    average: bool = False
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class AggregatePlan:
    """A compiled aggregate."""

    sql: str
    parameters: list[object]
    cells: list[Cell]


def compile_aggregate(rights: ReadRights, level: Level, query: Query, window: Window) -> AggregatePlan:
    """Compile the aggregates and the groups of a query. Raises DirectusError 500 where a Directus has none."""
    return _Compiler(rights, level, query).plan(window)


class _Compiler:
    def __init__(self, rights: ReadRights, level: Level, query: Query) -> None:
        self.level = level
        self.query = query
        self.statement = Statement(rights, visible)
        self.source = Source(self.statement, level.collection)
        self.conditions = Conditions(self.source)
        self.groups: list[str] = []
        self.cells: list[Cell] = []
        self.orders: dict[str, str] = {}

    def plan(self, window: Window) -> AggregatePlan:
        for name in self.level_groups():
            self._group(name)
        for name, fields in (self.query.aggregate or {}).items():
            for field_ in dict.fromkeys(aggregated_fields(fields)):
                self._aggregate(name, field_)
        where = matching(self.conditions, self.query, self.level)
        by = [str(order) for order in self._orders()]
        columns = [cell.sql for cell in self.cells] or ["1"]
        parts = [f"SELECT {', '.join(columns)} FROM {self.source.sql}"]  # noqa: S608 - names of the schema
        parts += [f"WHERE {where}"] if where else []
        parts += [f"GROUP BY {', '.join(self.groups)}"] if self.groups else []
        parts += [f"ORDER BY {', '.join(by)}"] if by else []
        if window.limit is not None:
            parts.append(f"LIMIT {self.statement.parameter(window.limit)}")
        if window.offset:
            parts.append(f"OFFSET {self.statement.parameter(window.offset)}")
        return AggregatePlan(" ".join(parts), self.statement.parameters, [cell for cell in self.cells if cell.path])

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
            raise internal_error("could not identify an ordering operator for type json")
        column = self._column(field)
        if call is not None:
            self.statement.call()
        raw = functions.part_sql(call.name, column) if call else column
        sql = functions.shown_part(call.name, column) if call else shown_value(field, column)
        self.groups.append(raw)
        self.orders[name] = raw
        self.cells.append(Cell((call.key if call else name,), sql))

    def _aggregate(self, name: str, target: str) -> None:
        if name not in _SQL:
            return
        if target == "*":
            if name not in {"count", "countAll"}:
                raise internal_error(f"function {name}({self.level.collection.name}) does not exist")
            self.orders[name] = "count(*)"
            self.cells.append(Cell(("count",) if name == "count" else (), "CAST(count(*) AS VARCHAR)"))
            return
        field = self._field(target)
        if not name.startswith("count"):
            self.statement.rights.check_open(field)
        exact = "f" if field.type == "float" and name in {"sum", "avg"} else ""  # compensated: 0.1 ten times is 1
        sql = exact + _SQL[name].format(self._column(field))
        self.orders[f"{name}.{target}"] = sql
        if name == "countAll":
            self.cells.append(Cell((), sql))
        elif name.startswith("avg"):
            self._average(name, field)
        else:
            found = _shown(name, field, sql)
            if field.concealed:  # the least of texts may be an empty one, which is no secret
                found = shown_value(field, sql) if name in ("min", "max") else _masked(found)
            self.cells.append(Cell((name, target), found, field=field))

    def _average(self, name: str, field: Field) -> None:
        _check_numeric(name, field)
        column = f"{'DISTINCT ' if name == 'avgDistinct' else ''}{self._column(field)}"
        if field.type == "float":
            average = f"{'avg' if name == 'avgDistinct' else 'favg'}({column})"
            self.cells.append(Cell((name, field.name), _masked(average) if field.concealed else average))
            return
        if field.concealed:
            self.cells.append(Cell((name, field.name), _masked(f"sum({column})")))
            return
        total = f"[CAST(sum({column}) AS VARCHAR), CAST(count({column}) AS VARCHAR)]"
        self.cells.append(Cell((name, field.name), total, average=True))

    def _orders(self) -> list[Order]:
        if not self.query.group:
            return []
        orders = []
        for key in self.query.sort or self.query.group[:1]:
            name = key.removeprefix("-")
            if name not in self.orders:
                raise internal_error(
                    f'column "{name}" must appear in the GROUP BY clause or be used in an aggregate function'
                )
            orders.append(Order(self.orders[name], key.startswith("-")))
        return orders


def _masked(sql: str) -> str:
    """Return the SQL of what is shown of an aggregate of concealed values."""
    return f"CASE WHEN {sql} IS NOT NULL THEN '{MASK}' END"


def _check_numeric(name: str, field: Field) -> None:
    if field.type not in NUMBERS:
        raise internal_error(f"function {name}({field.type}) does not exist")


def _shown(name: str, field: Field, sql: str) -> str:
    """Return the SQL of an aggregate as an answer shows it, cast like values of its field are."""
    if name.startswith("count"):
        if field.type == "json" and name == "countDistinct":
            raise internal_error("could not identify an equality operator for type json")
        text = f"CAST({sql} AS VARCHAR)"
        return {"csv": f"[{text}]", "json": sql}.get(field.type, text)
    if name.startswith("sum"):
        _check_numeric(name, field)
        return sql if field.type == "float" else f"CAST({sql} AS VARCHAR)"
    if field.type in _NO_EXTREME:
        raise internal_error(f"function {name}({field.type}) does not exist")
    return shown(field.type, sql)


def run_aggregate(session: Session, plan: AggregatePlan) -> list[object]:
    """Run a compiled aggregate and return its rows as data."""
    rows = session.rows(plan.sql, plan.parameters)
    return [_row(plan.cells, row) for row in rows]


def _row(cells: list[Cell], values: tuple[object, ...]) -> dict[str, object]:
    row: dict[str, object] = {}
    for cell, value in zip(cells, values, strict=False):
        found = _average(value) if cell.average else value
        if len(cell.path) == 1:
            row[cell.path[0]] = found
        else:
            inner = row.get(cell.path[0])
            if not isinstance(inner, dict):  # the count of all items, where that was asked for as well, gives way
                inner = row[cell.path[0]] = {}
            inner[cell.path[1]] = found
    return row


def _average(value: object) -> str | None:
    assert isinstance(value, list)
    return numeric_quotient(Decimal(value[0]), Decimal(value[1])) if value[0] is not None else None


def numeric_quotient(total: Decimal, count: Decimal) -> str:
    """Return ``total / count`` with the digits that PostgreSQL's numeric division keeps.

    It counts in groups of four decimal digits, and keeps at least 16 significant ones.
    """
    (first, weight), (divisor, divisor_weight) = _leading(total), _leading(count)
    quotient = weight - divisor_weight - (1 if first <= divisor else 0)
    scale = max(16 - quotient * 4, -int(total.as_tuple().exponent), 0)
    context = Context(prec=120, rounding=ROUND_HALF_UP)
    return format(context.quantize(context.divide(total, count), Decimal(1).scaleb(-scale, context)), "f")


def _leading(number: Decimal) -> tuple[int, int]:
    """Return the first group of four digits of ``number``, and its weight: 0 for the group before the point."""
    if not number:
        return 0, 0
    weight = number.adjusted() // 4
    return int(abs(number).scaleb(-4 * weight)), weight


def encoded(rows: list[object]) -> bytes:
    """Return aggregate rows as JSON text."""
    return msgspec.json.encode(rows)
