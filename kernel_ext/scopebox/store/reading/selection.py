"""The fields of a query as a tree: what each level selects, and the levels that relations lead to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.errors import forbidden_fields, internal_error, invalid
from scopebox.store.query.filters import paths
from scopebox.store.query.functions import Call, parse_call
from scopebox.store.query.query import RELATIONAL_DEPTH, Deep, Query
from scopebox.store.reading.rights import UNRESTRICTED, Cases, FieldMap, ReadRights, other_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.store.schema.schema import Collection, Relation, Schema

MAX_LEVELS: Final = 100
"""Levels that one query may lead to; wildcards multiply them."""


@dataclass(frozen=True, slots=True)
class Column:
    """One value of an item: the field ``name``, or a function of it, shown as ``key``."""

    key: str
    name: str
    call: Call | None = None
    aliased: bool = False


@dataclass
class Level:
    """One level of the answer: columns and nested levels of one collection."""

    collection: Collection
    query: Query
    path: tuple[str, ...] = ()
    columns: list[Column] = field(default_factory=list)
    nested: list[Nested] = field(default_factory=list)
    cases: Cases = UNRESTRICTED

    @property
    def bare(self) -> bool:
        """Whether nothing of the item itself is asked for: its bare primary key is shown then."""
        return not self.nested and all(column.aliased and column.call is None for column in self.columns)

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


class Selector:
    """Makes the tree of one query, and the map of all the fields it touches."""

    def __init__(self, schema: Schema, rights: ReadRights) -> None:
        self.schema = schema
        self.rights = rights
        self.map = FieldMap(schema)
        self._levels = 0
        self._backlinks = True

    def tree(self, collection: str, query: Query) -> Level:
        """Return the checked tree of ``query`` on ``collection``; raises the 403 of the first field that may not be used."""
        if collection not in self.schema.all:
            self.rights.check((), collection, ())
        self._backlinks = query.backlink
        level = self._level(collection, query, query.selected(), query.deep)
        self._map(level)
        self.map.check(self.rights)
        _decide(level, self.rights)
        return level

    def _level(
        self,
        collection: str,
        query: Query,
        names: Iterable[str],
        deep: Deep,
        *,
        path: tuple[str, ...] = (),
        origin: Relation | None = None,
    ) -> Level:
        self._levels += 1
        if len(path) > RELATIONAL_DEPTH:
            raise invalid("Max relational depth exceeded")
        bounds.count(self._levels, MAX_LEVELS, "levels of related items", "name the fields you need instead of *")
        level = Level(self.schema.all[collection], query, path)
        alias = query.alias
        below: dict[str, list[str]] = {}
        for key in self._expanded(collection, names, alias, None if self._backlinks else origin):
            name = alias.get(key, key)
            root, rest = split_path(key if key in alias else name)
            if (rest is not None and ":" not in root) or self._is_many(collection, name):
                below.setdefault(root, []).extend([] if rest is None else [rest])
            else:
                level.columns.append(_column(key, name, aliased=key in alias))
        for key, parts in below.items():
            self._descend(level, key, parts, deep)
        self._check_dropped(level, below)
        relational = {nested.key for nested in level.nested}
        level.columns = [column for column in level.columns if column.key not in relational]
        return level

    def _check_dropped(self, level: Level, below: Mapping[str, object]) -> None:
        """Refuse a query of which nothing is left but relations that lead nowhere, or where the asker may not go."""
        if below and not level.columns and not level.nested and not self.rights.unlimited:
            raise forbidden_fields(level.collection.name, list(below), level.path)

    def _descend(self, level: Level, key: str, parts: list[str], deep: Deep) -> None:
        name = level.query.alias.get(key, key)
        relation = self.schema.relation_of(level.collection.name, name)
        if relation is None:
            return
        target = other_side(relation, level.collection.name, name)
        if not self.rights.readable(target):
            return
        inner = deep.get(key)
        inner = inner if isinstance(inner, dict) else {}
        query = inner.get("")
        query = query if isinstance(query, Query) else Query()
        below = self._level(target, query, dict.fromkeys(parts), inner, path=(*level.path, key), origin=relation)
        level.nested.append(Nested(key, name, relation, below))

    def _is_many(self, collection: str, name: str) -> bool:
        found = self.schema.all[collection].fields.get(name)
        return found is not None and found.type == "alias"

    def _expanded(
        self, collection: str, names: Iterable[str], alias: Mapping[str, str], origin: Relation | None
    ) -> Iterable[str]:
        """Return ``names`` with ``*`` and ``*.rest`` replaced by the allowed fields."""
        found: dict[str, None] = {}
        for name in names:
            if name == "*":
                found.update(dict.fromkeys(self._all(collection, alias)))
            elif name.startswith("*."):
                for own in self._all(collection, alias):
                    relation = self.schema.relation_of(collection, alias.get(own, own))
                    expands = relation is not None and relation is not origin
                    found[f"{own}{name[1:]}" if expands else own] = None
            else:
                found[name] = None
        return found

    def _all(self, collection: str, alias: Mapping[str, str]) -> list[str]:
        allowed = self.rights.fields(collection)
        return allowed + [key for key, name in alias.items() if name in allowed and key not in allowed]

    def _map(self, level: Level, prefix: tuple[str, ...] = ()) -> None:
        collection = level.collection.name
        self.map.show(prefix, collection)
        for column in level.columns:
            self.map.show(prefix, collection, column.name)
        for nested in level.nested:
            self.map.show(prefix, collection, nested.name)
            self._map(nested.level, (*prefix, nested.key))
        self._map_query(level.query, collection, prefix)

    def _map_query(self, query: Query, collection: str, prefix: tuple[str, ...]) -> None:
        for path in paths(query.filter or {}):
            self.map.use(prefix, collection, path)
        for key in query.sort or ():
            steps = key.removeprefix("-").split(".")
            if query.aggregate is None or steps[0] not in query.aggregate:
                self.map.use(prefix, collection, _sort_steps(key))
        for names in (query.aggregate or {}).values():
            for name in aggregated_fields(names):
                if name != "*":
                    self.map.use(prefix, collection, name.split("."), shown=True)
        for name in query.group or ():
            self.map.use(prefix, collection, name.split("."), shown=True)


def split_path(name: str) -> tuple[str, str | None]:
    """Return the first step of a path and the rest of it, None if there is none.

    ``year(author.joined)`` is the same as ``author.year(joined)``; the dots of a JSON path are its own.
    """
    head, bracket, inside = name.partition("(")
    root, dot, rest = head.partition(".")
    if dot:
        return root, rest + bracket + inside
    root, dot, rest = inside.partition(",")[0].partition(".")
    if bracket and dot:
        return root, f"{head}({inside[len(root) + 1 :]}"
    return name, None


def aggregated_fields(names: object) -> list[str]:
    """Return the names of an aggregate; raises the 500 of what is no list."""
    if not isinstance(names, list):
        raise internal_error("fields is not iterable")
    return [str(name) for name in names]


def _sort_steps(key: str) -> list[str]:
    """Return the path of a sort key; a function may stand around its last field only."""
    key = key.removeprefix("-")
    head, bracket, inside = key.partition("(")
    return [*head.split(".")[:-1], f"{head.split('.')[-1]}({inside}"] if bracket else key.split(".")


def _column(key: str, name: str, *, aliased: bool) -> Column:
    call = parse_call(name)
    if call is None:
        return Column(key, name, aliased=aliased)
    return Column(key if aliased else call.key, call.field, call, aliased=aliased)


def _decide(level: Level, rights: ReadRights) -> None:
    """Decide on every level under which rules its items and fields show."""
    level.cases = rights.cases(level.collection.name, level.requested())
    for nested in level.nested:
        _decide(nested.level, rights)
