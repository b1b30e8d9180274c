"""What there is to know of collections and their fields, in a few words each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.schema.schema import NO_DEFAULT
from scopebox.store.views.relations import NAME
from scopebox.store.views.rules import rule_words
from scopebox.text.literals import inline
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Archive, Collection, Field
    from scopebox.store.views.relations import Relations

ORDINARY: Final = "collection"  # the kind of most
CHECK: Final = 200  # characters of a check among other words
_FILLED: Final = {
    "uuid": "a random key where none is given",
    "date-created": "set when the item is created", "date-updated": "set when the item is changed",
    "user-created": "who created the item", "user-updated": "who changed the item",
    "role-created": "the role that created the item", "role-updated": "the role that changed the item",
}  # fmt: skip


def collection_kind(relations: Relations, collection: Collection) -> str:
    """Return what kind of collection this is: ``collection`` for most, ``singleton``, ``translations``, ``junction`` or ``system, read-only``."""
    if collection.name in relations.schema.system:
        return "system, read-only"
    if collection.singleton:
        return "singleton"
    found = (relations.schema.relation_of(collection.name, name) for name in collection.fields)
    halves = [half for half in found if half is not None and half.many == collection.name and half.junction_field]
    aliases = [relations.field(half.one, half.one_field) for half in halves]
    if any(alias is not None and "translations" in alias.special for alias in aliases):
        return "translations"
    return "junction" if halves else ORDINARY


def collection_words(collection: Collection) -> list[str]:
    """Return what a snapshot says of the collection as a whole: what its items stand in the order of, when they are archived."""
    words = []
    if collection.sort_field is not None:
        words.append(f"in the order of {clean(collection.sort_field, NAME)}")
    if collection.archive is not None:
        words.append(archive_words(collection.archive))
    return words


def archive_words(archive: Archive) -> str:
    """Return when an item is archived."""
    value = "true" if archive.value is None else inline(archive.value)
    return f"archived if {clean(archive.field, NAME)} is {value}"


def field_words(relations: Relations, collection: Collection, field: Field) -> list[str]:
    """Return what else there is to know of a field: flags, limits, the relation behind it, and what is checked."""
    required = not field.nullable and field.default is NO_DEFAULT and not field.primary_key
    words = [
        "key" if field.primary_key else "",
        "required" if required else "",
        "unique" if field.unique else "",
        "computed by the database" if field.generated else "",
        f"at most {field.max_length} characters" if field.max_length else "",
        f"{field.precision} digits, {field.scale or 0} after the point" if field.precision is not None else "",
        f"= {inline(field.default)}" if field.default is not NO_DEFAULT else "",
        relations.leads_to(collection.name, field.name),
        *(_FILLED.get(flag, "") for flag in field.special),
        "hashed" if field.hashed else "",
        "concealed" if field.concealed else "",
        "the order of the items" if field.name == collection.sort_field else "",
        *_orders(relations, collection, field),
        archive_words(collection.archive) if collection.archive and collection.archive.field == field.name else "",
        f"checked: {rule_words(field.validation, CHECK)}" if field.validation else "",
    ]
    return [word for word in words if word]


def field_sign(relations: Relations, collection: Collection, field: Field) -> str:
    """Return in a word what a field is: a key, the kind of its relation, what it is for, or else its type."""
    signs = {
        "key": field.primary_key,
        "translations": "translations" in field.special and field.type == "alias",
        field.kind: field.kind,
        "sort": field.name == collection.sort_field or (collection.name, field.name) in relations.ordered,
        "archive": collection.archive is not None and field.name == collection.archive.field,
        "hashed": field.hashed,
        "concealed": field.concealed,
        "checked": field.validation,
    }
    return next((sign for sign, given in signs.items() if given), field.type)


def _orders(relations: Relations, collection: Collection, field: Field) -> list[str]:
    """Return the lists that stand in the order of ``field``."""
    return [
        f"the order of {clean(relation.one, NAME)}.{clean(relation.one_field, NAME)}"
        for relation in relations.ordered.get((collection.name, field.name), ())
        if relation.one_field
    ]
