"""What is wrong with the names in a call, by what the schema has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.query.filters import GEOMETRIES
from scopebox.store.query.operators import BY_TYPE, OF_SECRETS, OPERATORS
from scopebox.text.messages import closest, listed, quote, remedy

if TYPE_CHECKING:
    from scopebox.extension.advice.needs import Asked, Behind
    from scopebox.store.schema.schema import Schema

MAX_TOLD: Final = 5  # names that are not there
_MEANT: Final = {
    "_equals": "_eq", "_equal": "_eq", "_is": "_eq", "_ne": "_neq", "_not": "_neq", "_ge": "_gte", "_le": "_lte", "_like": "_contains",
    "_includes": "_contains", "_startswith": "_starts_with", "_endswith": "_ends_with", "_notnull": "_nnull", "_isnull": "_null",
}  # fmt: skip
_ELSEWHERE: Final = {
    **dict.fromkeys(GEOMETRIES, "compares shapes, which this store does not"),
    "_regex": "is for validations and permissions of payloads, not for filters",
    "_json": "is an operator of Directus 12",
}
"""Operators that there are, but not for the fields of a filter here."""


def missing_text(schema: Schema, found: Asked, collection: str) -> str:
    """Return which names of a call are not there, each with the one that was probably meant; empty if all are."""
    if collection not in schema.all:
        return f"There is no collection {quote(collection)}; {remedy(collection, schema.collections)}"
    told = [_missing_field(schema, place, name) for place, name in dict.fromkeys(found.missing[:MAX_TOLD])]
    return "\n".join([*told, *(_behind(schema, each) for each in dict.fromkeys(found.behind[:MAX_TOLD]))])


def operator_text(name: str, type_: str) -> str:
    """Return which operator of a filter was meant for a field of ``type_``, or what such a field has."""
    known = [each for each in OPERATORS if each in (OF_SECRETS if type_ == "hash" else BY_TYPE.get(type_, OPERATORS))]
    meant = f"_{name.lstrip('_$')}"
    meant = _MEANT.get(meant, meant) if meant not in OPERATORS else meant
    have = f"fields of type {type_} have {listed(known)}"
    if name in _ELSEWHERE:
        return f"{quote(name)} {_ELSEWHERE[name]}; {have}"
    if meant in known:
        return f"{quote(name)} is not an operator of a filter; write {meant}"
    if meant in OPERATORS:
        return f"{quote(meant)} is not for fields of type {type_}; these have {listed(known)}"
    close = closest(meant, known)
    return f"{quote(name)} is not an operator of a filter; {f'did you mean {close}?' if close else have}"


def _behind(schema: Schema, found: Behind) -> str:
    """Return why nothing is reached by a step behind a field, and what could stand there."""
    collection, name, step, condition = found
    several = schema.any_relation_of(collection, name)
    if several is not None and several.allowed:
        place = f"{name}:{several.allowed[0]}.{step}"
        return f"{quote(name)} leads to several collections: say to which one, as in {quote(place)}"
    if condition:
        return operator_text(step, schema.all[collection].fields[name].type)
    return f"{quote(name)} in {collection} is no relation, so nothing stands behind it; write {quote(name)}"


def _missing_field(schema: Schema, collection: str, name: str) -> str:
    if why := schema.why_not(collection, name):
        return why
    known = schema.all[collection].fields
    beginning = [field for field in known if len(name) > 1 and (field.startswith(name) or name.startswith(field))]
    joined = name.replace("_", "").lower()
    same = [field for field in known if field.replace("_", "").lower() == joined]
    meant = (same or [closest(name, known)])[0] or (beginning[0] if len(beginning) == 1 else "")
    close = f"did you mean {meant}?" if meant else remedy("", known)
    return f"There is no field {quote(name)} in {collection}; {close}"
