"""One connection: statements that can be interrupted."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import duckdb

from scopebox.store.database.allocator import give_back_once
from scopebox.store.database.clock import Clock
from scopebox.store.database.estimates import Estimates
from scopebox.store.database.lengths import AT_ONCE, UNKNOWN, Lengths
from scopebox.store.database.statements import Statements, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Generator, Iterator, Sequence

    from scopebox.store.database.estimates import End
    from scopebox.store.database.lengths import Longest

T = TypeVar("T")
Row = tuple[object, ...]


class StoppedError(Exception):
    """A step was stopped before its COMMIT; nothing of it stands."""


class Session:
    """What a step works with: one cursor. Between and inside its statements it can be cancelled from another thread."""

    def __init__(
        self, statements: Statements, clock: Clock, estimates: Estimates, lengths: Lengths, *, writes: bool = False
    ) -> None:
        self._clock = clock
        self._lengths = lengths
        self._writes = writes
        self._cursor = statements.cursor
        self._parsed = statements.parsed
        self._estimates = estimates
        self._cancelled = self._keeps_on = False
        self._open = False
        self._lock = (
            threading.Lock()
        )  # an interrupt must hit a statement, and never the COMMIT or the ROLLBACK after it
        self._running = False

    def begin_statement(self) -> None:
        """Let one run; StoppedError where the step was cancelled."""
        with self._lock:
            if self._cancelled:
                raise StoppedError
            self._running = True
        self._clock.start()

    def end_statement(self) -> None:
        """Note that it has ended: what is interrupted now is another one."""
        self._clock.stop()
        with self._lock:
            self._running = False

    def execute(
        self, sql: str, parameters: Sequence[object] = (), *, longest: int | None = None
    ) -> duckdb.DuckDBPyConnection:
        """Run one statement; raise :class:`duckdb.Error`, or :class:`StoppedError` when the step was cancelled.

        No text that it writes is longer than its longest parameter, or has more than ``longest`` bytes.
        """
        with _Statement(self):
            if self._writes:
                self._lengths.wrote(parameters, longest)
            return self._cursor.execute(self._parsed(sql), parameters)

    def replaces(self, size: int) -> None:
        """Take in that the next statement replaces values that take ``size`` bytes in all rows together."""
        self._lengths.bytes += size

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run one statement and return all of its rows."""
        with _Statement(self):
            if self._writes:
                self._lengths.wrote(parameters)
            return self._cursor.execute(self._parsed(sql), parameters).fetchall()

    def row(self, sql: str, parameters: Sequence[object] = ()) -> Row | None:
        """Run one statement and return its first row."""
        rows = self.rows(sql, parameters)
        return rows[0] if rows else None

    def size(self, table: str) -> int:
        """Return about how many rows ``table`` has."""
        return self._estimates.size(table, lambda: self.count(table))

    def count(self, table: str) -> int:
        """Return how many rows ``table`` has."""
        (count,) = self.row(f"SELECT count(*) FROM {quoted(table)}") or (0,)  # noqa: S608 - a name of the schema
        assert isinstance(count, int)
        return count

    def end(self, sql: str, rows: int) -> End:
        """Return where the first ``rows`` that a statement finds may end."""
        return self._estimates.end(sql, rows)

    def may_exceed(self, most: int, rows: int, columns: Sequence[str], longest: Longest) -> bool:
        """Return whether the texts of ``columns`` of the table that ``longest`` is about may have more than ``most`` bytes in so many rows."""

        def look(names: Collection[str]) -> dict[str, int]:
            found = self.row(longest.sql(names))
            if found is None:
                return dict.fromkeys(names, 0)
            return {name: size if isinstance(size, int) else UNKNOWN for name, size in zip(names, found, strict=True)}

        return self._lengths.exceed(longest, columns, rows, most, look)

    def look_at(self, most: int, rows: int, columns: Sequence[str], longest: Longest) -> Generator[None, None, None]:
        """Find out what :meth:`may_exceed` needs to know about very many columns, some of them in a step."""
        for _ in range(AT_ONCE, len(columns), AT_ONCE):
            if not self.may_exceed(most, rows, columns, longest) or self._lengths.knows(longest, columns):
                return
            give_back_once()  # what it took to plan
            yield

    def some(self, sql: str, parameters: Sequence[object]) -> Row:
        """Return the one row of a statement that takes some of ``parameters``."""
        [row] = self.rows_with_some(sql, parameters)
        return row

    def rows_with_some(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        """Run a statement that takes some of ``parameters``, and return all of its rows."""
        with _Statement(self):
            return self._execute_with_some(sql, parameters).fetchall()

    def with_some(self, sql: str, parameters: Sequence[object]) -> duckdb.DuckDBPyConnection:
        """Run a statement that takes some of ``parameters``, as :meth:`execute` does with one that takes all."""
        with _Statement(self):
            return self._execute_with_some(sql, parameters)

    def _execute_with_some(self, sql: str, parameters: Sequence[object]) -> duckdb.DuckDBPyConnection:
        found = self._parsed(sql)
        [statement] = self._cursor.extract_statements(sql) if isinstance(found, str) else [found]
        names = statement.named_parameters
        return self._cursor.execute(statement, {name: parameters[int(name) - 1] for name in names})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run the body in one transaction: committed at its end, rolled back when it raises."""
        self._cursor.begin()
        self._open = True
        try:
            yield
            self._commit()
        except BaseException:
            self._rollback()
            raise
        finally:
            self._open = False

    def _commit(self) -> None:
        with self._lock:
            if self._cancelled:
                raise StoppedError
        with self._clock.statement():
            self._cursor.commit()  # from here on the write stands

    def _rollback(self) -> None:
        with suppress(duckdb.TransactionException):  # the error before may have ended the transaction
            self._cursor.rollback()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let the statements of the body see one state: in a transaction of their own, unless one is open."""
        if self._open:
            yield
        else:
            with self.transaction():
                yield

    @contextmanager
    def view(self, frame: object) -> Iterator[str]:
        """Show a DataFrame or an Arrow table of the host as a view, whose name is given, while the body runs."""
        name = "scopebox_frame"
        self._lengths.wrote_anything()
        self._cursor.register(name, frame)
        try:
            yield name
        finally:
            with suppress(duckdb.TransactionException):  # the error before has ended the transaction
                self._cursor.unregister(name)

    def keep_on(self) -> None:
        """Let nothing stop what is left: what stands is brought to its end, also when nobody waits for it any more."""
        with self._lock:
            self._cancelled, self._keeps_on = False, True

    def cancel(self) -> None:
        """Stop the step at its next statement, and interrupt the one that runs; any thread."""
        with self._lock:
            if self._keeps_on:
                return
            self._cancelled = True
            if self._running:
                self._cursor.interrupt()

    def close(self) -> None:
        """Close the cursor."""
        self._cursor.close()


class _Statement:
    """A block that runs one statement of a session; StoppedError where it is interrupted."""

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def __enter__(self) -> None:
        self._session.begin_statement()

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._session.end_statement()
        if isinstance(error, duckdb.InterruptException):
            raise StoppedError from error


def in_transaction(
    work: Callable[[Session], Generator[None, None, T]],
) -> Callable[[Session], Generator[None, None, T]]:
    """Return ``work`` as work that is one transaction, which may take several tasks."""

    def steps(session: Session) -> Generator[None, None, T]:
        with session.transaction():
            return (yield from work(session))

    return steps
