"""What tables are about like: how many rows they have, and where their keys stand. It decides between statements that find the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

FRESH_SECONDS: Final = 5.0  # an estimate may be wrong for so long; only speed depends on it
MOST: Final = 1_000  # that are kept
SIZE: Final = (
    "SELECT estimated_size FROM duckdb_tables() "
    "WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ?"
)


class Estimates:
    """What was found out about one database lately. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[Hashable, tuple[float, object]] = {}

    def of(self, name: Hashable, look: Callable[[], object]) -> object:
        """Return what is known under ``name``, which ``look`` finds unless it is known."""
        known = self._known.get(name)
        if known is None or self._clock() - known[0] >= FRESH_SECONDS:
            return self.note(name, look())
        return known[1]

    def note(self, name: Hashable, found: object) -> object:
        """Keep under ``name`` what was ``found``, and return it."""
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[name] = (self._clock(), found)
        return found
