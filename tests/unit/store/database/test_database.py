"""The database of a store: locked down, one writer, nothing left of what was cancelled."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import duckdb
import pytest
from scopebox.errors import SchemaError
from scopebox.store.database.clock import Clock
from scopebox.store.database.database import Database
from scopebox.store.database.jobs import TASK_SECONDS
from scopebox.store.database.session import Session, StoppedError
from scopebox.store.database.statements import quoted

from tests.interrupts import interrupt_main

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


def test_single_rows_with_long_texts_are_not_copied_time_and_again(database: Database, tmp_path: Path) -> None:
    def setting(session: Session) -> object:
        row = session.row("SELECT current_setting('checkpoint_threshold')")
        return row and row[0]

    assert database.read_now(setting) == "244.1 MiB"
    durable = Database(tmp_path / "store.duckdb")
    assert durable.read_now(setting) == "16.0 MiB"  # its log of changes would grow instead
    durable.close()


def test_a_checkpoint_in_memory_tries_no_compression_of_texts(database: Database) -> None:
    with closing(database.cursor()) as cursor:
        cursor.execute("CREATE TABLE texts AS SELECT md5(i::VARCHAR) text FROM range(5000) t(i)")
        cursor.execute("CHECKPOINT")
        found = cursor.execute(
            "SELECT DISTINCT compression FROM pragma_storage_info('texts') WHERE segment_type = 'VARCHAR'"
        )
        assert found.fetchall() == [("Uncompressed",)]


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


@pytest.mark.parametrize("kind", ["read", "write"])
def test_whoever_is_interrupted_while_waiting_goes_on_when_nothing_runs_any_more(database: Database, kind: str) -> None:
    ended = threading.Event()

    def work(session: Session) -> None:
        if kind == "write":
            insert(session)
        interrupt_main()
        try:
            session.rows(ENDLESS)
        finally:
            ended.set()

    with pytest.raises(KeyboardInterrupt):
        database.write_now(work) if kind == "write" else database.read_now(work)
    assert ended.is_set()
    assert count(database) == 0


def test_what_stands_is_brought_to_its_end_whoever_was_interrupted(database: Database) -> None:
    def work(session: Session) -> Generator[None, None, None]:
        with session.transaction():
            insert(session)
        session.keep_on()
        interrupt_main()
        yield
        session.cancel()
        with session.transaction():
            insert(session)

    with pytest.raises(KeyboardInterrupt):
        database.take_turn_now(work)
    assert count(database) == 2


def test_a_fork_whose_copy_is_interrupted_is_closed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    copied = Database._copy_to

    def copy(original: Database, name: str) -> None:
        interrupt_main()
        time.sleep(0.05)
        copied(original, name)

    monkeypatch.setattr(Database, "_copy_to", copy)
    with pytest.raises(KeyboardInterrupt):
        database.fork()
    assert count(database) == 0
    database.write_now(insert)  # behind the copy, which no longer stands beside
    assert database._living == 1
    with closing(database.cursor()) as cursor:
        cursor.execute("SELECT count(*) FROM duckdb_databases() WHERE database_name LIKE 'fork%'")
        assert cursor.fetchone() == (0,)


def test_a_step_is_cancelled_between_its_statements(database: Database) -> None:
    def work(session: Session) -> None:
        session.cancel()
        insert(session)

    with pytest.raises(StoppedError):
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


def rows_in_steps(session: Session, number: int, rests: float = 0.0) -> Generator[None, None, int]:
    for _ in range(number):
        insert(session)
        until = time.thread_time() + rests
        while time.thread_time() < until:
            pass
        yield
    return number


def test_a_long_transaction_is_several_tasks(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks: list[float] = []
    work = Clock.work

    def counted(clock: Clock, step: Callable[[], object]) -> object:
        tasks.append(clock.seconds)
        return work(clock, step)

    monkeypatch.setattr(Clock, "work", counted)
    found = asyncio.run(database.write_in_steps(lambda session: rows_in_steps(session, 4, rests=TASK_SECONDS)))
    assert (found, len(tasks)) == (4, 5)
    assert tasks == sorted(set(tasks)), "each is charged once"
    monkeypatch.undo()
    assert count(database) == 4


def test_a_long_read_is_several_tasks_and_ends_before_another_takes_its_place(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    most = 0

    def steps(session: Session, name: str) -> Generator[None, None, str]:
        nonlocal most
        running.add(name)
        most = max(most, len(running))
        for _ in range(4):
            until = time.thread_time() + TASK_SECONDS
            while time.thread_time() < until:
                pass
            yield
        found = session.row("SELECT count(*) FROM t")
        running.discard(name)
        ended.append(name)
        return f"{name}{found}"

    running: set[str] = set()
    tasks: list[Clock] = []
    work = Clock.work

    def counted(clock: Clock, step: Callable[[], object]) -> object:
        tasks.append(clock)
        return work(clock, step)

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(database.read_in_steps(partial(steps, name=name)) for name in "abcd"))

    monkeypatch.setattr(Clock, "work", counted)
    assert asyncio.run(all_at_once()) == ["a(0,)", "b(0,)", "c(0,)", "d(0,)"]
    assert len(tasks) >= 4 * 4
    assert most <= 2, "what waits holds no items"
    assert {*ended[:2]} == {"a", "b"}


def test_nobody_writes_or_forks_between_the_tasks_of_a_transaction(database: Database) -> None:
    seen: list[object] = []

    def look(session: Session) -> None:
        seen.append(session.row("SELECT count(*) FROM t"))

    async def both() -> None:
        long = asyncio.create_task(database.write_in_steps(lambda session: rows_in_steps(session, 5, TASK_SECONDS)))
        await asyncio.sleep(0)
        await asyncio.gather(
            *(database.write(look) for _ in range(3)), asyncio.to_thread(lambda: database.fork().close())
        )
        await long

    asyncio.run(both())
    assert seen == [(5,)] * 3


def test_a_transaction_is_cancelled_between_its_tasks(database: Database) -> None:
    async def cancel() -> None:
        begun = threading.Event()

        def endless(session: Session) -> Generator[None, None, None]:
            while True:
                begun.set()
                yield from rows_in_steps(session, 1, TASK_SECONDS)

        task = asyncio.create_task(database.write_in_steps(endless))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await database.write(insert)

    asyncio.run(cancel())
    assert count(database) == 1


def test_an_error_in_a_later_task_leaves_nothing(database: Database) -> None:
    def fails(session: Session) -> Generator[None, None, None]:
        yield from rows_in_steps(session, 2, TASK_SECONDS)
        raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(database.write_in_steps(fails))
    assert count(database) == 0


def test_a_store_that_is_closed_ends_its_transaction_first(tmp_path: Path) -> None:
    database = Database(tmp_path / "store.duckdb")
    database.write_now(lambda session: session.execute("CREATE TABLE t (id INTEGER)"))

    async def close() -> None:
        begun = threading.Event()

        def long(session: Session) -> Generator[None, None, int]:
            begun.set()
            return (yield from rows_in_steps(session, 3, TASK_SECONDS))

        task = asyncio.create_task(database.write_in_steps(long))
        await asyncio.to_thread(begun.wait)
        database.close()
        assert await task == 3

    asyncio.run(close())
    again = Database(tmp_path / "store.duckdb")
    assert count(again) == 3
    again.close()


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
