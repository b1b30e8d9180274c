"""The relations of a schema snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import SchemaError
from scopebox.store.schema.schema import RELATION_TO, AnyRelation, Relation
from scopebox.store.sources.snapshot_fields import Record, name_of, part
from scopebox.text.literals import inline
from scopebox.text.messages import MAX_QUOTED_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.text.notes import Notes

TO_ANY: Final = f"{RELATION_TO} any collection"
MAX_ALLOWED: Final = 500  # collections that a relation may lead to
_MAX_LISTED: Final = 100_000  # characters of a list of collections
_DELETE_RULES: Final = {"SET NULL", "CASCADE", "NO ACTION", "RESTRICT", "SET DEFAULT"}


def two_sided(record: Record) -> Iterator[Relation]:
    """Yield the relation that ``record`` describes, if it is one between two collections."""
    meta, column = part(record, "meta"), part(record, "schema")
    many, name, one = str(record["collection"]), str(record["field"]), record.get("related_collection")
    if one is None:
        return
    if not isinstance(one, str):
        raise SchemaError(
            f"relations: {inline(one)} is no name of a collection that {many[:MAX_QUOTED_CHARACTERS]} refers to"
        )
    rule = column.get("on_delete")
    rule = rule.upper() if isinstance(rule, str) and len(rule) <= MAX_QUOTED_CHARACTERS else "NO ACTION"
    yield Relation(
        many=many,
        field=name,
        one=one,
        one_field=name_of(meta.get("one_field")),
        junction_field=name_of(meta.get("junction_field")),
        on_delete=rule if rule in _DELETE_RULES else "NO ACTION",  # type: ignore[arg-type]
        sort_field=name_of(meta.get("sort_field")),
        on_deselect="delete" if meta.get("one_deselect_action") == "delete" else "nullify",
    )


def to_any(record: Record, notes: Notes) -> Iterator[AnyRelation]:
    """Yield the relation that ``record`` describes, if it is one to any of several collections."""
    if record.get("related_collection") is not None:
        return
    meta, many, name = part(record, "meta"), str(record["collection"]), str(record["field"])
    column, allowed = name_of(meta.get("one_collection_field")), meta.get("one_allowed_collections")
    listed = allowed[:_MAX_LISTED].split(",") if isinstance(allowed, str) else allowed
    place = f"{many}.{name}"
    if column is None:
        notes.count(TO_ANY, "the snapshot does not name the field that says which, kept as plain values", place)
        return
    if not isinstance(listed, list):
        notes.count(TO_ANY, "the snapshot names none that it may lead to", place)
        listed = []
    names = dict.fromkeys(entry for entry in listed[:MAX_ALLOWED] if isinstance(entry, str))
    yield AnyRelation(many, name, column, tuple(names))
