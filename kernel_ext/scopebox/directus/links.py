"""The relations of a live Directus as references from one collection's field to another collection's key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

Record = Mapping[str, object]

MAX_KEY: Final = 255  # characters


@dataclass(frozen=True, slots=True)
class Link:
    """``field`` of ``many`` holds a key of ``one``; of the collection that the field ``chooser`` names where ``one`` is empty.

    ``listed``: ``one`` has an alias that lists the items which refer to it.
    """

    many: str
    field: str
    one: str = ""
    chooser: str = ""
    allowed: frozenset[str] = frozenset()
    listed: bool = False

    def target(self, item: Record) -> tuple[str, str] | None:
        """Return collection and key, as text, of what ``item`` refers to; None if it refers to nothing."""
        key = item.get(self.field)
        if isinstance(key, bool) or not isinstance(key, str | int) or not 0 < len(str(key)) <= MAX_KEY:
            return None
        if self.one:
            return self.one, str(key)
        chosen = item.get(self.chooser)
        return (chosen, str(key)) if isinstance(chosen, str) and chosen in self.allowed else None


def links(relations: Iterable[Record]) -> list[Link]:
    """Return the references that relations, as snapshots describe them, stand for."""
    found = []
    for record in relations:
        meta = record.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        many, field, one = (record.get(key) for key in ("collection", "field", "related_collection"))
        chooser, allowed = meta.get("one_collection_field"), meta.get("one_allowed_collections")
        if not isinstance(many, str) or not isinstance(field, str):
            continue
        if isinstance(one, str) and one:
            found.append(Link(many, field, one, listed=bool(meta.get("one_field"))))
        elif isinstance(chooser, str) and chooser:
            found.append(Link(many, field, chooser=chooser, allowed=frozenset(_names(allowed))))
    return found


def _names(allowed: object) -> Iterable[str]:
    names = allowed.split(",") if isinstance(allowed, str) else allowed if isinstance(allowed, list) else []
    return (name for name in names if isinstance(name, str))
