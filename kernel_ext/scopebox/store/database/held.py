"""What extensions have added to the memory that a database holds, and what gives memory back that nobody can see any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import duckdb

from scopebox.errors import LimitError
from scopebox.store.database.allocator import give_back

if TYPE_CHECKING:
    from scopebox.store.database.lengths import Lengths
    from scopebox.store.database.session import Session

LOOK_BYTES: Final = 4 * 2**20  # written by extensions, after which is asked what they take: up to twice as much
MOST_MOVED: Final = 20_000  # rows of a table that are moved at once
# Bytes that are written, by anybody, before they are copied, and that moving copies besides those of extensions.
MOST_COPIED: Final = 16 * 2**20
TRIES: Final = 20  # of a checkpoint: it is refused while anybody reads
EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
PAUSE_SECONDS: Final = 0.005  # between two
HELD: Final = """
    SELECT coalesce(sum(memory_usage_bytes), 0)::BIGINT FROM duckdb_memory()
    WHERE tag IN ('IN_MEMORY_TABLE', 'OVERFLOW_STRINGS', 'ART_INDEX', 'ALLOCATOR', 'TRANSACTION')
"""  # rows, long texts, keys, and what updates have replaced; not what statements work with


@dataclass(eq=False, slots=True)
class Account:
    """Of one instance, which a database in memory shares with its forks.

    ``last``: bytes that were held when somebody looked, ``added`` of these by extensions. Since then they have ``written`` bytes, and
    ``others`` may have written as well. ``lock`` is around all of it: each fork has a writing thread of its own.
    """

    last: int | None = None
    added: int = 0
    written: int = 0
    others: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lacks(self, size: int, most: int) -> bool:
        """Return whether there is no room for ``size`` bytes more, as far as anybody knows without looking."""
        return self.added + self.written + size > most

    def look(self, session: Session) -> None:
        """Find out what extensions added: all of the growth, if nobody else wrote, and not more than they wrote otherwise."""
        held = _held(session)
        growth = held - (self.last or 0)
        self.added = max(0, self.added + (min(growth, self.written) if self.others else growth))
        self.last, self.written, self.others = held, 0, False


class Held:
    """What one database tells the ``account`` of its instance; a file has none.

    Writing threads tell it what they write. What was replaced or deleted takes memory until a checkpoint, which copies the rest: it comes
    when there is no room left for what an extension writes, and before that whenever much was written: it copies again only what has changed.
    """

    def __init__(self, account: Account | None) -> None:
        self.account = account
        self._replaced = False  # whether there may be something to give back
        self._deleted = False  # and whole rows among it
        self._tables: dict[str, str] = {}  # into which extensions wrote, with their keys: SQL names

    def others(self) -> None:
        """Take in that somebody else writes: that counts as nothing of what extensions add."""
        if self.account is not None:
            self.account.others = True

    def note(self, tables: Mapping[str, str] = EMPTY, *, replaced: bool = False, deleted: bool = False) -> None:
        """Take in into which ``tables`` an extension writes, by SQL names with their keys, and whether anybody replaces values or deletes rows."""
        self._tables.update(tables)
        self._replaced |= replaced or deleted
        self._deleted |= deleted

    def admit(self, session: Session, size: int, most: int) -> None:
        """Count ``size`` bytes that an extension is about to write; LimitError where all that extensions added would take more than ``most``.

        Outside of a transaction. Who reads meanwhile is left alone: what cannot be given back because of that still counts.
        """
        account = self.account
        if account is None:
            return
        with account.lock:
            if account.last is None:
                account.last = _held(session)
            if (account.written or account.others) and (
                account.written + size > LOOK_BYTES or account.lacks(size, most)
            ):
                account.look(session)
            if account.lacks(size, most) and (self._replaced or self._deleted):
                self._make_room(session, account, lambda: account.lacks(size, most))
            if account.lacks(size, most):
                raise LimitError(
                    f"What extensions have stored takes {account.added:,} bytes of memory; with these {size:,} bytes it would be more than "
                    f"the {most:,} that are the limit",
                    kind="store",
                    hint="Delete items, start anew with %sandbox reset, or write with box.items, which has no such limit; "
                    "Sandbox(settings=Settings(stored_bytes=BYTES)) raises it.",
                )
            account.written += size

    def tidy(self, session: Session, lengths: Lengths) -> None:
        """Have what was written copied, if it is much, so that there is never more to be copied at once. Outside of a transaction."""
        if lengths.bytes > MOST_COPIED and (self.account is None or self._checkpoint(session, 1)):
            lengths.bytes = 0

    def _make_room(self, session: Session, account: Account, lacks: Callable[[], bool]) -> None:
        """Give back what was replaced and deleted, as far as it takes and nobody reads meanwhile."""
        give_back()
        if self._checkpoint(session):
            self._replaced = False
            account.look(session)
            if lacks() and self._deleted and (account.last or 0) - account.added <= MOST_COPIED:
                self._move(session)
                self._deleted = not self._checkpoint(session)
                account.look(session)

    def _move(self, session: Session) -> None:
        """Move the rows of each table behind those of the last checkpoint: the next one lets go of rows that were deleted only all together."""
        for table, key in self._tables.items():
            found = session.row(f"SELECT count(*) FROM {table}")  # noqa: S608 - a name of the schema
            if found and isinstance(found[0], int) and found[0] <= MOST_MOVED:
                session.execute(f"UPDATE {table} SET {key} = {key}")  # noqa: S608 - names of the schema

    def _checkpoint(self, session: Session, tries: int = TRIES) -> bool:
        """Copy what can be seen, and let go of the rest; False where somebody reads all the time."""
        for number in range(tries):
            if number:
                time.sleep(PAUSE_SECONDS)
            with suppress(duckdb.TransactionException):
                session.execute("CHECKPOINT")
                return True
        return False


def _held(session: Session) -> int:
    found = session.row(HELD)
    return found[0] if found and isinstance(found[0], int) else 0
