"""Columns of many rows as JSON lists: what one statement takes apart that inserts all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store.reading.weights import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.store.schema.schema import Field
    from scopebox.store.values.rows import Row

MAX_CHARACTER_BYTES: Final = 4
MAX_REWRITTEN: Final = 6  # bytes for one of JSON in a list, which DuckDB writes anew: 1e20 with all its zeros


def packed(field: Field, rows: Sequence[Row]) -> tuple[bytes, int] | None:
    """Return a column of the rows, which share their defaults, as JSON text, and how many bytes the longest of its texts has at most; None where it is null in all.

    As bytes: of a text with a single wide character, every character would take four. A JSON column holds JSON text already, which is
    put in as it is.
    """
    name, default = field.name, rows[0].defaults.get(field.name)
    values = [row.get(name, default) for row in rows]
    if values.count(None) == len(values):
        return None
    text = msgspec.json.encode([*map(_raw, values)] if field.type == "json" else values)
    if field.type not in TEXTS:
        return text, 0
    widest = MAX_REWRITTEN if field.type == "json" else 1 if text.isascii() else MAX_CHARACTER_BYTES
    return text, widest * max(map(len, filter(None, values)), default=0)  # type: ignore[arg-type]


def _raw(value: object) -> object:
    return msgspec.Raw(value.encode()) if isinstance(value, str) else None
