"""What one who asks may read: the fields, and the rules for items that the policies add up to.

Forbidden and missing names answer alike, with the names that were asked for and nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.access.item_rules import ItemRules
from scopebox.store.errors import forbidden, forbidden_collection, forbidden_fields, invalid, unfollowed
from scopebox.store.query.functions import field_of
from scopebox.store.reading.ruled import Ruled
from scopebox.store.schema.schema import scoped
from scopebox.store.schema.system import POLICIES

if TYPE_CHECKING:
    from collections.abc import Collection as Group
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from scopebox.errors import DirectusError
    from scopebox.store.access import Access
    from scopebox.store.access.records import AccessRule
    from scopebox.store.access.variables import Variables
    from scopebox.store.query.filters import Filter
    from scopebox.store.schema.schema import AnyRelation, Field, Relation, Schema

ALL = "*"
PERMISSIONS = "permissions"
LONG_RULES: Final = 2_000  # values
_NO_PERMISSIONS = (
    f'{POLICIES} has no field "{PERMISSIONS}" here, since they are no items of the store. GET /permissions/me says what one may do, '
    "store.access in Python what every policy allows"
)
"""Said of a field that a Directus has, whoever asks: nobody has it here."""


@dataclass(frozen=True, slots=True)
class Cases:
    """The rules for the items of one collection: one of ``rules`` has to hold (none: all items are visible).

    ``granted`` holds the fields that each of them grants, ``free`` those that are granted whatever the item.
    """

    rules: tuple[Filter, ...] = ()
    granted: tuple[AbstractSet[str], ...] = ()
    free: frozenset[str] = frozenset({ALL})

    def when(self, name: str) -> tuple[int, ...]:
        """Return the numbers of the rules under which the field ``name`` shows; none: wherever the item does."""
        if ALL in self.free or name in self.free:
            return ()
        numbers = tuple(number for number, names in enumerate(self.granted) if ALL in names or name in names)
        return numbers if len(numbers) < len(self.rules) else ()  # an item shows under one of them anyway

    @property
    def by_fields(self) -> bool:
        """Whether a field shows under some of the rules alone."""
        if len(self.rules) < 2 or ALL in self.free:  # noqa: PLR2004 - two may differ
            return False
        first, *others = self.granted
        return any(names != first and ALL not in names & first for names in others)

    @property
    def demanding(self) -> bool:
        """Whether items have to fulfil one of the rules: an empty one lets all of them through."""
        return bool(self.rules) and all(self.rules)


UNRESTRICTED = Cases()


class ReadRights:
    """What may be done to the collections of a schema, in the name of one who asks.

    ``literal``: the wildcards ``%`` and ``_`` in the texts of the asker stand for themselves. ``guarded``: the order, the groups and
    the functions of concealed fields are refused, because they tell what is in them.
    """

    def __init__(
        self, schema: Schema, access: Access, variables: Variables, *, literal: bool = False, guarded: bool = False
    ) -> None:
        self.schema = schema
        self.literal = literal
        self.guarded = guarded or literal
        self.variables = variables
        self._access = access
        who = variables.accountability
        self.unlimited = who is None or who.admin
        self._ordering: ReadRights | None = None
        self.lasting_rules = access.lasting_rules
        self.ruled = Ruled(bounds.MAX_RULE_CONDITIONS_OF_ALL, "all levels of a query", self.lasting_rules)
        self._permissions: dict[str, list[AccessRule]] = {}
        self._granted: dict[str, dict[str, None]] = {}
        self._cases: dict[tuple[str, frozenset[str]], Cases] = {}
        self._distinct: dict[str, list[tuple[Mapping[str, object], set[str]]]] = {}
        self._parser = ItemRules(variables, self.lasting_rules)
        self._parsed: dict[int, Filter] = {}  # by the identity of a rule of the permissions

    @property
    def has_long_rules(self) -> bool:
        """Whether the rules that were read took so long that what is made of them should not follow at once."""
        return self._parser.values > LONG_RULES

    @property
    def ordering(self) -> ReadRights:
        """The rights under which items stand in order: these, unless others are to."""
        return self._ordering or self

    def ordering_as(self, other: ReadRights) -> ReadRights:
        """Return these rights, under which items stand in no order that tells more than ``other`` may read."""
        self._ordering = other
        return self

    def guard(self) -> ReadRights:
        """Return the same rights for a query that an extension has a hand in."""
        found = ReadRights(self.schema, self._access, self.variables, literal=self.literal, guarded=True)
        return found if self._ordering is None else found.ordering_as(self._ordering)

    def check_open(self, field: Field) -> None:
        """Raise the 400 of a concealed field whose values the asker could find out."""
        if self.guarded and field.concealed:
            raise invalid(
                f'Field with "conceal" special: an extension can neither sort, group nor aggregate by "{field.name}", '
                "nor use functions of it, nor follow it as a relation"
            )

    def check_link(self, relation: Relation | AnyRelation) -> None:
        """Raise the 400 of a relation whose foreign key is concealed: what it leads to would tell the key."""
        self.check_open(self.schema.all[relation.many].fields[relation.field])

    def permissions(self, collection: str) -> list[AccessRule]:
        """Return the permissions that add up for ``collection``."""
        found = self._permissions.get(collection)
        if found is None:
            who = self.variables.accountability
            assert who is not None
            found = self._access.permissions_of(who, collection, "read")
            self._permissions[collection] = found
        return found

    def readable(self, collection: str) -> bool:
        """Return whether any permission opens ``collection``."""
        return self.unlimited or bool(self.permissions(collection))

    def fields(self, collection: str) -> list[str]:
        """Return the allowed fields of ``collection`` that exist, in their order."""
        names = list(self.schema.all[collection].fields)
        if self.unlimited:
            return names
        allowed = self.granted(collection)
        return names if ALL in allowed else [name for name in names if name in allowed]

    def granted(self, collection: str) -> dict[str, None]:
        """Return the names that the permissions grant, :data:`ALL` among them, in the order in which they do."""
        if collection not in self._granted:
            names = (name for permission in self.permissions(collection) for name in permission.fields)
            self._granted[collection] = dict.fromkeys(names)
        return self._granted[collection]

    def check_existence(self, path: tuple[str, ...], collection: str, names: Iterable[str]) -> None:
        """Raise the 403 of the fields that ``collection`` does not have."""
        if collection not in self.schema.all:
            raise forbidden_collection(collection, path, self.schema.unfollowed.get(collection, ""))
        missing = [name for name in names if name not in self.schema.all[collection].fields]
        if missing:
            raise self._missing(collection, missing, path)

    def check(self, path: tuple[str, ...], collection: str, names: Iterable[str]) -> None:
        """Raise the 403 of the fields that ``collection`` does not have or the asker may not use."""
        if collection not in self.schema.all or not self.readable(collection):
            raise forbidden_collection(collection, path, self.schema.unfollowed.get(collection, ""))
        allowed = {*self.fields(collection)}
        missing = [name for name in dict.fromkeys(names) if name not in allowed]
        if missing:
            raise self._missing(collection, missing, path)

    def check_followed(self, collection: str, name: str) -> None:
        """Raise the error of a field that leads somewhere in the project, or in every Directus, and has nothing behind it here."""
        if collection == POLICIES and name == PERMISSIONS:
            raise forbidden(_NO_PERMISSIONS)
        if why := self.schema.leads_nowhere(collection, name):
            raise unfollowed(collection, name, why)

    def _missing(self, collection: str, names: list[str], path: tuple[str, ...]) -> DirectusError:
        if collection == POLICIES and PERMISSIONS in names:
            return forbidden(_NO_PERMISSIONS)
        known = self.schema.all[collection].fields
        why = self.schema.why_not(collection, *(name for name in names if name not in known))
        return forbidden_fields(collection, names, path, why)

    def cases(self, collection: str, requested: Group[str] = ()) -> Cases:
        """Return the rules for items; those that grant none of the ``requested`` fields play no part."""
        if self.unlimited:
            return UNRESTRICTED
        key = collection, frozenset(requested)
        if key not in self._cases:
            self._cases[key] = self._made(*key)
        return self._cases[key]

    def _made(self, collection: str, requested: frozenset[str]) -> Cases:
        rules: list[Filter] = []
        granted: list[AbstractSet[str]] = []
        free: set[str] = set()
        for rule, names in self._rules(collection):
            if not rule:
                free |= names
            if requested and ALL not in names and not names & requested:
                continue
            granted.append(names)
            rules.append(self._filter(rule))
        return Cases(tuple(rules), tuple(granted), frozenset(free))

    def _rules(self, collection: str) -> list[tuple[Mapping[str, object], set[str]]]:
        """Return the different rules of ``collection`` as they are written, with the fields that they grant."""
        if collection not in self._distinct:
            found: dict[str, tuple[Mapping[str, object], set[str]]] = {}
            for permission in self.permissions(collection):
                rule = permission.permissions
                found.setdefault(repr(rule), (rule, set()))[1].update(permission.fields)
            self._distinct[collection] = [*found.values()]
        return self._distinct[collection]

    def _filter(self, rule: Mapping[str, object]) -> Filter:
        if id(rule) not in self._parsed:
            self._parsed[id(rule)] = self._parser.parse(rule)
        return self._parsed[id(rule)]


@dataclass
class FieldMap:
    """Every field that a query touches, by the path it is reached on, in the order Directus collects them."""

    schema: Schema
    shown: dict[tuple[str, ...], tuple[str, dict[str, None]]] = field(default_factory=dict)
    used: dict[tuple[str, ...], tuple[str, dict[str, None]]] = field(default_factory=dict)
    links: list[Relation | AnyRelation] = field(default_factory=list)

    def show(self, path: tuple[str, ...], collection: str, name: str | None = None) -> None:
        """Add a field that is part of the answer (None: the collection as such)."""
        names = self.shown.setdefault(_place(path), (collection, {}))[1]
        if name is not None:
            names[name] = None

    def follow(self, collection: str, name: str) -> None:
        """Add the relation behind a field that is followed."""
        found = self.schema.relation_of(collection, name) or self.schema.any_relation_of(collection, name)
        self.links += [found] if found else []

    def use(self, prefix: tuple[str, ...], collection: str, steps: list[str], *, shown: bool = False) -> None:
        """Add the fields on a path through relations, as it stands in a filter, a sort, an aggregate or a group."""
        part = self.shown if shown else self.used
        path = prefix
        for at, step in enumerate(steps):
            names = part.setdefault(_place(path), (collection, {}))[1]
            field_, scope = scoped(step)
            if scope is not None and self.schema.any_relation_of(collection, field_) is not None:
                names[field_] = None
                self.follow(collection, field_)
                path, collection = (*path, step), scope
                continue
            names[field_of(step)] = None
            relation = self.schema.relation_of(collection, step) if collection in self.schema.all else None
            if relation is not None:
                self.links.append(relation)
                path = (*path, step)
                collection = other_side(relation, collection, step)
            elif at + 1 < len(steps) and (why := self.schema.leads_nowhere(collection, step)):
                raise unfollowed(collection, step, why)

    def check(self, rights: ReadRights) -> None:
        """Raise the error of the first path with a field that may not be used, or of a relation that may not be followed.

        A Directus looks whether there are the fields first, of what is used before what is shown, then whether they may be read, the
        other way round. An extension is not told which of both it is.
        """
        if not rights.literal:
            for path, (collection, names) in (*self.used.items(), *self.shown.items()):
                rights.check_existence(path, collection, names)
        if rights.literal or not rights.unlimited:  # else there is nothing that may not be read
            for path, (collection, names) in (*self.shown.items(), *self.used.items()):
                rights.check(path, collection, names)
        for link in self.links:
            rights.check_link(link)


def _place(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the path under which fields are collected: below an alias without a name a Directus sees the first level once more."""
    return () if path == ("",) else path


def other_side(relation: Relation, collection: str, name: str) -> str:
    """Return the collection that the field ``name`` of ``collection`` leads to."""
    return relation.one if (relation.many, relation.field) == (collection, name) else relation.many
