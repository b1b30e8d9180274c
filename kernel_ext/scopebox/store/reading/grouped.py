"""What aggregates and groups come to: a statement whose rows hold them, and others that take large ones in portions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.store import bounds
from scopebox.store.reading.portions import TURN, portioned, weighed
from scopebox.store.reading.size import FETCHED, listed
from scopebox.store.reading.sorted_texts import characters_that_differ
from scopebox.store.reading.sought import check_sought
from scopebox.store.steps import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.size import Size
    from scopebox.store.reading.sorted_texts import SortedTexts
    from scopebox.store.reading.sought import Sought
    from scopebox.store.reading.weights import Weights

CONVERTED: Final = 10_000  # values that are made ready to be shown at once
WHOLE: Final = 2**31 - 1  # characters of a text that is sorted by as it is


def itself(value: object) -> object:
    """Return ``value``, which is shown as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: where it goes, its SQL on a source, and what makes of its value what is shown. A ``text`` may be long."""

    path: tuple[str, ...]
    sql: str
    shows: Callable[[object], object] = itself
    text: bool = False


@dataclass(frozen=True, slots=True)
class GroupPortions:
    """The statements that take large groups in portions: the database holds the texts of all that it makes at once four times over.

    Each takes some of the parameters of the whole one, and two more: how many characters of each of ``texts`` are sorted by, and the keys of
    some groups. ``keys`` finds the key of each group as text, in order, and the bytes of its texts; it is empty where all items are one group.
    ``written`` weighs the JSON of groups, each of ``long`` finds the JSON of the cell at its place, and ``others`` all others, with one more behind them.
    """

    texts: SortedTexts | None
    keys: str
    written: str
    others: str
    long: tuple[tuple[int, str], ...]

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        return len(self.keys) + len(self.written) + len(self.others) + sum(len(sql) for _, sql in self.long)

    def found(
        self, session: Session, parameters: Sequence[object], weigh: Callable[[int, int], None]
    ) -> Iterator[list[Row]]:
        """Run the statements in a snapshot, and yield the rows of each portion, their texts as JSON.

        Before that ``weigh`` is told of the bytes and values that it and those before it have as JSON, and may refuse it.
        """
        characters = self.texts and characters_that_differ(session, self.texts, parameters)
        parameters = [*parameters, characters or WHOLE]
        parts = portioned(session.rows_with_some(self.keys, parameters)) if self.keys else [[]]
        for keys in weighed(session, parts, self.written, parameters, weigh):
            rows = [[*row] for row in session.rows_with_some(self.others, [*parameters, keys])]
            for place, sql in self.long:
                for row, (value,) in zip(rows, session.rows_with_some(sql, [*parameters, keys]), strict=True):
                    row.insert(place, msgspec.Raw(value) if isinstance(value, bytes) else None)
            yield [tuple(row) for row in rows]


@dataclass(frozen=True, slots=True)
class AggregatePlan:
    """A compiled aggregate. ``large`` is the statement for large texts: a limit that is no number has each of them sorted once.

    ``limit`` is the place of the limit among the parameters.
    """

    sql: str
    large: str
    parameters: list[object]
    limit: int
    cells: list[Cell]
    weights: Weights | None
    portions: GroupPortions | None
    sought: tuple[Sought, ...]

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        parts = (self.weights, self.portions, *self.sought)
        return len(self.sql) + len(self.large) + sum(part.size for part in parts if part)


def run_aggregate(session: Session, plan: AggregatePlan, size: Size) -> Generator[None, None, list[bytes]]:
    """Run a compiled aggregate in steps and return its rows as the pieces of a JSON text, as long as ``size`` lets it."""
    cells, bytes_ = max(1, len(plan.cells)), 0

    def written(rows: list[Row]) -> bytes:
        nonlocal bytes_
        size.values(len(rows) * cells)
        text = msgspec.json.encode(_items(plan.cells, rows))[1:-1]
        bytes_ += len(text)
        size.check(bytes_)
        return text

    parameters = plan.parameters
    if size.most is not None:  # one row more than there may be is enough to refuse them all
        most, limit = bounds.MAX_RELATED_VALUES // cells + 1, parameters[plan.limit]
        parameters = [*parameters]
        parameters[plan.limit] = min(most, limit) if isinstance(limit, int) else most
    check_sought(session, plan.sought, parameters)
    yield
    weight = yield from size.weigh(session, plan.weights, parameters, portioned=plan.portions is not None)
    if plan.portions and weight.is_for_portions:
        with TURN, session.snapshot():  # so that all portions see the same items
            return at_once(listed(written, plan.portions.found(session, parameters, size.weighed)))
    statement, fetched = (plan.large, 1) if weight.is_large else (plan.sql, max(1, min(FETCHED, CONVERTED // cells)))
    return (yield from listed(written, size.batches(session, statement, parameters, _characters, fetched)))


def _characters(rows: list[Row]) -> int:
    """Return how many characters the texts of rows have."""
    return sum([len(value) for row in rows for value in row if isinstance(value, str)])


def _items(cells: Sequence[Cell], rows: list[Row]) -> list[dict[str, object]]:
    """Return what rows are shown as. Column by column, since there may be hundreds of thousands of values."""
    if not cells:
        return [{} for _ in rows]
    found = list(zip(*rows, strict=True))
    columns = [values if cell.shows is itself else [*map(cell.shows, values)] for cell, values in zip(cells, found)]  # noqa: B905 - behind them stands what rows are sorted by
    places: dict[str, int | dict[str, int]] = {}
    for at, cell in enumerate(cells):
        if len(cell.path) == 1:
            places[cell.path[0]] = at
            continue
        inner = places.get(cell.path[0])
        if not isinstance(inner, dict):  # the count of all items, where that was asked for as well, gives way
            inner = places[cell.path[0]] = {}
        inner[cell.path[1]] = at
    return _objects(
        {
            name: columns[place]
            if isinstance(place, int)
            else _objects({key: columns[at] for key, at in place.items()})
            for name, place in places.items()
        }
    )


def _objects(columns: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Return the objects whose values stand in ``columns``."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
