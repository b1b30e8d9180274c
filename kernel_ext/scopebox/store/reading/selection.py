"""The fields of a query as a tree: what each level selects, and the levels that relations lead to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.errors import forbidden_fields, internal_error, invalid
from scopebox.store.query.filters import paths
from scopebox.store.query.functions import parse_call, split_path
from scopebox.store.query.query import RELATIONAL_DEPTH, Deep, Query
from scopebox.store.reading.rights import FieldMap, ReadRights, other_side
from scopebox.store.reading.tree import Column, Level, Nested, NestedAny
from scopebox.store.schema.schema import scoped

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scopebox.store.schema.schema import AnyRelation, Relation, Schema

MAX_LEVELS: Final = 300
"""Levels that one query may lead to; wildcards multiply them."""
MAX_NAMES: Final = 20_000
"""Names that the levels of one query ask for together; wildcards multiply them, too, and so do aliases."""


@dataclass
class Wanted:
    """What is asked for of a relational field: ``names`` of whatever it leads to, or ``scopes``, names by collection."""

    names: list[str] | None = None
    scopes: dict[str, list[str]] | None = None

    def add(self, scope: str | None, name: str | None) -> None:
        """Take in one more path. The first one decides for one of both; DirectusError 500 where a Directus fails itself."""
        if self.names is None and self.scopes is None:
            self.names, self.scopes = ([], None) if scope is None else (None, {})
        if self.names is not None:
            self.names += [name] if scope is None and name is not None else []
        elif self.scopes is not None and scope is not None:
            self.scopes.setdefault(scope, []).extend([] if name is None else [name])
        elif name is not None:
            raise internal_error("relationalStructure[rootField].push is not a function")

    def of(self, scope: str | None) -> Iterable[str]:
        """Return the names that are asked for in one collection (None: behind a relation that leads to one alone)."""
        named = [] if self.scopes is None or scope is None else self.scopes.get(scope, [])
        return dict.fromkeys(named if self.names is None else self.names)


class Selector:
    """Makes the tree of one query, and the map of all the fields it touches."""

    def __init__(self, schema: Schema, rights: ReadRights) -> None:
        self.schema = schema
        self.rights = rights
        self.map = FieldMap(schema)
        self._levels = 0
        self._names = 0
        self._backlinks = True

    def tree(self, collection: str, query: Query) -> Level:
        """Return the checked tree of ``query`` on ``collection``; raises the 403 of the first field that may not be used."""
        if collection not in self.schema.all:
            self.rights.check((), collection, ())
        self._backlinks = query.backlink is not False
        level = self._level(collection, query, query.selected(), query.deep or {})
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
        alias: Mapping[str, str] | None = None,
        path: tuple[str, ...] = (),
        origin: Relation | AnyRelation | None = None,
    ) -> Level:
        """Return one level; ``alias`` stands for that of ``query`` where the level takes it over from the one above."""
        self._levels += 1
        if len(path) > RELATIONAL_DEPTH:
            raise invalid("Max relational depth exceeded")
        bounds.count(self._levels, MAX_LEVELS, "levels of related items", "name the fields you need instead of *")
        level = Level(self.schema.all[collection], query, path, of_any=alias is not None)
        alias = query.alias if alias is None else alias
        below: dict[str, Wanted] = {}
        fields = level.collection.fields
        for key in self._expanded(collection, names, alias, None if self._backlinks else origin):
            # Most are plain columns, and no path has such a name.
            if key in fields and fields[key].type != "alias" and key not in alias:
                level.columns.append(Column(key, key))
                continue
            name = alias.get(key, key)
            root, rest = split_path(key)
            field_, scope = scoped(root) if "(" not in root else (root, None)
            if rest is not None or scope is not None or self._is_many(collection, name):
                below.setdefault(field_, Wanted()).add(scope, rest)
            else:
                level.columns.append(_column(key, name, aliased=key in alias, whole=self.rights.literal))
        for key, wanted in below.items():
            self._descend(level, key, wanted, deep, alias)
        self._check_dropped(level, below)
        relational = {nested.key for nested in level.nested}
        level.columns = [column for column in level.columns if column.key not in relational]
        return level

    def _check_dropped(self, level: Level, below: Mapping[str, object]) -> None:
        """Refuse an extension's query of which nothing is left but paths that lead nowhere, or where it may not go; clients get bare keys."""
        refused = self.rights.literal and not self.rights.unlimited
        if refused and below and not level.columns and not level.nested:
            raise forbidden_fields(level.collection.name, list(below), level.path)

    def _descend(self, level: Level, key: str, wanted: Wanted, deep: Deep, alias: Mapping[str, str]) -> None:
        name = alias.get(key, key)
        relation = self.schema.relation_of(level.collection.name, name)
        if relation is None:
            self._descend_any(level, key, wanted, deep, alias)
            return
        target = other_side(relation, level.collection.name, name)
        if not self.rights.readable(target):
            return
        inner, query = _deeper(deep, key)
        below = self._level(target, query, wanted.of(None), inner, path=(*level.path, key), origin=relation)
        level.nested.append(Nested(key, name, relation, below))

    def _descend_any(self, level: Level, key: str, wanted: Wanted, deep: Deep, alias: Mapping[str, str]) -> None:
        name = alias.get(key, key)
        relation = self.schema.any_relation_of(level.collection.name, name)
        if relation is None:
            self.rights.check_followed(level.collection.name, name)
            return
        levels: dict[str, Level] = {}
        for target in filter(self.rights.readable, relation.allowed):
            place = f"{key}:{target}"
            inner, query = _deeper(deep, place)
            levels[target] = self._level(
                target, query, wanted.of(target), inner, alias=alias, path=(*level.path, place), origin=relation
            )
        level.nested.append(NestedAny(key, name, relation, levels))

    def _is_many(self, collection: str, name: str) -> bool:
        found = self.schema.all[collection].fields.get(name)
        return found is not None and found.type == "alias"

    def _expanded(
        self, collection: str, names: Iterable[str], alias: Mapping[str, str], origin: Relation | AnyRelation | None
    ) -> Iterable[str]:
        """Return ``names`` with ``*`` and ``*.rest`` replaced by the allowed fields; none where no field is allowed at all.

        They are counted before they are made, with those of the levels before.
        """
        if not self.rights.unlimited and not self.rights.granted(collection):
            return ()
        names = [*names]
        stars = sum([name == "*" or name.startswith("*.") for name in names])
        every = self._all(collection, alias) if stars else []
        self._names += len(names) + stars * len(every)
        bounds.count(
            self._names, MAX_NAMES, "names of fields, with those that * stands for", "name the fields you need"
        )
        if not stars:
            return dict.fromkeys(names)
        relations = [(own, self._relation_of(collection, alias.get(own, own))) for own in every]
        expands = {own for own, relation in relations if relation is not None and relation is not origin}
        found: dict[str, None] = {}
        for name in names:
            if name == "*":
                found.update(dict.fromkeys(every))
            elif name.startswith("*."):
                found.update(dict.fromkeys([f"{own}{name[1:]}" if own in expands else own for own in every]))
            else:
                found[name] = None
        return found

    def _relation_of(self, collection: str, name: str) -> Relation | AnyRelation | None:
        return self.schema.relation_of(collection, name) or self.schema.any_relation_of(collection, name)

    def _all(self, collection: str, alias: Mapping[str, str]) -> list[str]:
        allowed = dict.fromkeys(self.rights.fields(collection))
        return [*allowed, *(key for key, name in alias.items() if name in allowed and key not in allowed)]

    def _map(self, level: Level, prefix: tuple[str, ...] = ()) -> None:
        collection = level.collection.name
        self.map.show(prefix, collection)
        for column in level.columns:
            self.map.show(prefix, collection, column.name)
            if column.call is not None and column.call.name == "count":
                written = column.key if column.aliased else f"count({column.name})"
                self._map_counted(column.name, collection, (*prefix, written))
        for nested in level.nested:
            self.map.show(prefix, collection, nested.name)
            self.map.follow(collection, nested.name)
            if isinstance(nested, Nested):
                self._map(nested.level, (*prefix, nested.key))
                continue
            for target, below in nested.levels.items():
                self._map(below, (*prefix, f"{nested.key}:{target}"))
        self._map_query(level.query, collection, prefix)

    def _map_counted(self, name: str, collection: str, path: tuple[str, ...]) -> None:
        """Add the collection whose items a function counts; its path ends with the function as it was written."""
        relation = self.schema.relation_of(collection, name)
        if relation is not None and relation.one == collection:
            self.map.show(path, other_side(relation, collection, name))

    def _map_query(self, query: Query, collection: str, prefix: tuple[str, ...]) -> None:
        for path in paths(query.filter or {}):
            self.map.use(prefix, collection, path)
        for key in (query.group or ())[:1] if query.sort is None and not prefix else query.sort or ():
            steps = [step.removeprefix("-") for step in key.split(".")]
            if query.aggregate is None or steps[0] not in query.aggregate:
                self.map.use(prefix, collection, steps)
        for names in (query.aggregate or {}).values():
            for name in aggregated_fields(names):
                if name != "*":
                    self.map.use(prefix, collection, name.split("."), shown=True)
        for name in query.group or ():
            self.map.use(prefix, collection, name.split("."), shown=True)


def _deeper(deep: Deep, key: str) -> tuple[Deep, Query]:
    """Return what a deep query says about the level behind ``key``: below it, and of itself."""
    inner = deep.get(key)
    inner = inner if isinstance(inner, dict) else {}
    query = inner.get("")
    return inner, query if isinstance(query, Query) else Query()


def aggregated_fields(names: object) -> list[str]:
    """Return the names of an aggregate; raises the 500 of what is no list."""
    if not isinstance(names, list):
        raise internal_error("fields is not iterable")
    return [str(name) for name in names]


def _column(key: str, name: str, *, aliased: bool, whole: bool) -> Column:
    call = parse_call(name, whole=whole)
    if call is None:
        return Column(key, name, aliased=aliased)
    if not call.field:
        raise internal_error("Cannot read properties of null (reading '1')")
    return Column(key if aliased else call.key, call.field, call, aliased=aliased)


def _decide(level: Level, rights: ReadRights) -> None:
    """Decide on every level under which rules its items and fields show."""
    level.cases = rights.cases(level.collection.name, level.requested())
    for nested in level.nested:
        for below in [nested.level] if isinstance(nested, Nested) else nested.levels.values():
            _decide(below, rights)
