"""How long the texts of the tables are at most: what decides whether a statement is weighed before the database makes JSON of its rows."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

SHORT: Final = 100  # bytes that any text may have without anybody counting them
UNKNOWN: Final = sys.maxsize
MOST_TABLES: Final = 1_000  # whose lengths are kept
AT_ONCE: Final = 100  # columns that are looked at together: a database plans 990 for 0.3 s, in which it takes 70 MB


@dataclass(frozen=True, slots=True)
class Longest:
    """The ``columns`` of a table that have texts, each with what finds the longest that it ever had, ``source`` with the rest of that statement.

    The database knows of it anyway.
    """

    table: str
    columns: Mapping[str, str]
    source: str

    @property
    def size(self) -> int:
        """About how many characters it has."""
        return 40 * len(self.columns)

    def sql(self, columns: Iterable[str]) -> str:
        """Return the statement that finds the longest text of some of them."""
        return f"SELECT {', '.join([self.columns[name] for name in columns])} {self.source}"


Look = Callable[[Collection[str]], Mapping[str, int]]
"""Finds the longest text of each of some columns."""


@dataclass(slots=True)
class _Table:
    """The longest text of each column that was looked at, and the longest one that was written anywhere ``since`` then."""

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
        self.bytes = 0  # of texts that are longer than most, and of what replaces values, since somebody asked
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

    def exceed(self, longest: Longest, columns: Sequence[str], rows: int, most: int, look: Look) -> bool:
        """Return whether the texts of ``columns`` of a table may have more than ``most`` bytes in so many rows.

        ``look`` finds the longest ones of some columns, at most :data:`AT_ONCE`: of more, texts of any length are taken for possible until
        they are asked for again.
        """
        found = self._tables.get(longest.table)
        size = UNKNOWN if found is None else rows * found.bytes(columns, self._written)
        if found is None or (size > most and (found.since > SHORT or size >= UNKNOWN)):
            known = found.columns if found is not None and found.since <= SHORT else {}
            few = len(longest.columns) <= AT_ONCE
            missing = dict.fromkeys(longest.columns if few else [name for name in columns if name not in known])
            ended = self._ended
            found = _Table({**known, **look([*missing][:AT_ONCE])})
            with self._lock:
                if ended != self._ended:
                    return True
                if len(self._tables) >= MOST_TABLES:
                    self._tables.clear()
                self._tables[longest.table] = found
        return rows * found.bytes(columns, self._written) > most

    def knows(self, longest: Longest, columns: Iterable[str]) -> bool:
        """Return whether all of ``columns`` of a table have been looked at."""
        found = self._tables.get(longest.table)
        return found is not None and found.columns.keys() >= set(columns)
