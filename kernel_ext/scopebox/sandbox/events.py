"""Events that the notebook emits: names, payloads and their copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


def event_names(event: str, meta: Mapping[str, object] | None) -> tuple[str, ...]:
    """Return the names under which an event fires: itself, then scoped to the collection that ``meta`` names."""
    collection = (meta or {}).get("collection")
    if isinstance(collection, str) and event.startswith("items."):
        return event, f"{collection}.{event}"
    return (event,)


def copied(data: object) -> object:
    """Return a copy of JSON data; TypeError for anything else."""
    return msgspec.json.decode(msgspec.json.encode(data))


def copied_meta(meta: Mapping[str, object] | None) -> dict[str, object]:
    """Return a copy of an event's meta object."""
    data = copied(dict(meta or {}))
    assert isinstance(data, dict)
    return data
