"""What is wrong with the names in a call, by what the schema has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store.query.operators import OPERATORS
from scopebox.text.messages import closest, quote, remedy

if TYPE_CHECKING:
    from scopebox.extension.advice.needs import Asked
    from scopebox.store.schema.schema import Schema

MAX_TOLD: Final = 5  # names that are not there
_MEANT: Final = {
    "_equals": "_eq", "_equal": "_eq", "_is": "_eq", "_ne": "_neq", "_not": "_neq", "_ge": "_gte", "_le": "_lte", "_like": "_contains",
    "_includes": "_contains", "_startswith": "_starts_with", "_endswith": "_ends_with", "_notnull": "_nnull", "_isnull": "_null",
}  # fmt: skip


def missing_text(schema: Schema, found: Asked, collection: str) -> str:
    """Return which names of a call are not there, each with the one that was probably meant; empty if all are."""
    if collection not in schema.all:
        return f"There is no collection {quote(collection)}; {remedy(collection, schema.collections)}"
    told = [_missing_field(schema, place, name) for place, name in dict.fromkeys(found.missing[:MAX_TOLD])]
    return "\n".join([*told, *(operator_text(name) for name in dict.fromkeys(found.operators[:MAX_TOLD]))])


def operator_text(name: str) -> str:
    """Return which operator of a filter was meant."""
    known = sorted(OPERATORS)
    meant = f"_{name.lstrip('_$')}"
    meant = _MEANT.get(meant, meant) if meant not in OPERATORS else meant
    close = meant if meant in OPERATORS else closest(meant, known)
    return f"{quote(name)} is not an operator of a filter; {f'write {close}' if close else remedy('', known)}"


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
