"""The schema of a store: collections, fields and relations, with Directus's names for types and rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from scopebox.store.schema.records import Records
from scopebox.text.literals import record_text

FieldType = Literal[
    "integer", "bigInteger", "float", "decimal", "string", "text", "boolean",
    "date", "dateTime", "time", "timestamp", "json", "csv", "uuid", "alias",
]  # fmt: skip
FIELD_TYPES: Final = frozenset(FieldType.__args__)  # type: ignore[attr-defined]
HeldType = Literal[FieldType, "integer64"]
"""What a column holds: the type of its field, but for integers of 64 bits."""
DeleteRule = Literal["SET NULL", "CASCADE", "NO ACTION", "RESTRICT", "SET DEFAULT"]
DeselectAction = Literal["nullify", "delete"]


class _Missing:
    """The default of a field that has none (None is a default like any other)."""

    def __repr__(self) -> str:
        return "NO_DEFAULT"


RELATION_TO: Final = "relation to"  # begins what is said of a relation that is not followed
NO_DEFAULT: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Field:
    """One field. ``kind`` is m2o or a2o (to any collection) for a foreign key, o2m, m2m or m2a for an alias, else empty.

    ``wide`` integers have 64 bits, as SQLite keeps them; what is ``generated`` the database of a
    Directus computes, and nobody writes. ``validation`` is the filter that its values have to fulfil, and ``validation_message`` what is said to people where they do not.
    """

    name: str
    type: FieldType
    primary_key: bool = False
    auto_increment: bool = False
    nullable: bool = True
    unique: bool = False
    default: object = NO_DEFAULT
    max_length: int | None = None
    precision: int | None = None
    scale: int | None = None
    wide: bool = False
    generated: bool = False
    special: tuple[str, ...] = ()
    kind: Literal["", "m2o", "a2o", "o2m", "m2m", "m2a"] = ""
    validation: Mapping[str, object] = field(default_factory=dict, hash=False)
    validation_message: str = ""
    note: str = ""

    __repr__ = record_text

    @property
    def held(self) -> HeldType:
        """What its column holds."""
        return "integer64" if self.wide and self.type == "integer" else self.type

    @property
    def hashed(self) -> bool:
        """Whether a hash is kept in the place of what a payload says."""
        return "hash" in self.special and self.type in ("string", "text")

    @property
    def concealed(self) -> bool:
        """Whether its values are shown as a mask, and to nobody as what they are."""
        return "conceal" in self.special or "encrypt" in self.special


@dataclass(frozen=True, slots=True)
class Relation:
    """``many``.``field`` refers to the primary key of ``one``; ``one_field`` is the alias on the other side, if there is one.

    ``junction_field`` is the other foreign key of ``many`` where this is half of a many-to-many or a many-to-any. The items of
    ``one_field`` stand in the order of their ``sort_field``, if there is one; ``on_deselect`` says what becomes of one that is
    taken off the list.
    """

    many: str
    field: str
    one: str
    one_field: str | None = None
    junction_field: str | None = None
    on_delete: DeleteRule = "SET NULL"
    sort_field: str | None = None
    on_deselect: DeselectAction = "nullify"


@dataclass(frozen=True, slots=True)
class AnyRelation:
    """``many``.``field`` refers, as text, to the primary key of an item of the collection that the row names in ``collection_field``.

    ``allowed`` are the collections that it may name. No database knows of such a reference: what it refers to may be gone.
    """

    many: str
    field: str
    collection_field: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Archive:
    """The field that says whether an item is archived, and its values for that; it changes no answer of the API."""

    field: str
    value: str | None = None
    unarchive_value: str | None = None
    app_filter: bool = True


@dataclass(frozen=True, slots=True)
class Collection:
    """One collection: its fields by name, in order. With ``tracking`` its updates fire the events of the revision snapshot.

    A ``singleton`` has one item at most. Where a query has no order of its own, items stand in that of ``sort_field``.
    """

    name: str
    fields: dict[str, Field]
    tracking: bool = True
    note: str = ""
    singleton: bool = False
    sort_field: str | None = None
    archive: Archive | None = None

    @property
    def primary_key(self) -> Field:
        """The field that holds the primary key."""
        return next(entry for entry in self.fields.values() if entry.primary_key)


@dataclass(frozen=True, slots=True)
class Schema:
    """Collections by name, and the relations between them. Immutable: a change makes a new one.

    ``system`` are those of its system collections that relations lead to, with the fields that a project adds to them, and
    ``system_relations`` lie among these. ``all`` has the collections of both kinds. ``unfollowed`` says of collections, and of fields
    as ``collection.field``, why the store does not have what its source has there, and ``records`` are its own words.
    """

    collections: dict[str, Collection] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    any_relations: tuple[AnyRelation, ...] = ()
    system: dict[str, Collection] = field(default_factory=dict)
    system_relations: tuple[Relation, ...] = ()
    unfollowed: Mapping[str, str] = field(default_factory=dict, repr=False)
    records: Records = field(default_factory=Records, repr=False, compare=False)
    all: dict[str, Collection] = field(init=False, repr=False, compare=False)
    _sides: dict[tuple[str, str | None], Relation] = field(init=False, repr=False, compare=False)
    _any: dict[tuple[str, str], AnyRelation] = field(init=False, repr=False, compare=False)
    _from: Mapping[str, list[Relation]] = field(init=False, repr=False, compare=False)
    _to: Mapping[str, list[Relation]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sides: dict[tuple[str, str | None], Relation] = {}
        for relation in (*self.relations, *self.system_relations):
            sides.setdefault((relation.many, relation.field), relation)
            sides.setdefault((relation.one, relation.one_field), relation)
        object.__setattr__(self, "all", {**self.collections, **self.system})
        object.__setattr__(self, "_sides", sides)
        object.__setattr__(self, "_any", {(entry.many, entry.field): entry for entry in self.any_relations})
        object.__setattr__(self, "_from", _grouped(self.relations, lambda relation: relation.many))
        object.__setattr__(self, "_to", _grouped(self.relations, lambda relation: relation.one))

    def relation_of(self, collection: str, name: str) -> Relation | None:
        """The relation behind the m2o, o2m, m2m or m2a field ``name`` of ``collection``, seen from either side."""
        return self._sides.get((collection, name))

    def relations_from(self, collection: str) -> Sequence[Relation]:
        """Those of the relations whose items that refer to others are in ``collection``, in their order."""
        return self._from.get(collection, ())

    def relations_to(self, collection: str) -> Sequence[Relation]:
        """Those of the relations that lead to items of ``collection``, in their order."""
        return self._to.get(collection, ())

    def why_not(self, collection: str, *names: str) -> str:
        """Return what ``unfollowed`` says of the fields ``names`` of ``collection``; empty for nothing."""
        places = [f"{collection}.{name}" for name in names]
        return "; ".join(f"{place}: {self.unfollowed[place]}" for place in places if place in self.unfollowed)

    def leads_nowhere(self, collection: str, name: str) -> str:
        """Return why nothing stands behind the field ``name`` of ``collection``, as in the source; empty if nothing stands there."""
        found = self.why_not(collection, name)
        return found if name not in self.all[collection].fields or f": {RELATION_TO}" in found else ""

    def any_relation_of(self, collection: str, name: str) -> AnyRelation | None:
        """The relation to any collection behind the a2o field ``name`` of ``collection``."""
        return self._any.get((collection, name))


def _grouped(relations: Iterable[Relation], side: Callable[[Relation], str]) -> Mapping[str, list[Relation]]:
    found: defaultdict[str, list[Relation]] = defaultdict(list)
    for relation in relations:
        found[side(relation)].append(relation)
    return found


def scoped(step: str) -> tuple[str, str | None]:
    """Return the field of one step of a path, and the collection that it names: ``item:texts`` leads to texts alone."""
    field_, *scope = step.split(":")
    return field_, scope[0] if scope else None


def columns(collection: Collection) -> list[Field]:
    """Return the fields that have a column: all but the aliases."""
    return [field for field in collection.fields.values() if field.type != "alias"]


def sortable(collection: Collection) -> list[str]:
    """Return the names of the fields that items can stand in the order of."""
    return [field.name for field in columns(collection) if field.type != "json"]
