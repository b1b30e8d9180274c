"""The schema of a store: its collections, their fields, the relations between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.views.fields import ORDINARY, collection_kind, collection_words, field_words
from scopebox.store.views.relations import Relations, ends, every, relations_table
from scopebox.text.messages import listed
from scopebox.views.parts import Fold, Line, Part, Table, View, counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.store.schema.schema import Collection, Schema

MAX_COLLECTIONS: Final = 100  # that are listed
MAX_FIELDS: Final = 600  # of all collections that are listed
MAX_FIELDS_EACH: Final = 200
ONE: Final = "%sandbox schema COLLECTION shows one of them."


def schema_view(schema: Schema, counts: Mapping[str, int], notes: Sequence[str]) -> View:
    """Return all collections with their kind, their fields and relations, and what of a project was skipped.

    ``counts`` says how many items each collection has.
    """
    relations = Relations.of(schema)
    shown = list(schema.all.values())[:MAX_COLLECTIONS]
    noted = any(collection.note for collection in shown)
    rows = [
        (
            collection.name,
            collection_kind(relations, collection),
            counts.get(collection.name, ""),
            ", ".join(collection_words(collection)),
            *((collection.note,) if noted else ()),
        )
        for collection in shown
    ]
    columns = ("collection", "kind", "items", "", *(("note",) if noted else ()))
    parts = (
        Table("Collections", columns, rows, len(schema.all) - len(shown), empty="none yet", wrapped=(3, 4)),
        relations_table("Relations", every(schema)),
        *_folded(relations, [collection for collection in shown if collection.name not in schema.system]),
    )
    system = (Line(f"The fields of {listed(list(schema.system))}: {ONE}", "muted"),) if schema.system else ()
    return View((*parts, *system, *_warnings(notes)), schema)


def collection_view(
    schema: Schema, collection: Collection, items: int, notes: Sequence[str] = (), *, shown: object = None
) -> View:
    """Return one collection: its fields, the relations that lead from it and to it, and what of it was skipped.

    ``shown`` is the object that the view is of.
    """
    relations = Relations.of(schema)
    kind = collection_kind(relations, collection)
    words = [kind] if kind != ORDINARY else []
    caption = ", ".join([f"{collection.name}: {counted(items, 'item')}", *words, *collection_words(collection)])
    parts: list[Part] = [_fields(relations, collection, caption)]
    if collection.note:
        parts.append(Line(collection.note, "muted"))
    name = collection.name
    known = [*every(schema), *schema.system_relations]
    from_it = [relation for relation in known if relation.many == name]
    to_it = [relation for relation in known if relation.many != name and name in ends(relation)]
    parts += [
        relations_table(words, found)
        for words, found in (("Relations from it", from_it), ("Relations to it", to_it))
        if found
    ]
    return View((*parts, *_warnings([note for note in notes if _about(note, name)])), shown or collection)


def _about(note: str, name: str) -> bool:
    """Return whether a note names the collection, or a field of it among others."""
    return note.startswith((f"{name}.", f"{name}:")) or f" {name}." in note or f"({name}." in note


def _folded(relations: Relations, collections: Sequence[Collection]) -> list[Part]:
    """Return the fields of each collection, as long as there are not too many."""
    parts: list[Part] = []
    left = MAX_FIELDS
    for at, collection in enumerate(collections):
        left -= min(len(collection.fields), MAX_FIELDS_EACH)
        if left < 0:
            return [*parts, Line(f"The fields of {counted(len(collections) - at, 'more collection')}: {ONE}", "muted")]
        parts.append(
            Fold(f"{collection.name}: {counted(len(collection.fields), 'field')}", _fields(relations, collection))
        )
    return parts


def _fields(relations: Relations, collection: Collection, caption: str = "") -> Table:
    fields = list(collection.fields.values())[:MAX_FIELDS_EACH]
    noted = any(field.note for field in fields)
    rows = [
        (
            field.name,
            field.type,
            ", ".join(field_words(relations, collection, field)),
            *((field.note,) if noted else ()),
        )
        for field in fields
    ]
    columns = ("field", "type", "", *(("note",) if noted else ()))
    return Table(caption, columns, rows, len(collection.fields) - len(fields), wrapped=(2, 3))


def _warnings(notes: Sequence[str]) -> tuple[Line, ...]:
    return tuple(Line(note, "warning") for note in notes)
