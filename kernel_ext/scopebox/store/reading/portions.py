"""Large rows in portions: the database holds what it makes JSON of four times over, so it is given a little of it at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence

    import duckdb

    from scopebox.store.database.session import Row, Session
    from scopebox.store.reading.weights import Scale

T = TypeVar("T")
PORTION: Final = 2**21  # bytes of texts in a portion, if it has more than one row
TURN: Final = Lock()  # of the answers that are taken in portions, in all stores: of one at a time something is made
CROWD_TURN: Final = Lock()  # of the statements with crowds of conditions, which may have a turn of the others meanwhile


@dataclass(frozen=True, slots=True)
class Portions:
    """The statements of a level that takes its rows in portions; each takes some of the parameters of the whole one.

    ``keys`` finds the key of each row as text, in order, and the bytes of its texts. The others take some keys as one parameter more:
    ``written`` weigh the JSON of their rows, as the statements of the weights of all do, and ``rows`` shows them.
    """

    keys: str
    written: tuple[str, ...]
    rows: str

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        return len(self.keys) + sum(map(len, self.written)) + len(self.rows)

    def changed(self, change: Callable[[str], str]) -> Portions:
        """Return the same with other statements for the rows, which ``change`` makes of these."""
        return replace(self, keys=change(self.keys), rows=change(self.rows))

    def found(
        self, session: Session, parameters: Sequence[object], weigh: Callable[[int, int], None]
    ) -> Iterator[duckdb.DuckDBPyConnection | None]:
        """Run the statements in a snapshot, and yield each portion of the rows; None is a rest between two statements.

        Before that ``weigh`` is told of the bytes and values that it and those before it have as JSON, and may refuse it.
        """
        parts = portioned(session.rows_with_some(self.keys, parameters))
        for keys in weighed(session, parts, self.written, parameters, weigh):
            yield None if keys is None else session.with_some(self.rows, [*parameters, keys])


def portions(
    *,
    table: str,
    key: str,
    kind: str,
    slot: int,
    found: str,
    limits: str,
    by: str,
    inner: str,
    shown: str,
    scale: Scale,
) -> Portions:
    """Return the statements for the rows that are ``found`` in one ``table``, up to the ``limits``, in the order ``by``.

    ``kind`` is the type of its ``key``, ``slot`` the place of the parameter that takes keys; a row is ``shown`` out of ``inner`` columns.
    """
    found = f"{found} {by}{limits}"
    if limits:  # so that no row is looked at that they leave out
        found = f"FROM {table} WHERE {key} IN (SELECT {key} {found}) {by}"
    wanted = f"FROM {table} WHERE {key} IN (SELECT unnest(CAST(${slot} AS {kind}[])))"
    return Portions(
        f"SELECT CAST({key} AS VARCHAR), {scale.held} {found}",
        scale.written(lambda columns: f"SELECT {columns} {wanted}"),
        f"SELECT {shown} FROM (SELECT {inner} {wanted} {by}) AS s",  # noqa: S608 - names of the schema
    )


def portioned(rows: Iterable[Row]) -> Iterator[list[object]]:
    """Return the keys of rows in portions, of which the bytes of each row are given."""
    keys: list[object] = []
    held = 0
    for key, size in rows:
        assert isinstance(size, int)
        if keys and held + size > PORTION:
            yield keys
            keys, held = [], 0
        keys.append(key)
        held += size
    yield keys


def weighed(
    session: Session,
    parts: Iterable[list[object] | None],
    written: Sequence[str],
    parameters: Sequence[object],
    weigh: Callable[[int, int], None],
) -> Iterator[list[object] | None]:
    """Yield the keys of each portion, after ``weigh`` was told what the statements ``written`` say of it and those before it.

    None is a rest between two statements.
    """
    held = values = 0
    for keys in parts:
        for sql in () if keys is None else written:
            more_bytes, more_values = session.some(sql, [*parameters, keys])
            held, values = held + more_bytes, values + more_values  # type: ignore[operator]
            weigh(held, values)
            yield None
        yield keys


def in_turn(work: Generator[None, None, T], turn: Lock = TURN) -> Generator[None, None, T]:
    """Do ``work`` while nothing is made of other answers that have the same ``turn``. Whoever rests holds no lock."""
    while True:
        with turn:
            try:
                next(work)
            except StopIteration as end:
                found: T = end.value
                return found
        yield
