"""How long the texts of the tables are at most: what decides whether a statement is weighed before the database makes JSON of its rows."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SHORT: Final = 100  # bytes that any text may have without anybody counting them
UNKNOWN: Final = sys.maxsize
MOST_TABLES: Final = 1_000  # whose lengths are kept


@dataclass(frozen=True, slots=True)
class Longest:
    """The statement that finds the longest text that ``columns`` of a table ever had, from what the database knows of them anyway."""

    table: str
    columns: tuple[str, ...]
    sql: str


@dataclass(slots=True)
class _Table:
    """The longest text of each column, as it was found, and the longest one that was written anywhere ``since`` then."""

    columns: Mapping[str, int]
    since: int = SHORT

    def bytes(self, columns: Sequence[str], written: int) -> int:
        """Return what the texts of ``columns`` have at most in one row, each as often as it is named."""
        least = max(self.since, written)
        return sum([max(self.columns.get(name, UNKNOWN), least) for name in columns])


class Lengths:
    """The longest texts of one database, and how many ``bytes`` were written. They may be taken for longer than they are, never for shorter.

    One writer says what he writes, and when his transaction is over; readers of any thread ask.
    """

    def __init__(self) -> None:
        self.bytes = 0  # of texts that are longer than most, since somebody asked
        self._tables: dict[str, _Table] = {}
        self._written = SHORT  # in the transaction that is open
        self._ended = 0  # transactions that wrote longer texts
        self._lock = threading.Lock()  # around the tables, and the end of a transaction

    def wrote(self, parameters: Sequence[object], longest: int | None = None) -> None:
        """Take in what a statement writes, no text of it longer than ``longest``, if that is told, or its longest parameter.

        Nobody else sees it before the transaction is over, but it may be over any moment then.
        """
        most = longest or 0
        for value in parameters:
            if isinstance(value, str) and len(value) > SHORT:
                size = len(value) if value.isascii() else 4 * len(value)
                self.bytes += size
                most = max(most, size) if longest is None else most
        self.wrote_bytes(most)

    def wrote_bytes(self, most: int) -> None:
        """Take in that a statement writes texts of ``most`` bytes at most."""
        self._written = max(self._written, most)

    def wrote_anything(self) -> None:
        """Take in that texts of any length are written, and any number of them."""
        self.bytes = UNKNOWN
        self.wrote_bytes(UNKNOWN)

    def ended(self) -> None:
        """Take in that the transaction of the writer is over, whatever became of it."""
        if self._written > SHORT:
            with self._lock:
                for table in self._tables.values():
                    table.since = max(table.since, self._written)
                self._ended += 1
                self._written = SHORT

    def forget(self) -> None:
        """Take in that texts were written that nobody told of."""
        with self._lock:
            self._tables.clear()
            self._ended += 1

    def exceed(
        self, table: str, columns: Sequence[str], rows: int, most: int, look: Callable[[], Mapping[str, int]]
    ) -> bool:
        """Return whether the texts of ``columns`` may have more than ``most`` bytes in so many rows; ``look`` finds the longest of each."""
        found = self._tables.get(table)
        size = UNKNOWN if found is None else rows * found.bytes(columns, self._written)
        if found is None or (size > most and (found.since > SHORT or size >= UNKNOWN)):
            ended = self._ended
            found = _Table(look())
            with self._lock:
                if ended != self._ended:
                    return True
                if len(self._tables) >= MOST_TABLES:
                    self._tables.clear()
                self._tables[table] = found
        return rows * found.bytes(columns, self._written) > most
