"""Items whose texts are lowered to look for something in them: found some at a time, where that is a lot of text.

It takes a database up to six nanoseconds a byte, in one statement. So their keys are found first, with rests, and the statements of the
plan are then about the items with these keys.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.store.database.statements import quoted
from scopebox.store.reading.weights import added, longest
from scopebox.store.values.types import column_type

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from scopebox.store.database.lengths import Longest
    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.source import Source

LOWERED: Final = 2**24  # bytes of texts that are lowered at once
PORTION: Final = 2**23  # bytes of more, that one statement lowers
ROWS: Final = 256  # at least, of a portion
MOST_KEYS: Final = 50_000  # of items that are found so: of more, each would be a value here
_PLACE: Final = re.compile(r"\$([0-9]{1,9})\b")


class Narrowed(NamedTuple):
    """What takes the place of the condition ``where`` in a statement, and its parameters."""

    where: str
    instead: str
    parameters: list[object]

    def of(self, statement: str) -> str:
        """Return the statement about the items that were found."""
        return statement.replace(self.where, self.instead)


@dataclass(frozen=True, slots=True)
class Search:
    """The condition ``where`` of a statement, for which texts of the ``columns`` of its table are lowered, ``bytes`` of them in a row.

    ``keys`` finds the keys of some rows that fulfil it; the last two parameters are the first of these rows and the one behind them.
    """

    where: str
    table: str
    columns: tuple[str, ...]
    longest: Longest
    chunks: str
    keys: str
    key: str
    kind: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return 2 * len(self.where) + len(self.chunks) + self.longest.size

    def may_be_long(self, session: Session) -> bool:
        """Return whether there may be so much text that it should be looked through in portions."""
        return session.may_exceed(LOWERED, session.size(self.table), self.columns, self.longest)

    def narrowed(
        self, session: Session, parameters: Sequence[object], statement: str
    ) -> Generator[None, None, Narrowed | None]:
        """Return what makes a ``statement`` one about the items that fulfil the condition; None where it looks through little, or they are too many."""
        place = self._place(parameters, statement)
        if place is None or not self.may_be_long(session):
            return None
        chunks = session.rows_with_some(self.chunks, parameters)
        if sum(size for _, size in chunks) <= LOWERED:  # type: ignore[misc]
            return None
        found: dict[object, None] = {}
        for first, behind in _ranges(chunks):
            yield
            found.update(dict(session.rows_with_some(self.keys, [*parameters, first, behind])))  # type: ignore[arg-type]
            if len(found) > MOST_KEYS:
                return None
        yield
        others = "".join(f" OR ${number} IS NULL" for number in sorted({*_places(self.where, parameters)} - {place}))
        known = f"({self.key} IN (SELECT unnest(CAST(${place} AS {self.kind}[]))) AND (TRUE{others}))"
        return Narrowed(self.where, known, [*parameters[: place - 1], [*found], *parameters[place:]])

    def _place(self, parameters: Sequence[object], statement: str) -> int | None:
        """Return the place of a text among the parameters that nothing but the condition takes, so that the keys may stand there."""
        others = {*_places(statement.replace(self.where, ""), parameters)}
        places = _places(self.where, parameters)
        return next((at for at in places if at not in others and isinstance(parameters[at - 1], str)), None)


def searched(source: Source, where: str) -> Search | None:
    """Return the condition of a statement on the rows of ``source``; None if no texts of its table are lowered for it."""
    statement, collection = source.statement, source.collection
    columns = statement.looks.lowered(source)
    if not (columns and where):
        return None
    table, key, first = quoted(collection.name), quoted(collection.primary_key.name), len(statement.parameters) + 1
    sizes = added([f"coalesce(strlen({quoted(name)}), 0)" for name in columns])
    found = f"SELECT {'DISTINCT ' if source.many else ''}{source.key}, NULL FROM {source.sql}"  # noqa: S608 - names of the schema
    some = f"SELECT {key} FROM {table} WHERE rowid >= ${first} AND rowid < ${first + 1}"  # noqa: S608 - names of the schema
    return Search(
        where, collection.name, columns, longest(collection),
        f"SELECT rowid // {ROWS}, sum({sizes})::BIGINT FROM {table} GROUP BY 1 ORDER BY 1",  # noqa: S608 - names of the schema
        # The database would hold the condition against every row, and not against some, unless it is told so.
        f"{found} WHERE CASE WHEN {source.key} IN ({some}) THEN {where} END LIMIT {MOST_KEYS + 1}",
        source.key, column_type(collection.primary_key),
    )  # fmt: skip


def _places(sql: str, parameters: Sequence[object]) -> list[int]:
    """Return the places of the parameters that a piece of SQL takes, and perhaps of some that are named in the schema."""
    return [number for found in _PLACE.findall(sql) if 0 < (number := int(found)) <= len(parameters)]


def _ranges(chunks: Iterable[Row]) -> Iterator[tuple[int, int]]:
    """Yield the first row and the one behind the last of each portion, of which there are the bytes in :data:`ROWS` rows."""
    first, behind, held = 0, 0, 0
    for number, size in chunks:
        assert isinstance(number, int)
        assert isinstance(size, int)
        if held and held + size > PORTION:
            yield first * ROWS, behind * ROWS
            first, held = number, 0
        behind, held = number + 1, held + size
    yield first * ROWS, behind * ROWS
