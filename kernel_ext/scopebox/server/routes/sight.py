"""What of the schema somebody may see: the collections, and of each the fields, that any of the permissions reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.errors import forbidden_collection, forbidden_items
from scopebox.store.schema.schema import AnyRelation

if TYPE_CHECKING:
    from scopebox.store.access import Accountability
    from scopebox.store.schema.schema import Relation
    from scopebox.store.store import Store

ALL: Final = "*"
COLLECTIONS: Final = "directus_collections"
FIELDS: Final = "directus_fields"
RELATIONS: Final = "directus_relations"


class Sight:
    """What ``who`` may see of ``store``."""

    def __init__(self, store: Store, who: Accountability) -> None:
        self._schema = store.schema
        self._admin = who.admin
        self._fields: dict[str, set[str]] = {}
        for rule in () if who.admin else store.access.rules_of(who):
            if rule.action == "read":
                self._fields.setdefault(rule.collection, set()).update(rule.fields)

    def _allowed(self, collection: str) -> set[str] | None:
        """Return the fields that may be read of ``collection``; None for no permission at all."""
        return {ALL} if self._admin else self._fields.get(collection)

    def reads(self, collection: str) -> bool:
        """Whether anything of ``collection`` may be read."""
        return self._allowed(collection) is not None

    def reads_field(self, collection: str, field: str) -> bool:
        """Whether ``field`` of ``collection`` may be read."""
        return bool((self._allowed(collection) or set()) & {ALL, field})

    def check_exists(self, collection: str) -> None:
        """Refuse a collection that is not there, whoever asks."""
        if collection not in self._schema.all:
            raise forbidden_collection(collection)

    def check_reads(self, collection: str) -> None:
        """Refuse who has no permission to read ``collection``."""
        if not self.reads(collection):
            raise forbidden_items("read", collection)

    def check_lists(self, collection: str) -> None:
        """Refuse who has no permission to read ``collection``, in the words for a list."""
        if not self.reads(collection):
            raise forbidden_collection(collection)

    def reads_relation(self, relation: Relation | AnyRelation) -> bool:
        """Whether a relation may be seen: with every collection, and both fields, that belong to it."""
        if not self.reads_field(relation.many, relation.field):
            return False
        if isinstance(relation, AnyRelation):
            return all(map(self.reads, relation.allowed))
        one_field = relation.one_field
        return self.reads(relation.one) and (one_field is None or self.reads_field(relation.one, one_field))
