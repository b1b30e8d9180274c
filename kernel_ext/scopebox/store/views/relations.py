"""Relations in words, seen from either side."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store.schema.schema import AnyRelation
from scopebox.text.messages import listed
from scopebox.text.visible import clean
from scopebox.views.parts import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scopebox.store.schema.schema import Field, Relation, Schema

NAME: Final = 80  # characters of a name among other words
MAX_ROWS: Final = 200  # relations of a table
_COLUMNS: Final = ("field", "leads to", "other side", "on delete", "")
_ON_DELETE: Final = {
    "SET NULL": "null", "CASCADE": "deleted", "NO ACTION": "refused", "RESTRICT": "refused", "SET DEFAULT": "default",
}  # fmt: skip

Place = tuple[str, str | None]  # a collection and a field


@dataclass(frozen=True, slots=True)
class Relations:
    """The relations of a schema, those to any of several collections and the orders of lists by the fields that they are about."""

    schema: Schema
    to_any: dict[Place, AnyRelation]
    ordered: dict[Place, list[Relation]]

    @classmethod
    def of(cls, schema: Schema) -> Relations:
        """Return the relations of ``schema``."""
        ordered: dict[Place, list[Relation]] = defaultdict(list)
        for relation in schema.relations:
            if relation.sort_field is not None:
                ordered[relation.many, relation.sort_field].append(relation)
        return cls(schema, {(entry.many, entry.field): entry for entry in schema.any_relations}, ordered)

    def field(self, collection: str, name: str | None) -> Field | None:
        """Return the field of that name, if there is one."""
        found = self.schema.all.get(collection)
        return None if found is None or name is None else found.fields.get(name)

    def leads_to(self, collection: str, name: str) -> str:
        """Return where the field ``name`` of ``collection`` leads: ``→ authors``, ``← comments.article``; empty for a plain value."""
        to_any = self.to_any.get((collection, name))
        if to_any is not None:
            return f"→ any of {listed(to_any.allowed)}, as {clean(to_any.collection_field, NAME)} says"
        relation = self.schema.relation_of(collection, name)
        if relation is None:
            return ""
        if (relation.many, relation.field) == (collection, name):
            return f"→ {clean(relation.one, NAME)}"
        return self._list(relation)

    def _list(self, relation: Relation) -> str:
        """Return what the list on the one side of ``relation`` holds."""
        between = clean(relation.many, NAME)
        beyond = relation.junction_field
        to_any = self.to_any.get((relation.many, beyond))
        if to_any is not None:
            return f"↔ any of {listed(to_any.allowed)}, by {between}"
        far = self.schema.relation_of(relation.many, beyond) if beyond else None
        alias = self.field(relation.one, relation.one_field)
        if far is None or alias is None:
            return f"← {between}.{clean(relation.field, NAME)}"
        if "translations" in alias.special:
            return f"← {between}.{clean(relation.field, NAME)}, one for each of {clean(far.one, NAME)}"
        return f"↔ {clean(far.one, NAME)}, by {between}"


def every(schema: Schema) -> list[Relation | AnyRelation]:
    """Return the relations of a project, those to any of several collections last."""
    return [*schema.relations, *schema.any_relations]


def ends(relation: Relation | AnyRelation) -> tuple[str, ...]:
    """Return the collections that a relation leads to."""
    return relation.allowed if isinstance(relation, AnyRelation) else (relation.one,)


def relations_table(caption: str, relations: Iterable[Relation | AnyRelation]) -> Table:
    """Return a row for each of ``relations``: both its ends, what happens when an item is deleted, and the order of the list."""
    given = list(relations)
    rows = [_row(relation) for relation in given[:MAX_ROWS]]
    return Table(caption, _COLUMNS, rows, len(given) - len(rows), wrapped=(1, 4))


def _row(relation: Relation | AnyRelation) -> tuple[str, ...]:
    start = f"{relation.many}.{relation.field}"
    if isinstance(relation, AnyRelation):
        return (
            start,
            f"any of {listed(relation.allowed)}",
            "",
            "stays",
            f"{relation.collection_field} names it",
        )
    back = "" if relation.one_field is None else f"{relation.one}.{relation.one_field}"
    rest = [
        f"with {relation.junction_field}" if relation.junction_field else "",
        f"in the order of {relation.sort_field}" if relation.sort_field else "",
        "deleted when off the list" if relation.on_deselect == "delete" else "",
    ]
    return start, relation.one, back, _ON_DELETE[relation.on_delete], ", ".join(filter(None, rest))
