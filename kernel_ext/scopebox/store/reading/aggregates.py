"""Aggregates and groups: one statement whose rows hold groups and numbers, shown as PostgreSQL's numbers are.

Counts, whole sums and decimals are texts; averages have at least 16 significant digits, as its numeric type has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store.database.database import quoted
from scopebox.store.errors import internal_error
from scopebox.store.query import functions
from scopebox.store.query.functions import check_call, parse_call
from scopebox.store.reading.conditions import Conditions, Order, visible
from scopebox.store.reading.matching import matching
from scopebox.store.reading.quantities import interval, quotient
from scopebox.store.reading.rights import ALL
from scopebox.store.reading.running import FETCHED, listed
from scopebox.store.reading.selection import aggregated_fields
from scopebox.store.reading.source import Source, Statement
from scopebox.store.reading.weights import Scale
from scopebox.store.values.types import MASK, NUMBERS, shown, shown_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.store.database.session import Row, Session
    from scopebox.store.query.query import Query
    from scopebox.store.reading.paging import Window
    from scopebox.store.reading.rights import ReadRights
    from scopebox.store.reading.running import Size
    from scopebox.store.reading.tree import Level
    from scopebox.store.reading.weights import Weights
    from scopebox.store.schema.schema import Field

FUNCTIONS: Final = {
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
"""The aggregate functions by name, each with its SQL."""
_NO_EXTREME: Final = frozenset({"boolean", "json", "uuid"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: where it goes, its SQL on a source, and what makes of its value what is shown."""

    path: tuple[str, ...]
    sql: str
    shows: Callable[[object], object] = lambda value: value


@dataclass(frozen=True, slots=True)
class AggregatePlan:
    """A compiled aggregate. ``large`` is the statement for large texts: a limit that is no number has each of them sorted once."""

    sql: str
    large: str
    parameters: list[object]
    cells: list[Cell]
    weights: Weights | None


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
        self.scale = Scale(level.collection, "max({})")
        self.orders: dict[str, str] = {}

    def plan(self, window: Window) -> AggregatePlan:
        groups = self.level_groups()
        where = None if self.level.compared_last else matching(self.conditions, self.query, self.level)
        for name in groups:
            self._group(name)
        for name, fields in (self.query.aggregate or {}).items():
            for field_ in dict.fromkeys(aggregated_fields(fields)):
                self._aggregate(name, field_)
        by = [str(order) for order in self._orders()]
        if where is None:
            where = matching(self.conditions, self.query, self.level)
        columns = [cell.sql for cell in self.cells] or ["count(*)" if "countAll" in self.orders else "1"]
        found = f"FROM {self.source.sql}{f' WHERE {where}' if where else ''}"
        parts = [f"SELECT {', '.join(columns)} {found}", f"GROUP BY {', '.join(self.groups)}" if self.groups else ""]
        parts += [f"ORDER BY {', '.join(by)}"] if by else []
        place = "" if window.limit is None else self.statement.parameter(window.limit)
        limit, large = (f"LIMIT {place}", f"LIMIT (SELECT {place})") if place else ("", "")
        offset = f"OFFSET {self.statement.parameter(window.offset)}" if window.offset else ""
        self.statement.check()
        hashes = ", ".join(f"hash({group})" for group in self.groups)  # no text is held
        grouped = f"{found} GROUP BY {hashes} ORDER BY 1 DESC {limit}" if hashes else found
        weights = self.scale.weights(None if self.groups else 1, lambda weighed: f"SELECT {weighed} {grouped}")
        sql, large = (" ".join(filter(None, [*parts, limited, offset])) for limited in (limit, large))
        return AggregatePlan(sql, large, self.statement.parameters, self.cells, weights)

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
        when = self.conditions.when(self.level.cases, field.name)
        if when:
            column = f"(CASE WHEN {when} THEN {column} END)"
        raw = functions.part_sql(call.name, column) if call else column
        sql = functions.shown_part(call.name, column) if call else shown_value(field, column)
        self.scale.add(field, column, concealed=False)
        self.groups.append(raw)
        self.orders[name] = raw
        self.cells.append(Cell((call.key if call else name,), sql))

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
        fault = _fault(name, field)
        if fault:
            self._refuse(fault)
            return
        exact = "f" if field.type == "float" and name in {"sum", "avg"} else ""  # compensated: 0.1 ten times is 1
        sql = exact + FUNCTIONS[name].format(self._column(field))
        self.orders[f"{name}.{target}"] = sql
        if field.type == "time" and name.startswith(("sum", "avg")):
            self._interval(name, field)
        elif name.startswith("avg"):
            self._average(name, field)
        else:
            self._plain(name, field, sql)

    def _plain(self, name: str, field: Field, sql: str) -> None:
        extreme, found = name in ("min", "max"), _shown(name, field, sql)
        if extreme:
            self.scale.add(field, self._column(field), concealed=False)
        if field.concealed:  # the least of texts may be an empty one, which is no secret
            found = shown_value(field, sql) if extreme else _masked(found)
        self.cells.append(Cell((name, field.name), found))

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

    def _orders(self) -> list[Order]:
        """Return the order asked for, else that of the first group; the other groups decide where that leaves it open."""
        groups = tuple(dict.fromkeys(self.query.group or ()))
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


def _fault(name: str, field: Field) -> str:
    """Return what PostgreSQL says of an aggregate that there is not for the type of a field, "" where there is one."""
    if field.type == "json" and name == "countDistinct":
        return "could not identify an equality operator for type json"
    numeric = field.type in NUMBERS or field.type == "time"
    missing = not numeric if name.startswith(("sum", "avg")) else name in ("min", "max") and field.type in _NO_EXTREME
    return f"function {name}({field.type}) does not exist" if missing else ""


def _shown(name: str, field: Field, sql: str) -> str:
    """Return the SQL of an aggregate as an answer shows it, cast like values of its field are."""
    if name.startswith("count"):
        text = f"CAST({sql} AS VARCHAR)"
        return {"csv": f"[{text}]", "json": sql}.get(field.type, text)
    if name.startswith("sum"):
        return sql if field.type == "float" else f"CAST({sql} AS VARCHAR)"
    return shown(field.type, sql)


def run_aggregate(session: Session, plan: AggregatePlan, size: Size) -> list[bytes]:
    """Run a compiled aggregate and return its rows as the pieces of a JSON text, as long as ``size`` lets it."""
    large = size.weigh(session, plan.weights, plan.parameters).is_large
    statement, at_once = (plan.large, 1) if large else (plan.sql, FETCHED)

    def written(rows: list[Row]) -> bytes:
        return msgspec.json.encode([_row(plan.cells, row) for row in rows])[1:-1]

    return listed(written, size.batches(session, statement, plan.parameters, _characters, at_once))


def _characters(rows: list[Row]) -> int:
    """Return how many characters the texts of rows have."""
    return sum([len(value) for row in rows for value in row if isinstance(value, str)])


def _row(cells: list[Cell], values: tuple[object, ...]) -> dict[str, object]:
    row: dict[str, object] = {}
    for cell, value in zip(cells, values, strict=False):
        found = cell.shows(value)
        if len(cell.path) == 1:
            row[cell.path[0]] = found
        else:
            inner = row.get(cell.path[0])
            if not isinstance(inner, dict):  # the count of all items, where that was asked for as well, gives way
                inner = row[cell.path[0]] = {}
            inner[cell.path[1]] = found
    return row
