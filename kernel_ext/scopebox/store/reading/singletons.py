"""Reading singletons, which have one item, or none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from scopebox_guest import wire

from scopebox.store import javascript
from scopebox.store.schema.schema import NO_DEFAULT
from scopebox.store.values.generated import stamped
from scopebox.store.values.types import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.store.schema.schema import Collection, Field


def one_at_most(query: Mapping[str, object]) -> dict[str, object]:
    """Return ``query`` so that it finds one item at most."""
    limit = javascript.number(query.get("limit", -1))
    return {**query, "limit": 1} if limit == -1 or limit > 1 else {**query}


def defaults(collection: Collection, fields: Sequence[str] | None) -> dict[str, object]:
    """Return what a Directus shows of a singleton without an item: of the named ``fields`` those with a default, and the key as null.

    They are shown as the database keeps them, whoever asks.
    """
    everything = fields is None or "*" in fields
    shown: dict[str, object] = {}
    for field in collection.fields.values():
        if everything or field.name in (fields or ()):
            if field.primary_key:
                shown[field.name] = None
            elif field.default not in (NO_DEFAULT, None):
                shown[field.name] = _default(field)
    return shown


def _default(field: Field) -> object:
    value = field.default
    if stamped(field):
        return "CURRENT_TIMESTAMP"
    if field.type in NUMBERS:
        return javascript.number(value)
    if field.type == "boolean":
        return value not in (0, "0", "false", "")
    if field.type == "json" and isinstance(value, str):
        try:
            return wire.decode_json(value)
        except (msgspec.DecodeError, RecursionError):
            return value
    return ",".join(map(str, value)) if field.type == "csv" and isinstance(value, list) else value
