"""How large an answer has become: rows are taken from the database in steps, and only as long as they are not too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.store import bounds
from scopebox.store.database.allocator import VERY_MUCH, give_back
from scopebox.store.reading.contained import (
    LEAST,
    MAX_CONTAINED,
    Contained,
    check_names,
    lists_of,
    shows_lists,
    shows_texts_as_lists,
)
from scopebox.store.reading.portions import in_turn
from scopebox.store.reading.weights import CHUNK, PORTIONED, UNWEIGHED, LargeError, Weight

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import duckdb

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.compiled import Plan
    from scopebox.store.reading.contained import Lists
    from scopebox.store.reading.tree import Level
    from scopebox.store.reading.weights import Weights

FETCHED: Final = 1_000
"""Rows that are taken at once."""
LARGE_CHARACTERS: Final = 2**20  # of an answer that should not be in memory twice for longer than it has to


class Size:
    """How large an answer has become: DirectusError 400 as soon as it has more than ``most`` bytes (None: any number).

    An item that many others refer to is counted with each of them, as it will be written. ``announced``: LargeError for large rows,
    before anything is made of them. An answer of any number is one that becomes data, so lists and objects in fields are counted.
    """

    def __init__(self, most: int | None, *, announced: bool = False) -> None:
        self.most = most
        self._announced = announced
        self._values = 0
        self._contained = Contained()

    def check(self, size: int) -> None:
        """Refuse a level of ``size`` bytes."""
        if self.most is not None:
            bounds.count(size, self.most, "bytes in the answer", "name the fields you need, or page through the items")

    def check_names(self, level: Level, items: int) -> None:
        """Refuse items that become data, where what is shown under names that whoever asks made up is too much."""
        if self.most is None:
            check_names(level, items)

    def weigh(
        self,
        session: Session,
        weights: Weights | None,
        parameters: Sequence[object],
        rows: int = CHUNK,
        *,
        portioned: bool = False,
        much: bool = False,
    ) -> Generator[None, None, Weight]:
        """Refuse rows whose texts are too large, before the database makes anything of them; return what they weigh, if they do much.

        Each statement is a step. ``much``: the database sorts many of them as they are, however short their texts.

        What the JSON of portions weighs is found out with each of them, if rows can be ``portioned``.
        """
        if self.most is None or weights is None:
            return Weight()
        long = session.may_exceed(UNWEIGHED, min(rows, weights.rows), weights.columns, weights.longest)
        if not (long or much):
            return Weight()
        yield
        weight = Weight()
        for sql in weights.held:
            held, *others = session.some(sql, parameters)
            weight = Weight(weight.held + held, *others, wide=len(weights.written) > 1)  # type: ignore[arg-type,misc,operator]
            yield
        self.announce(weight.held)
        if not long:
            return Weight()
        if weight.is_large:
            give_back()
        if weight.is_large and not (portioned and weight.is_for_portions):
            written = values = 0
            for sql in weights.written:
                more_bytes, more_values = session.some(sql, parameters)
                written, values = written + more_bytes, values + more_values  # type: ignore[operator]
                self.weighed(written, values)
                yield
        return weight

    def announce(self, held: int) -> None:
        """Refuse rows whose texts have too many bytes; LargeError for many, where somebody waits for that."""
        self.check(held)
        if self._announced and held > PORTIONED:
            raise LargeError

    def weighed(self, written: int, values: int) -> None:
        """Refuse rows of so many bytes and values as JSON."""
        self.check(written)
        if self.most is not None:
            bounds.count(values, bounds.MAX_RELATED_VALUES, "values in the answer", "page through the items")

    def text(
        self,
        session: Session,
        plan: Plan,
        parameters: Sequence[object],
        most_rows: int = CHUNK,
        written: Callable[[list[Row]], bytes] | None = None,
    ) -> Generator[None, None, list[bytes]]:
        """Return, in steps, the rows of a plan, ``most_rows`` as far as is known, whose first column is an item as JSON text, as that of a list in pieces.

        What is ``written`` of each batch of rows is that text, unless something else is given.
        """
        written = written or _written
        if self.most is None and shows_texts_as_lists(plan.level):
            lists = lists_of(plan.level)
            yield from self.count_commas(session, plan.weights, parameters, lists, most_rows)
        yield from self._count_rows(session, plan, parameters)
        weight = yield from self.weigh(
            session, plan.weights, parameters, most_rows, portioned=plan.portions is not None, much=plan.much
        )
        if plan.portions and weight.is_for_portions:
            with session.snapshot():  # so that all portions see the same items
                found = plan.portions.found(session, parameters, self.weighed)
                return (yield from in_turn(listed(written, self._limited(found, _texts, FETCHED))))
        large = plan.is_large(session)
        text = None if weight.is_large or plan.few is None else plan.few.found(session, parameters, large=large)
        if text is not None:
            self.check(len(text))
            self._look_into(plan, text)
            return [text]
        rows = 1 if weight.is_large else FETCHED
        sql = plan.keys_first if large else plan.sql
        batches = self._looked_into(plan, self.batches(session, sql, parameters, _texts, rows))
        return (yield from listed(written, batches))

    def _count_rows(self, session: Session, plan: Plan, parameters: Sequence[object]) -> Generator[None, None, None]:
        """Refuse rows that are too many, whatever is in them, where the database would make a lot of each."""
        least = plan.least
        if least is None:
            return
        lists = lists_of(plan.level)
        each, most = (LEAST * len(lists.keys), MAX_CONTAINED) if self.most is None else (least.bytes, self.most)
        if session.size(plan.level.collection.name) * each <= most:
            return
        (rows,) = session.some(least.counted, parameters)
        assert isinstance(rows, int)
        self.check(rows * least.bytes)
        self.check_names(plan.level, rows)
        if self.most is None:
            lists.check_commas(rows * len(lists.keys), rows)  # between them, even if each is null
        yield

    def count_commas(
        self, session: Session, weights: Weights | None, parameters: Sequence[object], lists: Lists, rows: int = CHUNK
    ) -> Generator[None, None, None]:
        """Refuse rows whose ``lists`` are too much by their commas, where texts become data, before anything is made of them."""
        if self.most is not None or weights is None:
            return
        if session.may_exceed(UNWEIGHED, min(rows, weights.rows), weights.columns, weights.longest):
            commas = 0
            for sql in weights.commas:
                more, items = session.some(sql, parameters)
                commas += more  # type: ignore[operator]
                lists.check_commas(commas, items)  # type: ignore[arg-type]
                yield

    def _looked_into(self, plan: Plan, batches: Iterable[list[Row]]) -> Iterator[list[Row]]:
        """Yield the rows again whose first column is an item, after the lists and objects in their fields were counted."""
        looks = self.most is None and shows_lists(plan.level)
        for rows in batches:
            for start in range(0, len(rows), FETCHED) if looks else ():
                self._look_into(plan, b"[%b]" % _written(rows[start : start + FETCHED]))
                yield []  # a rest
            yield rows

    def _look_into(self, plan: Plan, text: bytes) -> None:
        if self.most is None:
            self._contained.check(plan.level, plan.renamed, text)

    def batches(
        self,
        session: Session,
        sql: str,
        parameters: Sequence[object],
        measure: Callable[[list[Row]], int],
        fetched: int = FETCHED,
    ) -> Iterator[list[Row]]:
        """Yield the rows of a statement, of which ``measure`` tells the characters, as long as they are not too many."""
        if self.most is None:
            yield session.rows(sql, parameters)
            return
        yield from self._limited([session.execute(sql, parameters)], measure, fetched)

    def _limited(
        self, found: Iterable[duckdb.DuckDBPyConnection | None], measure: Callable[[list[Row]], int], fetched: int
    ) -> Iterator[list[Row]]:
        size = 0
        for cursor in found:
            yield []  # a rest between what the database does and what is made of it
            while cursor is not None:
                rows = cursor.fetchmany(fetched)
                fewer = len(rows) < fetched
                before, size = size, size + measure(rows)
                if before <= VERY_MUCH < size:
                    give_back()
                self.check(size)
                if rows:
                    yield rows
                if fewer:
                    break
            if cursor is not None and size > LARGE_CHARACTERS:
                cursor.fetchone()  # the database lets go of a result behind its last row

    def values(self, more: int) -> None:
        """Count the values that the answer has ``more``."""
        if self.most is not None:
            self._values += more
            bounds.count(self._values, bounds.MAX_RELATED_VALUES, "values in the answer", "page through the items")


def listed(written: Callable[[list[Row]], bytes], batches: Iterable[list[Row]]) -> Generator[None, None, list[bytes]]:
    """Return the pieces of the JSON text of a list, whose items ``written`` makes of each batch of rows, behind which these are emptied.

    Each batch is a step.
    """
    pieces = [b"["]
    for rows in batches:
        if rows:
            pieces += [written(rows), b","]
            rows.clear()  # they may be large, and are not needed any more
        yield
    pieces[max(1, len(pieces) - 1) :] = [b"]"]
    return pieces


def _written(rows: list[Row]) -> bytes:
    return ",".join([row[0] for row in rows]).encode()  # type: ignore[misc]


def _texts(rows: list[Row]) -> int:
    """Return how many characters the first column has, which is JSON text."""
    return sum([len(row[0]) for row in rows])  # type: ignore[arg-type,misc]
