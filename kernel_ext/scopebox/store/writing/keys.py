"""The primary keys that a write is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store import errors, javascript
from scopebox.store.values.casting import key_value
from scopebox.store.values.types import is_uuid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.schema.schema import Collection


def check_keys(collection: Collection, keys: Sequence[object]) -> None:
    """Raise DirectusError 403 for keys that cannot be of the type of the primary key."""
    kind = collection.primary_key.type
    for key in keys:
        if isinstance(key, list | dict):
            raise errors.forbidden()
        if kind == "uuid" and not is_uuid(javascript.text(key)):
            raise errors.forbidden()
        if kind == "integer" and not float(javascript.number(key)).is_integer():
            raise errors.forbidden()


def typed_keys(collection: Collection, keys: Sequence[object]) -> list[object]:
    """Return ``keys`` as the column holds them, without those that are null."""
    return [key_value(collection, key) for key in keys if key is not None]
