"""What is wrong with the names in a call, by what the schema has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.text.messages import closest, quote, remedy

if TYPE_CHECKING:
    from scopebox.extension.advice.named import Asked
    from scopebox.store.schema.schema import Schema

MAX_TOLD: Final = 5  # names that are not there


def missing_text(schema: Schema, found: Asked, collection: str) -> str:
    """Return which names of a call are not there, each with the one that was probably meant; empty if all are."""
    if collection not in schema.all:
        return f"There is no collection {quote(collection)}; {remedy(collection, schema.collections)}"
    return "\n".join(_missing_field(schema, place, name) for place, name in dict.fromkeys(found.missing[:MAX_TOLD]))


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
