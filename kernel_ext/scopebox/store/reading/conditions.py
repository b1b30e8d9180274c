"""Conditions and orders in SQL: filters, functions of fields, sort keys, search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds, javascript
from scopebox.store.database.statements import quoted
from scopebox.store.errors import internal_error, invalid
from scopebox.store.query import filters, functions, operators
from scopebox.store.query.functions import BY_TYPE, Call, check_call, parse_call
from scopebox.store.query.operators import UnreadableError, check_operator, condition, fulfilled_by_nothing
from scopebox.store.reading.keys import ONE
from scopebox.store.reading.logic import all_of, any_of
from scopebox.store.reading.rights import other_side
from scopebox.store.reading.source import Source
from scopebox.store.schema.schema import scoped
from scopebox.store.values.moment_words import is_special_moment
from scopebox.store.values.types import TIMES, InputError, typed

if TYPE_CHECKING:
    from scopebox.store.query.filters import Filter
    from scopebox.store.reading.rights import Cases
    from scopebox.store.reading.source import Path, Statement
    from scopebox.store.schema.schema import Collection, Field, HeldType, Relation

MAX_FILTERS: Final = 50
_LOGIC = {"_and": all_of, "_or": any_of}
_QUANTIFIERS = ("_some", "_none")


@dataclass(frozen=True, slots=True)
class Order:
    """One key of an order."""

    sql: str
    descending: bool = False
    nulls_last: bool = False
    of: tuple[Collection, Field] | None = field(default=None, compare=False)  # whose values it is about, as they are

    def __str__(self) -> str:
        first = self.descending and not self.nulls_last
        return f"{self.sql} {'DESC' if self.descending else 'ASC'} NULLS {'FIRST' if first else 'LAST'}"


class Conditions:
    """Conditions on the items of one source."""

    def __init__(self, source: Source, *, crowded: bool = False) -> None:
        self.source = source
        self.statement = source.statement
        self._comparisons = 0
        self._crowded = crowded

    def sql(self, filter_: Filter) -> str:
        """Return the SQL of a checked filter; empty if it demands nothing. Raises the 400 of what does not fit the schema."""
        before = self._comparisons
        self._crowded = self._crowded or len(filters.paths(filter_)) > operators.CROWDED
        found = self._all(filter_)
        # Of each condition that has to hold DuckDB makes a filter of its own, which it holds against all others.
        return f"coalesce({found}, FALSE)" if self._comparisons - before > MAX_FILTERS else found

    def _all(self, filter_: Filter) -> str:
        return all_of([self._entry(key, value) for key, value in filter_.items()])

    def _entry(self, key: str, value: object) -> str:
        if key in _LOGIC:
            assert isinstance(value, list)
            if key == "_or" and not all(value):  # one empty filter lets everything through
                return ""
            # A Directus looks into groups inside of a group once it has looked at all else in it.
            inner = {at: any(name in _LOGIC for name in item) for at, item in enumerate(value)}
            found = {at: self._all(value[at]) for at in sorted(inner, key=lambda at: inner[at])}
            parts = [found[at] for at in inner if found[at]]
            return _LOGIC[key](parts) if parts else ""
        self._comparisons += 1
        steps, operator, operand = _unfolded(key, value)
        if steps[0] not in _QUANTIFIERS and not self._is_path(steps):
            if operator is None:
                return ""
            return self._compare(steps[0], (), self.source.collection, operator, operand)
        return self._related(steps, value, operator, operand)

    def _is_path(self, steps: list[str]) -> bool:
        field = self.source.collection.fields.get(steps[0])
        return len(steps) > 1 or (field is not None and field.type == "alias")

    def _related(self, steps: list[str], value: object, operator: str | None, operand: object) -> str:
        """Return a condition on related items. What is no condition demands nothing, and yet joins what it names, as in a Directus."""
        schema, collection = self.source.schema, self.source.collection
        relation = schema.relation_of(collection.name, steps[0])
        if relation is None and schema.any_relation_of(collection.name, scoped(steps[0])[0]) is None:
            return ""
        quantifier = next((step for step in steps if step in _QUANTIFIERS), None)
        if quantifier is not None:
            many = relation is not None and (relation.many, relation.field) != (collection.name, steps[0])
            quantified = relation if many and steps[1] == quantifier else None
            self.source.join(steps[:1] if quantified is not None else steps)
            if operator is None and not (self.source.everything and quantified is not None):
                return ""  # a Directus drops several conditions below a quantifier; in a rule they have to count
            if quantified is None:
                raise invalid(f'"{quantifier}" can only be used with top level relational alias field')
            assert isinstance(value, dict)
            return self._quantified(quantified, quantifier, value[quantifier])
        if operator is None:
            self.source.join(steps)
            return ""
        path, name = self._end(steps)
        found = self._compare(name, path, self.source.at(path)[1], operator, operand)
        return all_of([found, self.source.seen(path)]) if fulfilled_by_nothing(operator, operand) else found

    def _end(self, steps: list[str]) -> tuple[Path, str]:
        """Join along ``steps`` and return the path that was reached, and the field at its end; a list is compared by keys."""
        path = self.source.join(steps[:-1])
        above, collection, name = self.source.at(path[:-1])[1], self.source.at(path)[1], steps[len(path)]
        field, place = collection.fields.get(name), scoped(name)[0]
        if len(path) < len(steps) - 1:
            raise invalid(f'"{collection.name}.{place}" is not a relational field')
        if path and self.source.schema.any_relation_of(collection.name, place) is not None:
            self.source.join(steps)  # says what is missing where no collection is named
            raise internal_error("Cannot read properties of undefined (reading 'type')")
        if field is None or field.type != "alias":
            return path, name
        relation = self.source.schema.relation_of(above.name, path[-1]) if path else None
        if path and relation is None:
            raise internal_error("Cannot read properties of undefined (reading 'primary')")
        path = self.source.join(steps)
        reached = self.source.at(path)[1]
        # A Directus compares what is called like the key of the collection that the relation before the list refers to.
        key = self.source.schema.all[relation.one].primary_key.name if relation else reached.primary_key.name
        if key not in reached.fields:
            raise internal_error("Cannot read properties of undefined (reading 'type')")
        return path, key

    def _quantified(self, relation: Relation, quantifier: str, inner: Filter) -> str:
        children = self.source.schema.all[relation.many]
        source = Source(self.statement, children, everything=self.source.everything)
        self.statement.looked_up.append(children.name)
        column = f"{source.alias}.{quoted(relation.field)}"
        rule = "" if self.source.everything else self.statement.visible(source.collection, source.alias)
        where = all_of([f"{column} IS NOT NULL", Conditions(source, crowded=self._crowded).sql(inner), rule])
        word = "IN" if quantifier == "_some" else "NOT IN"
        return f"{self.source.key} {word} (SELECT {column} FROM {source.sql} WHERE {where})"  # noqa: S608 - names of the schema

    def _compare(self, name: str, path: Path, collection: Collection, operator: str, operand: object) -> str:
        call = parse_call(name)
        field = collection.fields.get(call.field if call else name)
        if field is None or (call is not None and call.name not in BY_TYPE.get(field.type, ())):
            raise invalid(f'Invalid filter key "{name}" on "{collection.name}"')
        if self.source.everything:
            self.statement.ruled.add(operand)
        else:
            self.statement.count_parts()
        type_: HeldType = "integer" if call else field.held
        check_operator(field, operator, call)
        if call is not None and not self.source.everything:
            self.statement.rights.check_open(field)
        column = self.value(field, path, call)
        if operand is ONE:
            return f"{column} = {operators.compared(type_, self.statement.key_of_one())}"
        literal = self.statement.rights.literal and not self.source.everything
        self.statement.looks.add(self.source, path, field.name, operator, operand, literal=literal)
        if type_ in TIMES and is_special_moment(operand):
            self.statement.rights.variables.used.add(str(operand))
        part, parameter = call is not None, self.statement.parameter
        listed = self.statement.ruled.listed if self.source.everything else None
        crowded = self._is_crowded(operator, operand)
        try:
            return condition(
                type_, column, operator, operand, parameter, part=part, literal=literal, crowded=crowded, listed=listed
            )
        except UnreadableError as error:
            self.statement.refuse(error)
            return "FALSE"

    def _is_crowded(self, operator: str, operand: object) -> bool:
        """Return whether a list is one of many, of this filter or of the statement."""
        if operator not in operators.MEMBERSHIPS or not isinstance(operand, list):
            return False
        crowded = self.statement.crowds() or self._crowded
        return crowded and not (len(operand) > operators.LONG and self.statement.looks_up())

    def value(self, field: Field, path: Path, call: Call | None) -> str:
        """Return the SQL of a field at the end of ``path``, or of a function of it, as filters and orders take it."""
        alias, collection = self.source.at(path)
        if call is None:
            return f"{alias}.{quoted(field.name)}"
        self.statement.call()
        if field.type == "alias":
            return self.count(collection, alias, field.name)
        column = f"{alias}.{quoted(field.name)}"
        return functions.list_length(column) if field.type == "json" else functions.part_sql(call.name, column)

    def count(self, collection: Collection, alias: str, name: str, *, shown: bool = False) -> str:
        """Return the SQL of how many visible items the o2m or m2m field ``name`` has."""
        relation = self.source.schema.relation_of(collection.name, name)
        assert relation is not None
        target = self.source.schema.all[other_side(relation, collection.name, name)]
        source = Source(self.statement, target, everything=self.source.everything, cost=bounds.COUNT_COST_TABLES)
        self.statement.counts.append((collection.name, target.name, shown))
        if not self.source.everything:
            self.statement.rights.check_link(relation)
        rule = "" if self.source.everything else self.statement.visible(source.collection, source.alias)
        key = f"{alias}.{quoted(collection.primary_key.name)}"
        where = all_of([f"{source.alias}.{quoted(relation.field)} = {key}", rule])
        return f"(SELECT count(*) FROM {source.sql} WHERE {where})"  # noqa: S608 - names of the schema

    def order(self, key: str) -> Order:
        """Return the order of one sort key, a field at the end of a path through relations or a function of one."""
        descending = key.startswith("-")
        head, bracket, inside = key.removeprefix("-").partition("(")
        *steps, last = head.split(".")
        path, name = self._end([*steps, f"{last}({inside}" if bracket else last])
        collection = self.source.at(path)[1]
        call = parse_call(name)
        field = collection.fields.get(call.field if call else name)
        if field is None:
            raise internal_error(f"column {collection.name}.{name} does not exist")
        self.statement.rights.check_open(field)
        self.statement.count_parts()
        if call is not None:
            check_call(call, field.type)
        elif field.type == "json":
            self.statement.refuse(internal_error("could not identify an ordering operator for type json"))
        return Order(self.value(field, path, call), descending, of=None if call else (collection, field))

    def search(self, text: str, cases: Cases, allowed: list[str]) -> str:
        """Return the condition that one of the allowed fields holds ``text``, each under the rules that show it."""
        text = text.strip() or text
        fields = [
            field for name in allowed if not ((field := self.source.collection.fields[name]).concealed or field.hashed)
        ]
        when = self.source.rules.when
        parts = [all_of([found, when(cases, field.name)]) for field in fields if (found := self._holds(field, text))]
        return any_of(parts) if parts else "FALSE"

    def _holds(self, field: Field, text: str) -> str:
        column = f"{self.source.alias}.{quoted(field.name)}"
        if field.type in {"string", "text"}:
            literal = self.statement.rights.literal
            self.statement.looks.add(self.source, (), field.name, "_icontains", text, literal=literal)
            return condition("text", column, "_icontains", text, self.statement.parameter, literal=literal)
        numeric = field.type in {"integer", "bigInteger", "float", "decimal"}
        if not numeric and field.type != "uuid":
            return ""
        if numeric and javascript.text(javascript.number(text)) != text:
            return ""
        try:
            value = typed(field.held, text)
        except InputError:
            return ""
        self.statement.looks.add(self.source, (), field.name, "_eq", value, literal=True)
        place = self.statement.parameter(value)
        return f"{column} = {f'CAST({place} AS UUID)' if field.type == 'uuid' else place}"


def rule_sql(statement: Statement, collection: Collection, rule: Filter, alias: str) -> str:
    """Return the condition of one rule on the item behind ``alias``. Rules see everything, whoever asks."""
    if not rule:
        return "TRUE"
    own = all(len(path) == 1 and not _leads_on(collection, path[0]) for path in filters.paths(rule))
    source = Source(statement, collection, alias=alias if own else "", everything=True)
    where = Conditions(source).sql(rule) or "TRUE"
    if own:
        return where
    statement.looked_up.append(collection.name)
    key = f"{alias}.{quoted(collection.primary_key.name)}"
    return f"{key} IN (SELECT {source.key} FROM {source.sql} WHERE {where})"  # noqa: S608 - names of the schema


def _leads_on(collection: Collection, name: str) -> bool:
    """Return whether a condition on ``name`` is about other items; a function of a list is about the item itself."""
    field = collection.fields.get(name)
    return field is not None and field.type == "alias"


def _unfolded(key: str, value: object) -> tuple[list[str], str | None, object]:
    """Return the path of a filter with one key an object, its operator and its operand.

    There is no operator where the path ends without one, or in several conditions below a quantifier.
    """
    steps = [key]
    if key.startswith("_") and key not in _QUANTIFIERS:
        return steps, key, value
    while isinstance(value, dict):
        if not value:
            return steps, None, None
        key, value = next(iter(value.items()))
        if key in _LOGIC:
            return steps, None, None
        if key.startswith("_") and key not in _QUANTIFIERS:
            return steps, key, value
        steps.append(key)
    return steps, "_eq", value
