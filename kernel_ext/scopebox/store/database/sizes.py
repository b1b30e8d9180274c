"""About how many rows the tables have, which decides between two statements that find the same."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

FRESH_SECONDS: Final = 5.0  # a size may be wrong for so long; only speed depends on it
MOST_TABLES: Final = 1_000  # whose sizes are kept
QUERY: Final = (
    "SELECT estimated_size FROM duckdb_tables() "
    "WHERE database_name = current_database() AND schema_name = 'main' AND table_name = ?"
)


class Sizes:
    """The sizes of the tables of one database, as far as they were asked for lately. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: dict[str, tuple[float, int]] = {}

    def of(self, table: str, look: Callable[[], object]) -> int:
        """Return the rows of ``table``, which ``look`` finds unless they are known."""
        now = self._clock()
        at, rows = self._known.get(table, (now - FRESH_SECONDS, 0))
        if now - at >= FRESH_SECONDS:
            found = look()
            rows = found if isinstance(found, int) else 0
            if len(self._known) >= MOST_TABLES:
                self._known.clear()
            self._known[table] = (now, rows)
        return rows
