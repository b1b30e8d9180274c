"""The rules for items in a statement: whether an item fulfils one is found once, however many fields show under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store.database.statements import quoted
from scopebox.store.reading.logic import any_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.store.query.filters import Filter
    from scopebox.store.reading.rights import Cases
    from scopebox.store.reading.ruled import Ruled
    from scopebox.store.schema.schema import Collection


class Rules:
    """The rules that are held against the items of one table; ``rule_sql`` makes the condition of one.

    ``columns``: where fields show under some of them, each becomes a column of the table. A statement that writes has none: there every
    field repeats its rules.
    """

    def __init__(
        self,
        collection: Collection,
        alias: str,
        rule_sql: Callable[[Collection, Filter, str], str],
        ruled: Ruled,
        *,
        columns: bool = False,
    ) -> None:
        self._collection = collection
        self._alias = alias
        self._rule_sql = rule_sql
        self._ruled = ruled
        self._with_columns = columns
        self._columns: dict[str, str] = {}
        self._beginning = "rule_"
        self._made: dict[int, str] = {}  # by the identity of a rule, which the rights keep

    @property
    def table(self) -> str:
        """The table in a FROM clause."""
        table = f"{quoted(self._collection.name)} AS {self._alias}"
        if not self._columns:
            return table
        columns = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in self._columns.items())
        return f"(SELECT {self._alias}.*, {columns} FROM {table}) AS {self._alias}"  # noqa: S608 - names of the schema

    def visible(self, cases: Cases) -> str:
        """Return the condition that an item fulfils one of the rules; empty where all do."""
        if not cases.demanding:
            return ""
        column = self._with_columns and cases.by_fields
        return any_of([self._holds(rule, column=column) for rule in cases.rules])

    def when(self, cases: Cases, name: str) -> str:
        """Return the condition under which the field ``name`` shows; empty if it always does where the item does."""
        numbers = cases.when(name)
        self._ruled.show(len(numbers), len(cases.rules))
        column = self._with_columns
        return any_of([self._holds(cases.rules[number], column=column) for number in numbers]) if numbers else ""

    def _holds(self, rule: Filter, *, column: bool) -> str:
        found = self._made.get(id(rule))
        if found is None:
            found = self._rule_sql(self._collection, rule, self._alias)
            if column:
                name = self._column()
                self._columns[name], found = found, f"{self._alias}.{quoted(name)}"
            self._made[id(rule)] = found
        return found

    def _column(self) -> str:
        """Return a name that no column has yet: all of them begin as no field does."""
        while not self._columns and any(name.lower().startswith(self._beginning) for name in self._collection.fields):
            self._beginning += "_"
        return f"{self._beginning}{len(self._columns)}"
