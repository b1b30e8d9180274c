"""The version of the store that a plan was made for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.errors import DirectusError
from scopebox.store.javascript import truthy
from scopebox.store.reading.reader import Reader
from scopebox.store.reading.returned import Returned
from scopebox.store.values.rows import EMPTY, Casts, casts_of
from scopebox.store.writing.constraints import checks_of
from scopebox.store.writing.keys import check_keys
from scopebox.store.writing.places import Inside, drive
from scopebox.store.writing.rights import required_of
from scopebox.store.writing.validation import Required

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.store.access import Access
    from scopebox.store.access.records import Action
    from scopebox.store.database.database import Database
    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import AnyRelation, Collection, Relation, Schema
    from scopebox.store.writing.rights import Payload


_NESTED: Final = (dict, list)


@dataclass(frozen=True, slots=True)
class Shape:
    """What planning asks of a collection for every item.

    ``drawn``: its keys come from a sequence. ``checked``: the fields that constraints are about.
    """

    key: str
    drawn: bool
    casts: Casts
    references: tuple[Relation, ...]
    any_references: tuple[AnyRelation, ...]
    aliases: tuple[Relation, ...]
    checked: frozenset[str]

    def nests(self, content: Payload) -> bool:
        """Return whether ``content`` holds related items."""
        for reference in self.references:
            if content.get(reference.field).__class__ in _NESTED:
                return True
        for any_reference in self.any_references:
            if content.get(any_reference.field).__class__ in _NESTED:
                return True
        return bool(self.aliases) and any(relation.one_field in content for relation in self.aliases)

    def refusable(self, given: Payload) -> Mapping[str, object]:
        """Return what ``given`` says about fields with constraints: no more is told of a value that is refused."""
        return {field: given[field] for field in self.checked if field in given} or EMPTY

    def check_key(self, content: Payload) -> None:
        """Raise DirectusError 403 for a key in ``content`` that can be none; what is wrong with its moments is told first."""
        key = content.get(self.key)
        if not key or not truthy(key):
            return
        try:
            check_keys(self.casts.collection, [key])
        except DirectusError:
            self.casts.check_moments(content)
            raise


class StoreVersion:
    """The database with one version of schema and access, and what follows from them."""

    def __init__(self, database: Database, schema: Schema, access: Access) -> None:
        self.database = database
        self.schema = schema
        self.access = access
        self.reader = Reader(database, schema, access)
        self.returned = Returned(schema, access)
        self._shapes: dict[str, Shape] = {}
        self._required: dict[tuple[str, Action], Required] = {}

    def shape(self, collection: Collection) -> Shape:
        """Return the shape of ``collection``."""
        found = self._shapes.get(collection.name)
        if found is None:
            schema, name = self.schema, collection.name
            found = self._shapes[name] = Shape(
                collection.primary_key.name,
                collection.primary_key.auto_increment,
                casts_of(collection),
                tuple(schema.relations_from(name)),
                tuple(relation for relation in schema.any_relations if relation.many == name),
                tuple(relation for relation in schema.relations_to(name) if relation.one_field is not None),
                frozenset(check.name for check in checks_of(schema, collection)),
            )
        return found

    def required(self, collection: Collection, action: Action) -> Required:
        """Return what the columns of ``collection`` demand of a payload."""
        found = self._required.get((collection.name, action))
        if found is None:
            found = self._required[collection.name, action] = required_of(collection, action)
        return found

    def keys_in(
        self,
        session: Session,
        collection: Collection,
        query: Mapping[str, object],
        keys: Sequence[object] | None = None,
        most: int | None = None,
    ) -> list[object]:
        """Return the keys that ``query`` selects, of ``keys`` and the first ``most`` if given; read inside a transaction and told to nobody."""
        reader = Reader(Inside(session), self.schema, self.access)
        return drive(reader.keys(collection.name, query, keys=keys, most=most))
