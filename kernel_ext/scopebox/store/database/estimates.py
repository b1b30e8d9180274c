"""What decides between statements that find the same, and whether rows are counted before: how many rows tables have, and where the first of them end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox.store.database.kept import Kept

if TYPE_CHECKING:
    from collections.abc import Callable

FRESH_SECONDS: Final = 5.0  # a size may be wrong for so long, unless much is written
MANY_BYTES: Final = 2**14  # of texts that are written at once, with which tables may grow by many rows
MOST_TABLES: Final = 1_000  # whose sizes are kept


@dataclass(slots=True)
class End:
    """The ``value`` in an order at which as many rows as were asked for had been found, the last time."""

    value: object


class Estimates:
    """What was found out about one database. Any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sizes: dict[str, tuple[float, int]] = {}
        self._ends: Kept[tuple[str, int], End] = Kept()

    def size(self, table: str, look: Callable[[], int]) -> int:
        """Return the rows of ``table``, which ``look`` finds unless they are known."""
        now = self._clock()
        at, rows = self._sizes.get(table, (now - FRESH_SECONDS, 0))
        if now - at >= FRESH_SECONDS:
            rows = look()
            if len(self._sizes) >= MOST_TABLES:
                self._sizes.clear()
            self._sizes[table] = (now, rows)
        return rows

    def wrote(self, size: int) -> None:
        """Take in that texts of so many bytes were written: where that may be many rows, sizes are looked up anew."""
        if size >= MANY_BYTES:
            self._sizes.clear()

    def end(self, sql: str, rows: int) -> End:
        """Return where the first ``rows`` that a statement finds may end; of no value, where that is not known."""
        found = self._ends.find((sql, rows))
        if found is None:
            found = End(None)
            self._ends.keep((sql, rows), found, len(sql))
        return found
