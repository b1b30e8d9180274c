"""Pages about the data: collections, fields, roles, events and the words of queries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from scopebox.notebook.inspection.pages import Code, Page, Rows
from scopebox.store.access.access import role_names
from scopebox.store.access.enough import Need, roles_for
from scopebox.store.access.records import Action
from scopebox.store.query.operators import BY_TYPE
from scopebox.store.reading.aggregate_functions import FUNCTIONS
from scopebox.store.views.fields import ORDINARY, collection_kind, collection_words, field_words
from scopebox.store.views.relations import Relations
from scopebox.store.views.roles import roles_view
from scopebox.store.views.rules import operator_words
from scopebox.text.messages import listed
from scopebox.views.parts import counted
from scopebox.vocabulary import ITEM_EVENTS, LOGICAL, QUANTIFIERS, QUERY_KEYS

if TYPE_CHECKING:
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.store.access.access import Access

_OF_FIELDS: Final[tuple[Action, ...]] = ("create", "read", "update")  # deleting is about items as a whole
_EVERYTHING: Final = ("*", "every field of this level")


def collection_page(box: Sandbox, name: str) -> Page | None:
    """Return the fields of a collection with their types, and who may do what with its items; None if there is none."""
    schema = box.store.schema
    collection = schema.all.get(name)
    if collection is None:
        return None
    relations = Relations.of(schema)
    kind = collection_kind(relations, collection)
    facts = [
        counted(box.store.count(name), "item"),
        *([kind] if kind != ORDINARY else []),
        *collection_words(collection),
    ]
    fields = [
        (field.name, field.type, ", ".join(field_words(relations, collection, field)))
        for field in collection.fields.values()
    ]
    parts = (f"Collection: {', '.join(facts)}.", collection.note, Rows(("field", "type", ""), fields))
    return Page(name, (*parts, _rights(box.store.access, name, get_args(Action))))


def field_page(box: Sandbox, collection: str, name: str) -> Page | None:
    """Return the type of a field, what else there is to know of it, and which roles may read and write it; None if there is none."""
    schema = box.store.schema
    known = schema.all.get(collection)
    field = None if known is None else known.fields.get(name)
    if known is None or field is None:
        return None
    facts = field_words(Relations.of(schema), known, field)
    special = f"Special: {listed(field.special)}." if field.special else ""
    about = f"{', '.join(facts)}." if facts else ""
    return Page(
        f"{collection}.{name}: {field.type}",
        (about, special, field.note, _rights(box.store.access, collection, _OF_FIELDS, name)),
    )


def _rights(access: Access, collection: str, actions: tuple[Action, ...], field: str | None = None) -> Rows:
    """Return which roles may do what; those whose rules are about the user at hand are not among them."""
    fields = frozenset[str]() if field is None else frozenset((field,))
    found = [(action, roles_for(access, (Need(collection, action, fields),))) for action in actions]
    return Rows(("may", "roles"), [(action, listed(roles) if roles else "none") for action, roles in found])


def role_page(box: Sandbox, name: str) -> Page | None:
    """Return what a role may do; None if there is none."""
    access = box.store.access
    if name not in role_names(access) and not any(name in (role.id, role.name) for role in access.roles.values()):
        return None
    return Page(name, (Code(roles_view(access, name).text()),))


def event_page(event: str) -> Page | None:
    """Return when an event fires; None for one that this store never fires."""
    known = next((each for each in ITEM_EVENTS if event == each or event.endswith(f".{each}")), None)
    if known is None:
        return None
    scope = event.removesuffix(known).removesuffix(".")
    where = (
        f"Only for items of {scope}." if scope else f"For items of every collection; articles.{known} is for one alone."
    )
    return Page(event, (f"Fires {ITEM_EVENTS[known]}.", where))


def query_key_page(name: str) -> Page | None:
    """Return what a key of a query says."""
    return Page(name, (f"A key of a query: {QUERY_KEYS[name]}.",)) if name in QUERY_KEYS else None


def filter_key_page(name: str) -> Page | None:
    """Return what a key of a filter says: one that joins filters, or an operator."""
    meaning = {**LOGICAL, **QUANTIFIERS}.get(name)
    if meaning is not None:
        return Page(name, (f"A key of a filter: {meaning}.",))
    types = [type_ for type_, operators in BY_TYPE.items() if name in operators]
    if not types:
        return None
    return Page(
        name, (f"A condition on a field: {operator_words(name)}.", f"Types of fields that have it: {listed(types)}.")
    )


def function_page(name: str) -> Page | None:
    """Return what an aggregate function makes of a field."""
    if name not in FUNCTIONS:
        return None
    return Page(
        name, (f"A function of aggregate, with a field or a list of fields: {FUNCTIONS[name].format('field')} in SQL.",)
    )


def wildcard_page(name: str) -> Page | None:
    """Return what ``*`` stands for among fields."""
    wildcard, meaning = _EVERYTHING
    return Page(name, (f"{meaning.capitalize()}.",)) if name == wildcard else None
