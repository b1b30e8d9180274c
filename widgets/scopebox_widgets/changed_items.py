"""What changed between two looks at the same items. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was seen: the rows of a page, and the keys (as text) of all items that the query selects."""

    rows: Sequence[Row]
    keys: frozenset[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """Keys of the new items, changed fields by key, and how many items are no longer there."""

    new: frozenset[str] = frozenset()
    changed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    gone: int = 0

    @property
    def any(self) -> bool:
        """Whether anything changed."""
        return bool(self.new or self.changed or self.gone)


def compare(before: Snapshot, after: Snapshot, key: str) -> Changes:
    """Return what changed; items are told by their field ``key``. Fields are compared where both looks show the item."""
    old = {str(row[key]): row for row in before.rows if key in row}
    changed = {}
    for row in after.rows:
        known = old.get(str(row.get(key)))
        fields = frozenset(name for name, value in row.items() if known and name in known and known[name] != value)
        if fields:
            changed[str(row[key])] = fields
    return Changes(after.keys - before.keys, changed, len(before.keys - after.keys))
