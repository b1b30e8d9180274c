"""What the first rows of a collection take of memory, whatever is in them: a database makes room for many rows with the first."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from typing import TYPE_CHECKING, Final

from scopebox.store.writing.changes import Insert

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.schema.schema import Collection
    from scopebox.store.writing.changes import Change

KINDS: Final = (1, 2, 5, 17, 49)  # rows with which an index has a kind of nodes more
KIND_BYTES: Final = 2**18  # that the first node of a kind takes
COLUMN_BYTES: Final = 2**12  # that a column takes with its first row


class FirstRows:
    """Counts the rows of the collections of one store into which extensions write; others may have more."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def size(self, session: Session, changes: Sequence[Change]) -> Generator[None, None, int]:
        """Return the bytes that new rows among ``changes`` take because they are the first, in steps: one for each collection that is looked at, once until rows are deleted."""
        found = 0
        for collection, more in _inserted(changes):
            if collection.name not in self._known:
                yield
            found += self._size(session, collection, more)
        return found

    def wrote(self, changes: Sequence[Change]) -> None:
        """Take in that ``changes`` stand."""
        for collection, more in _inserted(changes):
            if collection.name in self._known:
                self._known[collection.name] += more

    def forget(self) -> None:
        """Take in that rows are deleted, and others with them: any collection may be empty again."""
        self._known.clear()

    def _size(self, session: Session, collection: Collection, more: int) -> int:
        there = self._known.get(collection.name)
        if there is None:
            there = self._known[collection.name] = session.count(collection.name)
        kinds = bisect(KINDS, there + more) - bisect(KINDS, there)
        return KIND_BYTES * kinds + (0 if there else COLUMN_BYTES * len(collection.fields))


def _inserted(changes: Sequence[Change]) -> list[tuple[Collection, int]]:
    """Return into which collections ``changes`` insert, and how many rows."""
    collections = {change.collection.name: change.collection for change in changes if isinstance(change, Insert)}
    if len(collections) == len(changes):
        return [(collection, 1) for collection in collections.values()]
    rows = Counter(change.collection.name for change in changes if isinstance(change, Insert))
    return [(collections[name], more) for name, more in rows.items()]
