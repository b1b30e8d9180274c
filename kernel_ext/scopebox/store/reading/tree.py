"""The tree of a query: its levels, what each shows of an item, and what it leads to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.store.database.tables import plain
from scopebox.store.errors import internal_error
from scopebox.store.reading.rights import UNRESTRICTED, Cases
from scopebox.vocabulary import LOGICAL

if TYPE_CHECKING:
    from scopebox.store.query.functions import Call
    from scopebox.store.query.query import Query
    from scopebox.store.schema.schema import AnyRelation, Collection, Relation

MAX_KEY_CHARACTERS: Final = 64  # of a key that a database writes: it does so for thousands of rows at a time


@dataclass(frozen=True, slots=True)
class Column:
    """One value of an item: the field ``name``, or a function of it, shown as ``key``."""

    key: str
    name: str
    call: Call | None = None
    aliased: bool = False

    @property
    def made_up(self) -> bool:
        """Whether whoever asks made up the key."""
        return self.aliased or self.call is not None

    @property
    def named(self) -> bool:
        """Whether a statement can show it as ``key``, which comes from the schema and is no long path."""
        return not self.aliased and len(self.key) <= MAX_KEY_CHARACTERS and plain(self.key)


@dataclass
class Level:
    """One level of the answer: columns and nested levels of one collection.

    ``of_any``: it shows items of one of the collections that a relation to any collection leads to.
    """

    collection: Collection
    query: Query
    path: tuple[str, ...] = ()
    columns: list[Column] = field(default_factory=list)
    nested: list[Nested | NestedAny] = field(default_factory=list)
    cases: Cases = UNRESTRICTED
    of_any: bool = False

    @property
    def bare(self) -> bool:
        """Whether nothing of the item itself is asked for: its bare primary key is shown then."""
        aliases = not self.of_any and all(column.aliased and column.call is None for column in self.columns)
        return not self.nested and (aliases or not self.columns)

    @property
    def shown(self) -> list[Column]:
        """The columns that are shown: of an item of any collection none by an alias, as in a Directus 11."""
        return [column for column in self.columns if not column.aliased] if self.of_any else self.columns

    @property
    def compared_last(self) -> bool:
        """Whether the values of the filter are looked at after columns, groups and order.

        A Directus leaves the parts of an ``_and`` and an ``_or`` to its query builder, and joins a filter to rules with an ``_and``.
        """
        return bool(self.cases.rules) or any(key in LOGICAL for key in self.query.filter or ())

    def is_grouped(self, link: str, *, listed: bool) -> bool:
        """Return whether a database refuses to group a level below another, as it does unless the groups hold the primary key.

        Raises the 500 of groups without the ``link`` to the level above, or in a list without what the columns are.
        """
        if self.query.group is None:
            return self.query.aggregate is not None
        groups = {*self.query.group, *([link] if listed else [])}
        if not groups <= {link, *(column.key for column in self.columns)}:
            raise internal_error("Cannot read properties of undefined (reading '0')")
        return self.collection.primary_key.name not in groups

    def requested(self) -> list[str]:
        """Return the names of the fields that are asked for."""
        return [column.name for column in self.columns] + [nested.name for nested in self.nested]


@dataclass
class Nested:
    """A relational field ``name``, shown as ``key``, and the level behind it."""

    key: str
    name: str
    relation: Relation
    level: Level

    @property
    def many(self) -> bool:
        """Whether it is shown as a list."""
        return self.level.collection.name == self.relation.many and self.name != self.relation.field


@dataclass
class NestedAny:
    """A field ``name`` that leads to any of several collections, shown as ``key``, and the levels behind it by collection.

    Collections that the asker may not read have none: their items are not shown.
    """

    key: str
    name: str
    relation: AnyRelation
    levels: dict[str, Level]
