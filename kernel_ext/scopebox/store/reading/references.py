"""References to any collection: one column of texts that are primary keys of several collections."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from scopebox.store import javascript
from scopebox.store.errors import invalid
from scopebox.store.values.types import InputError, typed

if TYPE_CHECKING:
    from scopebox.store.schema.schema import Field

_NUMBERS: Final = ("integer", "float", "decimal")


def referred_key(field: Field, text: str) -> object:
    """Return the value of the primary key ``field`` that ``text`` refers to, None if no item can have such a key.

    DirectusError 400 for a text that is no number where keys are numbers, as in a Directus 11.
    """
    value: object = text
    if field.type in _NUMBERS:
        value = javascript.number(text)
        if isinstance(value, float) and math.isnan(value):
            raise invalid("Invalid numeric value")
    try:
        found = typed(field.held, value)
    except InputError:
        return None
    return None if field.type == "uuid" and found != text else found
