"""The database of a store: locked down, one writer, nothing left of what was cancelled."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from scopebox.errors import SchemaError
from scopebox.store.database.database import Database, quoted
from scopebox.store.database.session import Cancelled, Session

ENDLESS = "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b"


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    made.write_now(lambda session: session.execute("CREATE TABLE t (id INTEGER)"))
    yield made
    made.close()


def count(database: Database) -> object:
    row = database.read_now(lambda session: session.row("SELECT count(*) FROM t"))
    return row and row[0]


def insert(session: Session) -> None:
    session.execute("INSERT INTO t VALUES (1)")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM glob('/*')", "COPY t TO '/tmp/scopebox-out'", "INSTALL httpfs",
        "ATTACH '/tmp/scopebox.db' AS x", "SET enable_external_access = true", "SELECT * FROM '/etc/passwd'", "SELECT * FROM database",
        "EXPORT DATABASE '/tmp/scopebox-export'", "SET memory_limit = '1TB'",
    ],
)  # fmt: skip
def test_files_network_extensions_settings_and_python_are_out_of_reach(database: Database, sql: str) -> None:
    with pytest.raises(duckdb.Error):
        database.read_now(lambda session: session.rows(sql))


def test_a_write_that_raises_leaves_nothing(database: Database) -> None:
    def work(session: Session) -> None:
        insert(session)
        raise LookupError

    with pytest.raises(LookupError):
        database.write_now(work)
    assert count(database) == 0


def test_writes_run_one_after_the_other(database: Database) -> None:
    running = threading.Semaphore()

    def work(session: Session) -> None:
        assert running.acquire(blocking=False)
        insert(session)
        running.release()

    async def many() -> None:
        await asyncio.gather(*(database.write(work) for _ in range(20)))

    asyncio.run(many())
    assert count(database) == 20


@pytest.mark.parametrize("kind", ["read", "write"])
def test_a_cancelled_step_is_interrupted_and_rolled_back_before_the_next(database: Database, kind: str) -> None:
    started = threading.Event()

    def work(session: Session) -> None:
        if kind == "write":
            insert(session)
        started.set()
        session.rows(ENDLESS)

    async def cancel() -> None:
        task = asyncio.create_task(database.write(work) if kind == "write" else database.read(work))
        await asyncio.to_thread(started.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await database.write(insert)

    asyncio.run(cancel())
    assert count(database) == 1


def test_a_step_is_cancelled_between_its_statements(database: Database) -> None:
    def work(session: Session) -> None:
        session.cancel()
        insert(session)

    with pytest.raises(Cancelled):
        database.write_now(work)
    assert count(database) == 0


def test_a_step_that_waits_is_cancelled_without_running(database: Database) -> None:
    release = threading.Event()
    ran: list[str] = []

    async def cancel() -> None:
        holds = threading.Event()

        def hold(session: Session) -> None:
            holds.set()
            release.wait()

        first = asyncio.create_task(database.write(hold))
        await asyncio.to_thread(holds.wait)
        second = asyncio.create_task(database.write(lambda session: ran.append("second")))
        await asyncio.sleep(0.01)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        release.set()
        await first

    asyncio.run(cancel())
    assert ran == []


def test_an_error_of_the_database_ends_the_transaction(database: Database) -> None:
    def work(session: Session) -> None:
        insert(session)
        session.execute("SELECT CAST('x' AS INTEGER)")

    with pytest.raises(duckdb.ConversionException):
        database.write_now(work)
    database.write_now(insert)
    assert count(database) == 1


def test_a_snapshot_inside_a_transaction_is_part_of_it(database: Database) -> None:
    def work(session: Session) -> object:
        insert(session)
        with session.snapshot():
            return session.row("SELECT count(*) FROM t")

    assert database.write_now(work) == (1,)


def test_a_fork_starts_equal_and_goes_its_own_way(database: Database) -> None:
    database.write_now(insert)
    fork = database.fork()
    fork.write_now(insert)
    again = fork.fork()
    fork.close()
    assert (count(database), count(again)) == (1, 2)
    again.close()


def test_a_file_keeps_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    first = Database(path)
    first.write_now(lambda session: session.execute("CREATE TABLE t AS SELECT 7 AS id"))
    first.close()
    second = Database(path)
    assert second.read_now(lambda session: session.rows("SELECT id FROM t")) == [(7,)]
    second.close()


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"nowhere"):
        Database(tmp_path / "nowhere" / "store.duckdb")


def test_closing_twice_is_closing_once(database: Database) -> None:
    threads = {thread.name for thread in threading.enumerate()}
    assert any(name.startswith("scopebox-write") for name in threads)
    database.close()
    database.close()
    assert database.closed


def test_names_are_quoted() -> None:
    assert quoted('a"b') == '"a""b"'
