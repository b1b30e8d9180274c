"""How much memory a database takes at once for what it sorts and joins, found out before it does.

Each row takes little for each of its sort keys and for each table that it is joined to, but nothing else bounds rows times these. What may
be much is counted, and refused if it is too much. One statement that takes much is run at a time, and rows are taken when their keys have been sorted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.store.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.reading.conditions import Order
    from scopebox.store.reading.paging import Window
    from scopebox.store.reading.sorted_texts import SortedTexts
    from scopebox.store.reading.source import Source
    from scopebox.store.reading.weights import Weights
    from scopebox.store.schema.schema import Field

MOST: Final = 32 * 2**20  # bytes that one statement takes
LIGHT: Final = 12 * 2**20  # bytes that several statements may take at once: two of them in each store
MEMORY_TURN: Final = Lock()  # of those that take more, in all stores
FIRST_ROWS: Final = 5_000  # a database that sorts holds no other rows than so many first ones, if no more are asked for
FEW_VALUES: Final = 20_000  # of these rows that are little in any case
SORTED: Final = 24  # bytes of a row that is sorted, besides its keys
PLACED: Final = 44  # bytes of a row that gets a place among those that the same item became, besides its keys, twice
TEXTS: Final = 32  # bytes more of a row that has texts among its keys
SHOWN: Final = 16  # bytes of a value that is shown
JOINED: Final = 56  # bytes of a row of a table that is joined, but for the largest, whose rows pass by
LOOKED_UP: Final = 48  # bytes of a row in which a key is looked for
COUNTED: Final = 72  # bytes of a row whose list is counted
LISTED: Final = 40  # bytes of a row of such a list, as far as they are not more than lists
_WIDTHS: Final = {"integer": 5, "boolean": 2, "date": 5, "uuid": 17, "decimal": 17, "string": 2, "text": 2, "csv": 2}
_OTHERS: Final = 9


def width(field: Field | None) -> int:
    """Return the bytes of a value of ``field`` as a key, a text besides its own; if that is None, of what a function makes of one."""
    return _OTHERS if field is None else _WIDTHS.get(field.held, _OTHERS)


def check_bytes(taken: int) -> None:
    """Refuse a statement that would take so many bytes, if that is too much; DirectusError 400."""
    if taken > MOST:
        raise invalid(
            f"It would take {taken:,} bytes of memory to sort, group and join the items, {MOST:,} are the limit; sort and group by fewer or "
            "shorter fields, lead along fewer lists, or leave fewer items with a filter"
        )


class Count(NamedTuple):
    """The lists of rows of ``table``, which have those of ``listed``, are counted; ``shown``: nothing else is done with the numbers."""

    table: str
    listed: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """What a statement reads to find rows of a ``table``: those that are ``joined``, those in which keys are ``looked_up``, and ``counts``.

    ``spread``: lists are joined, so that an item becomes several rows. ``late``: what is shown is found of few rows, if it takes much.
    """

    table: str
    joined: tuple[str, ...]
    looked_up: tuple[str, ...]
    counts: tuple[Count, ...]
    spread: bool
    late: bool

    @property
    def size(self) -> int:
        """How many characters it counts as."""
        return 20 * (len(self.joined) + len(self.looked_up) + len(self.counts))

    def rows(self, session: Session, multiplied: int) -> int:
        """Return how many rows there are at most, where several lists make ``multiplied`` of them."""
        own = session.size(self.table)
        return max(multiplied, own + sum(map(session.size, self.joined))) if self.spread else own

    def taken(self, session: Session, multiplied: int = 0, *, late: bool = False) -> int:
        """Return the bytes that are held of the tables; ``late``: if what is shown is found of few rows."""
        size = session.size
        taken = LOOKED_UP * (sum(map(size, self.looked_up)) + (0 if self.spread else multiplied))
        if self.joined:
            sizes = [size(self.table), *map(size, self.joined)]
            taken += JOINED * (sum(sizes) - max(sizes))
        for count in self.counts:
            lists = 0 if late and count.shown else size(count.table)
            taken += COUNTED * lists + LISTED * min(lists, size(count.listed))
        return taken

    def check(self, session: Session) -> bool:
        """Refuse a statement that takes too much, whatever rows it finds, before any are counted; return whether it takes much."""
        taken = self.taken(session, late=self.late)
        check_bytes(taken)
        return taken > LIGHT


def tables_of(source: Source, *, late: bool = False, one: bool = False) -> Tables | None:
    """Return what is read for the rows of ``source``, None if that is its table alone; for ``one`` row no lists of all are counted."""
    statement = source.statement
    counts = () if one else tuple(Count(*count) for count in statement.counts)
    if not (statement.joined or statement.looked_up or counts):
        return None
    return Tables(
        source.collection.name, tuple(statement.joined), tuple(statement.looked_up), counts, source.many, late
    )


@dataclass(frozen=True, slots=True)
class Memory:
    """What a statement holds of its ``tables``, if there are others than its own ``table``, and of the rows that it sorts and shows.

    A row takes ``key`` bytes while it is sorted, and those of the ``texts`` among its keys so many ``times``; no more than the ``first``
    rows are held, if that is told. Of ``limit`` rows ``shown`` bytes are held besides. ``counted`` finds how many rows there are, ``late``
    the same as the statement, and takes rows when their keys have been sorted.
    """

    table: str
    tables: Tables | None
    counted: str
    key: int
    shown: int
    first: int | None
    limit: int | None
    times: int
    texts: SortedTexts | None
    late: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return len(self.counted) + len(self.late) + (self.tables.size if self.tables else 0)

    def changed(self, change: Callable[[str], str]) -> Memory:
        """Return the same with other statements, which ``change`` makes of these."""
        texts = self.texts and replace(self.texts, found=change(self.texts.found))
        return replace(self, counted=change(self.counted), late=change(self.late), texts=texts)

    def is_much(
        self,
        session: Session,
        parameters: Sequence[object],
        weights: Weights | None,
        multiplied: int,
        most: int | None,
    ) -> bool:
        """Refuse what takes too much, and return whether it takes much; DirectusError 400.

        There are ``most`` rows, if that is known, and ``weights`` tell what texts they show. They are counted if the tables have many.
        """
        rows = _least(self.tables.rows(session, multiplied) if self.tables else session.size(self.table), most)
        if not self._may_be_much(session, rows, weights, multiplied):
            return False
        with MEMORY_TURN:
            (rows,) = session.some(self.counted, parameters)  # type: ignore[assignment]
            taken = self._taken(session, rows, multiplied, late=bool(self.late))
            check_bytes(taken)
            if not self._may_be_much(session, rows, weights, multiplied):
                return False
            if self.texts is not None:
                (held,) = session.some(self.texts.bytes_sorted(rows), parameters)
                assert isinstance(held, int)
                check_bytes(taken + self.times * held * _least(rows, self.first) // max(1, rows))
        return True

    def _may_be_much(self, session: Session, rows: int, weights: Weights | None, multiplied: int) -> bool:
        """Return whether so many rows may take much, by what is known of their texts anyway."""
        left = LIGHT - self._taken(session, rows, multiplied)
        texts = self.texts.texts if self.texts else ()
        keys, shown = _least(rows, self.first), _least(rows, self.limit)
        return (
            left < 0
            or any(session.may_exceed(left // len(texts), keys, (name,), longest) for _, name, longest in texts)
            or (weights is not None and session.may_exceed(left, shown, weights.columns, weights.longest))
        )

    def _taken(self, session: Session, rows: int, multiplied: int, *, late: bool = False) -> int:
        """Return the bytes for so many rows, but for texts."""
        keys, shown = _least(rows, self.first) * self.key, _least(rows, self.limit) * self.shown
        tables = self.tables.taken(session, multiplied, late=late) if self.tables else 0
        return tables + (max(keys, shown) if late else keys + shown)


def memory_of(
    source: Source,
    orders: Sequence[Order],
    window: Window,
    found: str,
    texts: SortedTexts | None,
    *,
    tables: Tables | None,
    late: str,
    columns: int,
) -> Memory | None:
    """Return what a statement for rows that are ``found`` holds, which shows so many ``columns``; None where that is little in any case."""
    limit = window.limit
    last = None if limit is None else limit + window.offset
    first = last if last is not None and last <= FIRST_ROWS and not source.many else None
    if not tables and (not orders or (first is not None and first * columns <= FEW_VALUES)):
        return None
    keys = sum([width(order.of[1] if order.of else None) for order in orders]) + (TEXTS if texts else 0)
    return Memory(
        source.collection.name,
        tables,
        f"SELECT count(*) {found}",
        _row(keys, sorted_=bool(orders), spread=source.many),
        SHOWN * columns if orders else 0,
        first,
        limit,
        2 if source.many else 1,
        texts,
        late,
    )


def _row(keys: int, *, sorted_: bool, spread: bool) -> int:
    """Return the bytes of a row with such sort keys."""
    if not sorted_:
        return LOOKED_UP if spread else 0
    return PLACED + 2 * keys if spread else SORTED + keys


def _least(rows: int, most: int | None) -> int:
    return rows if most is None else min(rows, most)
