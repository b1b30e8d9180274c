"""Building statements: parameters, joins along relations, and the rules of those who ask.

Every identifier comes from the schema; whatever a query says is a parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.database.statements import quoted
from scopebox.store.errors import internal_error, invalid
from scopebox.store.query.operators import CROWDED
from scopebox.store.reading.joined import Join, Joins
from scopebox.store.reading.logic import all_of
from scopebox.store.reading.looks import Looks
from scopebox.store.reading.rights import ReadRights, other_side
from scopebox.store.reading.ruled import Ruled
from scopebox.store.reading.rules import Rules
from scopebox.store.schema.schema import scoped

if TYPE_CHECKING:
    from scopebox.errors import DirectusError
    from scopebox.store.query.filters import Filter
    from scopebox.store.reading.compared import Compared
    from scopebox.store.reading.sought import Sought
    from scopebox.store.schema.schema import Collection

MAX_LOOKED_UP: Final = 10
"""Long lists of a statement with many conditions that are subqueries."""
Path = tuple[str, ...]
RuleSql = Callable[["Statement", "Collection", "Filter", str], str]
"""Makes the condition of a rule, which conditions are made of."""


class Statement:
    """The parameters and the table aliases of one statement, and in whose name it reads."""

    def __init__(self, rights: ReadRights, rule_sql: RuleSql) -> None:
        self.rights = rights
        self._rule_sql = rule_sql
        self.parameters: list[object] = []
        self._places: dict[int, str] = {}  # of lists among the parameters
        self._lists = 0
        above = None if rights.unlimited else rights.ruled
        self.ruled = Ruled(bounds.MAX_RULE_CONDITIONS, "one statement", rights.lasting_rules, above)
        self._aliases = 0
        self._cost = 0
        self._parts = 0
        self._calls = 0
        self._looked_up = 0
        self.looks = Looks()
        self.joined: list[str] = []  # tables that are joined
        self.looked_up: list[str] = []  # tables in which keys are looked for
        # Tables whose lists are counted, those in these, and whether for nothing but to show it.
        self.counts: list[tuple[str, str, bool]] = []
        self.key: int | None = None
        self._refusal: DirectusError | None = None

    def refuse(self, error: DirectusError) -> None:
        """Keep what a database would say about this statement; a Directus makes all of a statement before it asks."""
        self._refusal = self._refusal or error

    def check(self) -> None:
        """Raise what a database would say, once the whole statement is made."""
        if self._refusal is not None:
            raise self._refusal

    def parameter(self, value: object) -> str:
        """Take ``value`` in and return its placeholder; a list that was taken in before has one."""
        found = self._places.get(id(value)) if isinstance(value, list) else None
        if found is None:
            self.parameters.append(self.text(value) if isinstance(value, str) else value)
            found = f"${len(self.parameters)}"
            if isinstance(value, list):
                self._places[id(value)] = found
        return found

    def text(self, value: str) -> str:
        """Return a text that goes into a parameter."""
        if "\0" in value:
            self.refuse(internal_error('invalid byte sequence for encoding "UTF8": 0x00'))
        return value

    def key_of_one(self) -> str:
        """Return the placeholder of the key of the one item that is asked for, which is put there when the statement is run."""
        self.key = len(self.parameters)
        return self.parameter(None)

    def visible(self, collection: Collection, alias: str) -> str:
        """Return the condition that the item behind ``alias``, of which nothing is shown, fulfils one of the rules; empty where all do."""
        return Rules(collection, alias, self.rule, self.ruled).visible(self.rights.cases(collection.name))

    def rule(self, collection: Collection, rule: Filter, alias: str) -> str:
        """Return the condition of one rule on the item behind ``alias``."""
        return self._rule_sql(self, collection, rule, alias)

    def call(self) -> None:
        """Count a function of a field; DirectusError 400 for more than a database plans in good time."""
        self._calls += 1
        bounds.count(self._calls, bounds.MAX_FUNCTION_CALLS, "functions of fields in a query", "ask in several queries")

    def count_parts(self, number: int = 1) -> None:
        """Count fields, conditions and sort keys that somebody asks for; DirectusError 400 for more than a database plans in good time.

        It makes room for each of them beside each table.
        """
        self._parts += number
        bounds.count(
            self._parts,
            bounds.MAX_PARTS // max(1, self._cost),
            f"fields, conditions and sort keys in a query with {self._cost - 1} relations",
            "ask in several queries, or along fewer relations",
        )

    def crowds(self) -> bool:
        """Return whether one more list is one of many."""
        self._lists += 1
        return self._lists > CROWDED

    def looks_up(self) -> bool:
        """Return whether one more long list may be a subquery of its own."""
        self._looked_up += 1
        return self._looked_up <= MAX_LOOKED_UP

    @property
    def sought(self) -> tuple[Sought, ...]:
        """The texts that the statement looks through."""
        return self.looks.sought

    @property
    def compared(self) -> Compared | None:
        """The conditions of the statement, if there are more than a few."""
        return self.looks.compared

    @property
    def own_values(self) -> bool:
        """Whether it reads nothing but values of one table, as they are, and compares each with a single value."""
        lists = any(isinstance(value, list) for value in self.parameters)
        return self._aliases == 1 and not (self._calls or self.looks.in_texts or lists)

    def alias(self, cost: int = 1) -> str:
        """Return a table alias that is not used yet. DirectusError 400 for more tables than a database plans in good time."""
        self._aliases += 1
        self._cost += cost
        bounds.count(
            self._cost,
            bounds.MAX_TABLES,
            "relations in one query",
            "every one in a filter or a sort counts, and every count(…) four times",
        )
        self.count_parts(0)
        return f"t{self._aliases}"


class Source:
    """The table of a collection and what is joined to it, one join a path through relations.

    ``everything``: joined items are not held against the rules of the one who asks (for those rules themselves).
    """

    def __init__(
        self, statement: Statement, collection: Collection, *, alias: str = "", everything: bool = False, cost: int = 1
    ) -> None:
        self.statement = statement
        self.schema = statement.rights.schema
        self.collection = collection
        self.alias = alias or statement.alias(cost)
        self.everything = everything
        self.many = False
        self._joined: dict[Path, tuple[str, Collection]] = {(): (self.alias, collection)}
        self._seen: dict[Path, str] = {}
        self._links: dict[
            Path, tuple[str, str]
        ] = {}  # of lists that may be hidden: the key above, and the keys that are referred to
        self.rules = Rules(collection, self.alias, statement.rule, statement.ruled, columns=not alias)
        self._joins: list[str] = []
        self._paths = Joins(collection.name)

    @property
    def sql(self) -> str:
        """The FROM clause."""
        return " ".join([self.rules.table, *self._joins])

    @property
    def alone(self) -> bool:
        """Whether nothing is joined."""
        return not self._joins

    @property
    def key(self) -> str:
        """The SQL of the primary key."""
        return f"{self.alias}.{quoted(self.collection.primary_key.name)}"

    def at(self, path: Path) -> tuple[str, Collection]:
        """Return the alias and the collection at the end of ``path``, which was joined before."""
        return self._joined[path]

    def seen(self, path: Path) -> str:
        """Return the condition that nothing on ``path`` is hidden from the one who asks; empty where nothing can be.

        What is hidden joins as nothing does, so a condition that nothing fulfils needs it.
        """
        parts = [part for end in range(len(path)) if (part := self._seen_at(path[: end + 1]))]
        self.statement.count_parts(len(parts))
        return all_of(parts)

    def _seen_at(self, path: Path) -> str:
        """Return the condition that the end of ``path`` is not hidden; empty where it cannot be.

        What refers to a list is joined once: a subquery in each of many conditions has the database plan for minutes.
        """
        if path in self._links:
            key, links = self._links.pop(path)
            joined = self.statement.alias()
            self.statement.looked_up.append(self.at(path)[1].name)
            self._joins.append(f"LEFT JOIN ({links}) AS {joined} ON {key} = {joined}.link")
            self._seen[path] = f"({self._seen[path]} OR {joined}.link IS NULL)"
        return self._seen.get(path, "")

    def join(self, steps: list[str]) -> Path:
        """Join along ``steps``, as far as they are relations, and return the path that was reached."""
        path: Path = ()
        for step in steps:
            alias, collection = self._joined[path]
            if (*path, step) not in self._joined and not self._add((*path, step), alias, collection):
                break
            path = (*path, step)
        return path

    def _add(self, path: Path, alias: str, collection: Collection) -> bool:
        """Join what the last step of ``path`` leads to; return whether it leads anywhere."""
        relation = self.schema.relation_of(collection.name, path[-1])
        if relation is None:
            return self._add_any(path, alias, collection)
        target = self.schema.all[other_side(relation, collection.name, path[-1])]
        joined = self.statement.alias()
        column = quoted(relation.field)
        if (relation.many, relation.field) == (collection.name, path[-1]):
            above, below, many = column, quoted(target.primary_key.name), False
            alone = f"{alias}.{column} IS NULL"
        else:
            above, below, many, alone = quoted(collection.primary_key.name), column, True, ""
            links = f"SELECT DISTINCT {column} AS link FROM {quoted(target.name)} WHERE {column} IS NOT NULL"  # noqa: S608 - names of the schema
            self._links[path] = f"{alias}.{above}", links
            if not self.many:
                self.statement.looks.join_lists(self._paths)
            self.many = True
        self._paths.add(path, Join(target.name, f"j.{above}", f"j.{below}", many))
        self._join(path, target, joined, f"{alias}.{above} = {joined}.{below}", alone)
        return True

    def _add_any(self, path: Path, alias: str, collection: Collection) -> bool:
        field, scope = scoped(path[-1])
        relation = self.schema.any_relation_of(collection.name, field)
        if relation is None:
            return False
        if scope is None:
            raise invalid("You have to provide a collection scope when sorting or filtering on a many-to-any item")
        target = self.schema.all.get(scope)
        if target is None:
            raise internal_error(f'relation "{scope}" does not exist')
        joined = self.statement.alias()
        place, named = self.statement.parameter(scope), f"{alias}.{quoted(relation.collection_field)}"
        above, below = quoted(field), quoted(target.primary_key.name)
        self._paths.add(path, Join(target.name, _as_text("j", above), _as_text("j", below), many=False))
        on = f"{named} = {place} AND {_as_text(alias, above)} = {_as_text(joined, below)}"
        self._join(path, target, joined, on, f"{named} IS DISTINCT FROM {place} OR {alias}.{quoted(field)} IS NULL")
        return True

    def _join(self, path: Path, target: Collection, joined: str, on: str, alone: str) -> None:
        """Join ``target`` where ``on`` holds; ``alone`` says that there is nothing to be joined, if that is no matter of links.

        A Directus holds what is joined against no rule: who may filter by a field of related items finds out about hidden ones.
        Guests do not.
        """
        rule = ""
        if not self.everything and self.statement.rights.literal:
            rule = self.statement.visible(target, joined)
        if rule:
            shown = f"{joined}.{quoted(target.primary_key.name)} IS NOT NULL"
            on, self._seen[path] = f"{on} AND {rule}", f"({shown} OR {alone})" if alone else shown
        else:
            self._links.pop(path, None)
        self._joined[path] = (joined, target)
        self.statement.joined.append(target.name)
        self._joins.append(f"LEFT JOIN {quoted(target.name)} AS {joined} ON {on}")


def _as_text(alias: str, column: str) -> str:
    return f"CAST({alias}.{column} AS VARCHAR)"
