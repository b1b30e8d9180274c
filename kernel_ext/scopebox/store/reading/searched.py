"""Items whose texts are lowered, or held against patterns: found some at a time, where that is a lot of text.

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

AT_ONCE: Final = 2**24  # bytes of texts that are looked through at once
PORTION: Final = 2**23  # bytes of more, that one statement looks through
ROWS: Final = 256  # at least, of a portion
# Of the tables: of more, which are short as a rule, the first that fulfil a condition are found without a look at all, sooner than their keys.
MOST_ROWS: Final = 30_000
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
    """The condition ``where`` of a statement about a table, with what is joined to it, for which ``texts`` of these ``tables`` are looked through.

    ``chunks`` finds their bytes for :data:`ROWS` rows each, ``keys`` the keys of some rows that fulfil the condition: the last two
    parameters are the first of these rows and the one behind them.
    """

    where: str
    tables: tuple[str, ...]
    texts: tuple[tuple[Longest, tuple[str, ...]], ...]
    chunks: str
    keys: str
    key: str
    kind: str

    @property
    def size(self) -> int:
        """How many characters it has."""
        return 2 * len(self.where) + len(self.chunks) + sum(longest.size for longest, _ in self.texts)

    def may_be_long(self, session: Session, multiplied: int = 0) -> bool:
        """Return whether there may be so much text that it should be looked through in portions, where lists make ``multiplied`` rows."""
        rows, most = max(multiplied, sum(map(session.size, self.tables))), AT_ONCE // len(self.texts)
        return rows <= MOST_ROWS and any(
            session.may_exceed(most, rows, columns, longest) for longest, columns in self.texts
        )

    def narrowed(
        self, session: Session, parameters: Sequence[object], statement: str, multiplied: int = 0
    ) -> Generator[None, None, Narrowed | None]:
        """Return what makes a ``statement`` one about the items that fulfil the condition; None where it looks through little, or they are too many."""
        place = self._place(parameters, statement)
        if place is None or not self.may_be_long(session, multiplied):
            return None
        chunks = session.rows_with_some(self.chunks, parameters)
        alone = len(self.tables) == 1  # else the database looks through all of a table before it joins it
        if alone and sum(size for _, size in chunks) <= AT_ONCE:  # type: ignore[misc]
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
    """Return the condition of a statement on the rows of ``source``; None if none of their texts are lowered for it, or held against patterns."""
    statement, collection = source.statement, source.collection
    slow = statement.looks.slow(source.alias)
    if not (slow and where):
        return None
    texts: dict[str, tuple[Longest, list[str]]] = {}
    for _, held, name in slow:
        texts.setdefault(held.name, (longest(held), []))[1].append(name)
    sizes = added([f"coalesce(strlen({alias}.{quoted(name)}), 0)" for alias, _, name in slow])
    table, key, first = quoted(collection.name), quoted(collection.primary_key.name), len(statement.parameters) + 1
    rows = f"(SELECT rowid // {ROWS} AS chunk, {key} AS key FROM {table}) AS rows ON rows.key = {source.key}"  # noqa: S608 - names of the schema
    found = f"SELECT {'DISTINCT ' if source.many else ''}{source.key}, NULL FROM {source.sql}"  # noqa: S608 - names of the schema
    some = f"SELECT {key} FROM {table} WHERE rowid >= ${first} AND rowid < ${first + 1}"  # noqa: S608 - names of the schema
    return Search(
        where, (collection.name, *statement.joined), tuple((known, tuple(names)) for known, names in texts.values()),
        f"SELECT rows.chunk, sum({sizes})::BIGINT FROM {source.sql} JOIN {rows} GROUP BY 1 ORDER BY 1",  # noqa: S608 - names of the schema
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
