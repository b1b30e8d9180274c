"""The locked-down DuckDB connection of a store: short SQL steps in worker threads, one writer at a time."""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import duckdb

from scopebox.errors import SchemaError, ScopeboxError
from scopebox.store.database.clock import CURRENT, Clock
from scopebox.store.database.estimates import Estimates
from scopebox.store.database.held import Account, Held
from scopebox.store.database.jobs import Threads, result_now, result_of, store_closed
from scopebox.store.database.lengths import Lengths
from scopebox.store.database.session import Session, StoppedError, in_transaction
from scopebox.store.database.short_reads import ShortReads
from scopebox.store.database.statements import Statements, quoted
from scopebox.store.steps import in_one_step
from scopebox.text.visible import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from concurrent.futures import Future

T = TypeVar("T")

LOCKED_DOWN: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "temp_directory": "",
    "memory_limit": "2GiB",
    "threads": "2",
    "lock_configuration": "true",
}
"""Settings at connect: no files but the database's own, no network, no extensions, no look into Python's variables."""
IN_MEMORY: Final = {"checkpoint_threshold": "256MB", "force_compression": "uncompressed"}
"""And in memory, where a checkpoint copies what is stored: a single row counts as a quarter of a megabyte, so that it came with every 64th, and to try how to compress texts takes it most of its time."""


class Readable(Protocol):
    """What a reader needs: something that runs short SQL steps."""

    async def read(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        """Run ``work`` and return what it found. ``short``: it looks for one row by its key, and does nothing else."""

    async def read_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do the same with work that may rest at each ``yield``."""


class Database:
    """One DuckDB database: in memory, or durable in the file ``path``.

    Reads run in two worker threads, each with a cursor and in as many tasks as it takes, short ones at once where nobody waits for these;
    writes run one after the other in a thread of their own, each in one transaction, which may take several tasks. ``read`` and ``write`` are awaited on any loop, ``read_now`` and ``write_now`` are
    for threads that may wait.
    """

    def __init__(self, path: str | Path | None = None) -> None:
        self.path = Path(path) if path is not None else None
        try:
            place, more = (":memory:", IN_MEMORY) if self.path is None else (str(self.path), {})
            connection = duckdb.connect(place, config={**LOCKED_DOWN, **more})
        except duckdb.Error as error:
            raise SchemaError(f"The store {self.path} cannot be opened: {error}", hint=_remedy(str(error))) from error
        self._start(connection, root=self, name="")

    def _start(self, connection: duckdb.DuckDBPyConnection, root: Database, name: str) -> None:
        """Begin to work. A fork lives in its ``root``'s instance, as the attached database ``name``."""
        self._connection = connection
        self._root = root
        self._name = name
        self._forks = 0
        self._living = 1  # itself and the forks in its instance, which is closed with the last of them
        self._family = threading.Lock()  # around the two numbers
        self._idle: list[Statements] = []  # of the cursors that nobody uses
        self._estimates = Estimates()
        self.lengths = Lengths()
        if root is self:
            self.held = Held(Account() if self.path is None else None)
        else:
            self.held = Held(root.held.account)
        self._readers = Threads(2, "scopebox-read")
        self._short_reads = ShortReads(self.cursor)
        self._writer = Threads(1, "scopebox-write")
        self.closed = False

    async def read(self, work: Callable[[Session], T], *, short: bool = False) -> T:
        """Run ``work`` in a reading thread. StoppedError, its SQL is interrupted and awaited.

        ``short``: it looks for one row by its key, and does nothing else. It runs at once then, unless others read or write: nobody
        should wait on the loop for a lock, or before those who came first.
        """
        if short and not (self.closed or self._writer.busy or self._readers.queued) and self._short_reads.begin():
            return self._read_here(work)
        return await self.read_in_steps(in_one_step(work))

    async def read_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do as :meth:`read` with work that may take long: at each ``yield`` a thread may end its task, and others read in between."""
        return await self._run(self._readers, work)

    def _read_here(self, work: Callable[[Session], T]) -> T:
        meter, clock = CURRENT.get(), Clock()
        try:
            return self._short_reads.run(work, clock, self._estimates, self.lengths)
        finally:
            if meter is not None:
                meter.charge(clock.seconds)

    async def write(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` alone, in one transaction.

        StoppedError, its SQL is interrupted, awaited and rolled back before the next write starts, unless COMMIT was sent.
        """
        return await self.write_in_steps(in_one_step(work))

    async def write_in_steps(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do as :meth:`write` with work that may take long: at each ``yield`` the thread may end its task, and no other write comes in between."""
        return await self.take_turn(in_transaction(work))

    async def take_turn(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Run ``work`` in steps when nobody else writes. Outside of a transaction of its own each of its statements stands at once."""
        return await self._run(self._writer, work)

    def read_now(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` in a reading thread and wait for it. Whoever is interrupted meanwhile goes on when it was stopped, as all that wait."""
        return result_now(*self._submit(self._readers, in_one_step(work), Clock()))

    def write_now(self, work: Callable[[Session], T]) -> T:
        """Run ``work`` alone, in one transaction, and wait for it. Whoever may wait is no extension."""
        return self.take_turn_now(in_transaction(in_one_step(work)))

    def take_turn_now(self, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Do as :meth:`take_turn`, and wait for it."""
        self.held.others()
        return result_now(*self._submit(self._writer, work, Clock()))

    def wrote_otherwise(self) -> None:
        """Take in that the host wrote with a cursor of its own."""
        self.lengths.wrote_anything()
        self.held.note(deleted=True)
        self.take_turn_now(in_one_step(lambda _session: None))

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a new cursor on this database; the caller closes it."""
        self._check_open()
        return self._cursor()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._root._connection.cursor()  # noqa: SLF001 - forks live in the instance of their root
        if self._name:
            cursor.execute(f"use {self._name}")
        return cursor

    def fork(self) -> Database:
        """Return an in-memory copy of this database as it is now, between two writes."""
        self._check_open()
        self.held.others()
        future = self._writer.submit(in_one_step(Database._fork)(self), Clock().work)
        try:
            return future.result()
        except BaseException:  # also an interrupt, while it is copied
            if not future.cancel():
                future.add_done_callback(_unwanted)
            raise

    def _fork(self) -> Database:
        root = self._root
        with root._family:  # noqa: SLF001 - one of us
            root._forks += 1  # noqa: SLF001
            name = f"fork_{root._forks}"  # noqa: SLF001
        try:
            self._copy_to(name)
        except (duckdb.Error, MemoryError) as error:
            raise ScopeboxError(
                f"The store cannot be forked: {clean(str(error).partition(chr(10))[0])}",
                hint="A fork holds every item once more: close other forks, or try it on a store with fewer items.",
            ) from error
        copy = Database.__new__(Database)
        copy.path = None
        copy._start(root._connection, root, name)  # noqa: SLF001
        with root._family:  # noqa: SLF001
            root._living += 1  # noqa: SLF001
        return copy

    @cached_property
    def _catalog(self) -> str:
        """Its name in its instance; asked for once, which takes as long as many a read."""
        if self._name:
            return self._name
        with closing(self.cursor()) as cursor:
            found = cursor.execute("select current_database()").fetchone()
        assert found is not None
        return str(found[0])

    def _copy_to(self, name: str) -> None:
        """Attach a database ``name`` in memory with the content of this one; nothing stays attached where that fails."""
        with closing(self.cursor()) as cursor:
            cursor.execute(f"attach ':memory:' as {name}")
            try:
                cursor.execute(f"copy from database {quoted(self._catalog)} to {name}")
            except BaseException:
                cursor.execute(f"detach {name}")
                raise

    def close(self) -> None:
        """End the threads and close the database; idempotent. A file stays open as long as there are forks of it."""
        if self.closed:
            return
        self.closed = True
        self._writer.close()
        self._readers.close()
        self._short_reads.close()
        root = self._root
        if self._name:
            root._connection.cursor().execute(f"detach {self._name}")  # noqa: SLF001
        with root._family:  # noqa: SLF001
            root._living -= 1  # noqa: SLF001
            if not root._living:  # noqa: SLF001
                root._connection.close()  # noqa: SLF001

    def _check_open(self) -> None:
        if self.closed:
            raise store_closed()

    def _submit(
        self, threads: Threads, work: Callable[[Session], Generator[None, None, T]], clock: Clock
    ) -> tuple[Future[T], Callable[[], None]]:
        self._check_open()
        running: list[Session] = []

        def steps() -> Generator[None, None, T]:
            try:
                statements = self._idle.pop()  # not those of a thread: the next task may be another one's
            except IndexError:
                statements = Statements(self._cursor())
            writes = threads is self._writer
            session = Session(statements, clock, self._estimates, self.lengths, writes=writes)
            running.append(session)
            before = self.lengths.bytes
            try:
                return (yield from work(session))
            finally:
                if writes:
                    self.lengths.ended()
                    self._estimates.wrote(self.lengths.bytes - before)
                    with suppress(StoppedError, duckdb.Error):  # whatever became of the work, there may be a next time
                        self.held.tidy(session, self.lengths)
                self._idle.append(statements)

        return threads.submit(steps(), clock.work), _cancelling(running)

    async def _run(self, threads: Threads, work: Callable[[Session], Generator[None, None, T]]) -> T:
        """Run ``work`` in one of the ``threads`` at the cost of the chain that asks for it."""
        meter = CURRENT.get()
        if meter is None:
            return await result_of(*self._submit(threads, work, Clock()))
        with meter.timing() as clock:
            return await result_of(*self._submit(threads, work, clock))


def _remedy(message: str) -> str:
    if "lock" in message:
        return "A store file is open in one process at a time: close it there, or take another file here."
    if "not a valid DuckDB database" in message:
        return "A store keeps its items in a file of its own, which it makes where there is none."
    return "Its folder has to exist and to be writable."


def _cancelling(running: list[Session]) -> Callable[[], None]:
    def cancel() -> None:
        for session in running:
            session.cancel()

    return cancel


def _unwanted(fork: Future[Database]) -> None:
    """Close a fork for which nobody waits any more, if there is one."""
    if fork.exception() is None:
        fork.result().close()
