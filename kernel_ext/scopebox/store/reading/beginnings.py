"""The first items of a large collection by their keys: none has to be looked at that stands behind a key known to be far enough.

Where that key stands is an estimate, and need not be right: as many items as are asked for, all of them before it, are the first ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store.reading.source import all_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.conditions import Order
    from scopebox.store.reading.paging import Window
    from scopebox.store.reading.source import Source

LEAST: Final = 1_024
"""The first keys are looked at together: fewer take no less time."""
MOST: Final = 2**17
"""So many take as long as to look for the keys alone."""
PASSING: Final = 16
"""A condition is hoped to let one of so many items pass."""
_NUMBERS: Final = frozenset({"integer", "bigInteger"})


@dataclass(frozen=True, slots=True)
class Beginning:
    """The statement that finds the first ``rows`` items, of those up to the key that is its last parameter.

    ``key_at`` finds that key, which has to stand at ``place``.
    """

    sql: str
    key_at: str
    place: int
    rows: int

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        return len(self.sql) + len(self.key_at)

    def found(self, session: Session, parameters: Sequence[object]) -> list[Row] | None:
        """Return the rows; None where they are not known to be the first ones."""
        # Each condition has a memory of its own, since another may let more pass.
        key = session.key_at(self.place, self.key_at, self.sql)
        if key is None:
            return None
        rows = session.rows(self.sql, [*parameters, key])
        if len(rows) < self.rows:
            session.no_key_at(self.place, self.sql)
            return None
        return rows


def beginning(
    source: Source, where: str, orders: Sequence[Order], window: Window, rows_where: Callable[[str], str]
) -> Beginning | None:
    """Return how to find the items of a window; None where that takes no less time.

    ``rows_where`` makes the statement of those of its rows that fulfil a condition, which stands in the place of ``where``.
    """
    key = source.key
    by_key = len(orders) == 1 and orders[0].sql == key and source.collection.primary_key.type in _NUMBERS
    place = max(LEAST, _power_of_two(window.offset + (window.limit or 0))) * (PASSING if where else 1)
    if not by_key or not source.alone or not window.limit or place > MOST:
        return None
    [order] = orders
    near = f"{key} {'>=' if order.descending else '<='} ${len(source.statement.parameters) + 1}"
    key_at = f"SELECT {key} FROM {source.sql} ORDER BY {order} LIMIT 1 OFFSET $1"  # noqa: S608 - names of the schema
    return Beginning(rows_where(all_of([where, near])), key_at, place, window.limit)


def _power_of_two(least: int) -> int:
    """Return the first one that is not below ``least``, so that the pages of a list share some."""
    return 1 << (least - 1).bit_length()
