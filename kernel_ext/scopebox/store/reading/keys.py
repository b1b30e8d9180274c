"""What can be a primary key, and which queries ask for nothing but keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.store import javascript
from scopebox.store.values.types import is_uuid
from scopebox.vocabulary import LOGICAL

if TYPE_CHECKING:
    from scopebox.store.query.query import Query


def asks_for_keys(query: Query, name: str) -> bool:
    """Return whether a query selects by nothing but the primary key, which tells nothing about items."""
    level: list[object] = [query.filter or {}]
    names: set[str] = set()
    while level:
        mappings = [entry for entry in level if isinstance(entry, dict)]
        names.update(key for mapping in mappings for key in mapping if key not in LOGICAL)
        parts = [value for mapping in mappings for key, value in mapping.items() if key in LOGICAL]
        level = [entry for part in parts if isinstance(part, list) for entry in part]
    sorts = {entry.removeprefix("-") for entry in query.sort or ()}
    others = query.search or query.aggregate or query.group or query.alias or query.deep
    return not others and names | sorts <= {name}


def fits_key(type_: str, key: object) -> bool:
    """Return whether ``key`` can be a primary key of this type at all."""
    if type_ == "uuid":
        return isinstance(key, str) and is_uuid(key)
    if type_ in {"integer", "bigInteger"}:
        return isinstance(javascript.number(key), int)
    return isinstance(key, str | int | float) and not isinstance(key, bool)
