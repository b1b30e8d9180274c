"""What aggregates and groups come to: a statement whose rows hold them, and others that take large ones in portions."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store import bounds
from scopebox.store.database.allocator import give_back
from scopebox.store.reading.compared import check_compared, is_crowd
from scopebox.store.reading.group_items import Cell, items
from scopebox.store.reading.group_memory import Groups
from scopebox.store.reading.memory import MEMORY_TURN, check_bytes
from scopebox.store.reading.portions import in_turn, portioned, weighed
from scopebox.store.reading.size import FETCHED, listed
from scopebox.store.reading.sorted_texts import characters_that_differ
from scopebox.store.reading.sought import check_sought
from scopebox.store.reading.weights import TEXTS_AT_ONCE, Weight, in_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.compared import Compared
    from scopebox.store.reading.contained import Lists
    from scopebox.store.reading.group_memory import GroupMemory
    from scopebox.store.reading.searched import Narrowed, Search
    from scopebox.store.reading.size import Size
    from scopebox.store.reading.sorted_texts import SortedTexts
    from scopebox.store.reading.sought import Sought
    from scopebox.store.reading.weights import Weights

CONVERTED: Final = 10_000  # values that are made ready to be shown at once
VALUES: Final = bounds.MAX_RELATED_VALUES  # of groups that a database has in its hands at once, shown or not
PORTION_VALUES: Final = 100_000  # that a portion has of them
DIFFERENT: Final = 100_000  # values of several fields of items that one statement finds the different ones of
LOOKED_AT: Final = 10_000_000  # values of items that one statement makes values of groups of
MAX_KEYS: Final = 100_000  # of groups that are taken in portions
CELLS_AT_ONCE: Final = 40  # whose values one statement of a portion finds
WHOLE: Final = 2**31 - 1  # characters of a text that is sorted by as it is


@dataclass(frozen=True, slots=True)
class GroupPortions:
    """The statements that take groups in portions, and few values of each at a time, where they are large or very many.

    A database holds the texts of all that it makes at once four times over, and something for each value of each group, shown or not.
    Each statement takes some of the parameters of the whole one, and two more: how many characters of each of ``texts`` are sorted by, and
    the keys of some groups. ``counted`` finds how many groups there are, and how many are shown, and ``keys`` the key of each of these as
    text, in order; both are empty where all items are one group. ``held`` find the key of each group and bytes of its texts, and ``written``
    weigh the JSON of groups. ``rest`` is that of a statement that finds some of the ``cells``, of long texts their JSON.
    """

    table: str
    texts: SortedTexts | None
    counted: str
    keys: str
    held: tuple[str, ...]
    written: tuple[str, ...]
    cells: list[Cell]
    rest: str

    @property
    def values(self) -> int:
        """How many values a group has."""
        return max(1, len(self.cells))

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        statements = (self.counted, self.keys, *self.held, *self.written, self.rest)
        return sum(map(len, statements)) + sum(len(cell.sql) for cell in self.cells)

    def changed(self, change: Callable[[str], str]) -> GroupPortions:
        """Return the same with other statements, which ``change`` makes of these."""
        held, written = (tuple(map(change, which)) for which in (self.held, self.written))
        counted, keys, rest = map(change, (self.counted, self.keys, self.rest))
        texts = self.texts and replace(self.texts, found=change(self.texts.found))
        return replace(self, texts=texts, counted=counted, keys=keys, held=held, written=written, rest=rest)

    def are_many(
        self, session: Session, parameters: Sequence[object], count: Callable[[int], None], taken: Groups
    ) -> Generator[None, None, bool]:
        """Return whether there is so much in the ``table`` that a database should not have all values in its hands at once; may rest.

        ``count`` is told how many groups are shown, and may refuse them. DirectusError 400 where there are too many for portions that they need.
        """
        if taken.need_none or (self.values == 1 and not taken.need_portions):
            return False
        items = session.size(self.table)
        values, distinct = items * self.values, sum(cell.distinct for cell in self.cells)
        crowded = (values > LOOKED_AT and self.values > CELLS_AT_ONCE) or (
            distinct > 1 and items * distinct > DIFFERENT
        )
        if not self.counted or (values <= VALUES and not taken.need_portions):
            return crowded
        groups, shown = [int(number) for number in session.some(self.counted, parameters)]  # type: ignore[call-overload]
        count(shown)
        yield
        if shown > MAX_KEYS:
            check_bytes(taken.all)
            return False
        return crowded or taken.need_portions or groups * self.values > VALUES

    def found(self, session: Session, parameters: Sequence[object], size: Size) -> Iterator[list[Row]]:
        """Run the statements in a snapshot, and yield the rows of each portion, their texts as JSON; no rows are a rest.

        Before anything is made of a portion ``size`` is told what it weighs with those before it, and may refuse it.
        """
        characters = self.texts and characters_that_differ(session, self.texts, parameters)
        yield []
        parameters = [*parameters, characters or WHOLE]
        fetched = max(1, CONVERTED // self.values)
        for keys in weighed(session, self._portions(session, parameters, size), self.written, parameters, size.weighed):
            yield []
            if keys is None:
                continue
            rows: list[list[object]] = []
            for places in self._places(alone=len(keys) <= 1):
                found = session.rows_with_some(self._statement(places), [*parameters, keys])
                rows = rows or [[None] * self.values for _ in found]
                _put(rows, places, found)
                yield []
            for start in range(0, len(rows), fetched):
                yield [tuple(row) for row in rows[start : start + fetched]]

    def _statement(self, places: Sequence[int]) -> str:
        columns = [_json(cell.sql) if cell.text else cell.sql for cell in (self.cells[place] for place in places)]
        return f"SELECT {', '.join([*columns, 'count(*)'])} {self.rest}"

    def _places(self, *, alone: bool) -> list[list[int]]:
        """Return the places of the values that are found together: some of those that are short, and of long texts, unless they are of one group ``alone``."""
        long: list[int] = []
        distinct: list[int] = []
        short: list[int] = []
        for place, cell in enumerate(self.cells):
            (long if cell.text else distinct if cell.distinct else short).append(place)
        parts = [
            *in_parts(short, CELLS_AT_ONCE),
            *in_parts(long, 1 if alone else TEXTS_AT_ONCE),
            *in_parts(distinct, 1),
        ]
        return parts or [[]]

    def _portions(self, session: Session, parameters: Sequence[object], size: Size) -> Iterator[list[object] | None]:
        """Yield the keys of each portion; None is a rest between two statements."""
        if not self.keys:
            yield []
            return
        keys: list[object] = [key for (key,) in session.rows_with_some(self.keys, parameters)]
        held = dict.fromkeys(keys, 0)
        yield None
        blocks = in_parts(keys, max(1, PORTION_VALUES // self.values))
        for block in blocks if self.held else ():
            for sql in self.held:
                for key, bytes_ in session.rows_with_some(sql, [*parameters, block]):
                    held[key] += bytes_  # type: ignore[operator]
                yield None
        size.announce(sum(held.values()))
        for block in blocks:
            yield from portioned((key, held[key]) for key in block)


def _json(sql: str) -> str:
    """Return the JSON text of a value as bytes: as text, Python has four of them for each character beside a wide one."""
    return f"encode(CAST(to_json({sql}) AS VARCHAR))"


def _put(rows: list[list[object]], places: Sequence[int], found: list[Row]) -> None:
    """Put what was found of rows at its places; bytes are JSON text."""
    for row, values in zip(rows, found, strict=True):
        for place, value in zip(places, values):  # noqa: B905 - one more stands behind them
            row[place] = msgspec.Raw(value) if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True)
class AggregatePlan:
    """A compiled aggregate. ``large`` is the statement for large texts: a limit that is no number has each of them sorted once.

    ``limit`` is the place of the limit among the parameters, ``lists`` are those that texts become.
    """

    sql: str
    large: str
    parameters: list[object]
    limit: int
    cells: list[Cell]
    weights: Weights | None
    portions: GroupPortions | None
    sought: tuple[Sought, ...]
    lists: Lists | None = None
    compared: Compared | None = None
    memory: GroupMemory | None = None
    search: Search | None = None

    def narrowed(self, narrowed: Narrowed) -> AggregatePlan:
        """Return the plan about the items that were found first."""
        of, memory = narrowed.of, self.memory
        return replace(
            self,
            sql=of(self.sql),
            large=of(self.large),
            parameters=narrowed.parameters,
            weights=self.weights and self.weights.changed(of),
            portions=self.portions and self.portions.changed(of),
            memory=memory and replace(memory, measured=of(memory.measured)),
        )

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        parts = (self.weights, self.portions, self.compared, self.memory, self.search, *self.sought)
        return len(self.sql) + len(self.large) + sum(part.size for part in parts if part)

    @property
    def is_crowd(self) -> bool:
        """Whether it has so many conditions that it takes turns with others that have."""
        return is_crowd(self.compared)


def run_aggregate(session: Session, plan: AggregatePlan, size: Size) -> Generator[None, None, list[bytes]]:
    """Run a compiled aggregate in steps and return its rows as the pieces of a JSON text, as long as ``size`` lets it."""
    search = plan.search if size.most is not None else None
    with session.snapshot() if search is not None and search.may_be_long(session) else nullcontext():
        return (yield from _run(session, plan, size, search))


def _run(
    session: Session, plan: AggregatePlan, size: Size, search: Search | None
) -> Generator[None, None, list[bytes]]:
    parameters, memory = plan.parameters, plan.memory
    if size.most is not None:  # one row more than there may be is enough to refuse them all
        most, limit = bounds.MAX_RELATED_VALUES // max(1, len(plan.cells)) + 1, parameters[plan.limit]
        parameters = [*parameters]
        parameters[plan.limit] = min(most, limit) if isinstance(limit, int) else most
        if memory is not None and memory.tables is not None:
            memory.tables.check(session)
    multiplied = check_compared(session, plan.compared, parameters, bounded=size.most is not None)
    check_sought(session, plan.sought, parameters)
    yield
    narrowed = (yield from search.narrowed(session, parameters, plan.sql, multiplied)) if search is not None else None
    if narrowed is not None:
        plan, parameters = plan.narrowed(narrowed), narrowed.parameters
        memory = plan.memory
    taken = memory.taken(session, parameters, multiplied) if memory and size.most is not None else Groups()
    yield
    found = _found(session, plan, parameters, size, taken)
    if taken.are_much:
        give_back()
    return (yield from in_turn(found, MEMORY_TURN) if taken.are_much else found)


def _found(
    session: Session, plan: AggregatePlan, parameters: Sequence[object], size: Size, taken: Groups
) -> Generator[None, None, list[bytes]]:
    cells, bytes_ = max(1, len(plan.cells)), 0

    def written(rows: list[Row]) -> bytes:
        nonlocal bytes_
        size.values(len(rows) * cells)
        text = msgspec.json.encode(items(plan.cells, rows))[1:-1]
        bytes_ += len(text)
        size.check(bytes_)
        return text

    if plan.lists:
        yield from size.count_commas(session, plan.weights, parameters, plan.lists)
    portions, weight = plan.portions, Weight()
    many = portions and (
        yield from portions.are_many(session, parameters, lambda found: size.weighed(0, found * cells), taken)
    )
    if not many:
        weight = yield from size.weigh(session, plan.weights, parameters, portioned=bool(portions), much=taken.are_much)
    if portions and (many or weight.is_for_portions):
        with session.snapshot():  # so that all portions see the same items
            return (yield from in_turn(listed(written, portions.found(session, parameters, size))))
    statement, fetched = (plan.large, 1) if weight.is_large else (plan.sql, max(1, min(FETCHED, CONVERTED // cells)))
    return (yield from listed(written, size.batches(session, statement, parameters, _characters, fetched)))


def _characters(rows: list[Row]) -> int:
    """Return how many characters the texts of rows have."""
    return sum([len(value) for row in rows for value in row if isinstance(value, str)])
