"""Short reads run on the loop that asks, unless anybody would have to wait for that."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from scopebox.store.access import Access
from scopebox.store.database import short_reads
from scopebox.store.database.clock import CURRENT, Clock
from scopebox.store.database.database import Database
from scopebox.store.database.session import Session, StoppedError
from scopebox.store.database.short_reads import LONG_SECONDS, REST_SECONDS
from scopebox.store.reading.request import Request
from scopebox.store.store import Store

from tests.reading import Json, make_store
from tests.state import eventually


@pytest.fixture
def database() -> Iterator[Database]:
    """A database for which time stands still: on a busy machine a short read may take longer than short ones should."""
    made = Database()
    made._short_reads._clock = lambda: 1000.0
    made.write_now(lambda session: session.execute("CREATE TABLE t AS SELECT range AS id FROM range(10)"))
    rest(made)
    yield made
    made.close()


def rest(database: Database) -> None:
    """Wait until nothing is written: whoever waits for a write has its result a moment before that."""
    assert not eventually(lambda: database._writer.busy, wanted=False)


def where(session: Session) -> str:
    assert session.rows("SELECT id FROM t WHERE id = 3") == [(3,)]
    return threading.current_thread().name


HERE = threading.current_thread().name


def ran_here(database: Database) -> bool:
    return asyncio.run(database.read(where, short=True)) == HERE


def test_a_short_read_runs_where_it_is_asked_and_any_other_in_a_thread(database: Database) -> None:
    assert ran_here(database)
    assert asyncio.run(database.read(where)).startswith("scopebox-read")
    assert ran_here(database)


@contextmanager
def held(submit: Callable[[Callable[[Session], None]], object], *, of: int = 1) -> Iterator[None]:
    """Keep steps running until the end of the block."""
    begun, release = threading.Semaphore(0), threading.Event()

    def hold(_: Session) -> None:
        begun.release()
        assert release.wait(60)

    waiting = [threading.Thread(target=submit, args=(hold,)) for _ in range(of)]
    for thread in waiting:
        thread.start()
    for _ in range(min(of, 2)):
        assert begun.acquire(timeout=60)
    try:
        yield
    finally:
        release.set()
        for thread in waiting:
            thread.join()


def test_nobody_waits_on_the_loop_for_a_write(database: Database) -> None:
    with held(database.write_now):
        assert not ran_here(database)
    rest(database)
    assert ran_here(database)


def test_nobody_overtakes_those_who_wait_for_a_thread(database: Database) -> None:
    with held(database.read_now, of=2):
        assert ran_here(database)
    with held(database.read_now, of=3):
        while not database._readers.queued:
            time.sleep(0.001)
        asking = threading.Thread(target=lambda: found.append(asyncio.run(database.read(where, short=True))))
        found: list[str] = []
        asking.start()
        while len(database._readers._waiting) < 2 and asking.is_alive():
            time.sleep(0.001)
    asking.join()
    assert found[0].startswith("scopebox-read")
    assert not database._readers.queued
    assert ran_here(database)


def test_a_cancelled_step_does_not_wait_any_more(database: Database) -> None:
    async def cancelled() -> None:
        with held(database.read_now, of=2):
            task = asyncio.create_task(database.read(where))
            await asyncio.sleep(0)
            assert database._readers.queued
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert not database._readers.queued

    asyncio.run(cancelled())


def test_one_runs_in_a_turn_of_the_loop_and_the_others_in_threads(database: Database) -> None:
    async def many() -> list[str]:
        return await asyncio.gather(*(database.read(where, short=True) for _ in range(6)))

    found = asyncio.run(many())
    assert found.count(HERE) == 1
    assert ran_here(database)


def test_a_loop_that_never_came_round_holds_nobody_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(database._short_reads, "_clock", lambda: now[0])
    monkeypatch.setattr(database._short_reads, "_next_turn", lambda: None)
    assert ran_here(database)
    assert not ran_here(database)
    now[0] += 2 * short_reads.TURN_SECONDS
    assert ran_here(database)


def test_after_one_that_took_long_all_run_in_threads_for_a_while(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(database._short_reads, "_clock", lambda: now[0])

    def slow(session: Session) -> str:
        now[0] += LONG_SECONDS + 0.001
        return where(session)

    assert asyncio.run(database.read(slow, short=True)) == HERE
    assert not ran_here(database)
    now[0] += REST_SECONDS
    assert ran_here(database)


def test_a_transaction_of_the_host_that_stays_open_holds_nobody_up(database: Database) -> None:
    with database.cursor() as cursor:
        cursor.begin()
        cursor.execute("UPDATE t SET id = id + 100")
        assert ran_here(database)
        cursor.commit()
    rows = asyncio.run(database.read(lambda session: session.rows("SELECT min(id) FROM t"), short=True))
    assert rows == [(100,)]


def test_an_error_leaves_the_next_one_its_turn(database: Database) -> None:
    def wrong(session: Session) -> None:
        session.rows("SELECT nothing FROM t")

    for _ in range(2):
        with pytest.raises(duckdb.Error):
            asyncio.run(database.read(wrong, short=True))
        assert ran_here(database)

    def stopped(session: Session) -> None:
        session.cancel()
        session.rows("SELECT 1")

    with pytest.raises(StoppedError):
        asyncio.run(database.read(stopped, short=True))
    assert ran_here(database)


def test_a_file_is_free_once_it_is_closed_from_any_thread(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    database = Database(path)
    database.write_now(lambda session: session.execute("CREATE TABLE t AS SELECT 3 AS id"))
    rest(database)
    assert ran_here(database)
    closing = threading.Thread(target=database.close)
    closing.start()
    closing.join()
    with duckdb.connect(
        str(path), config={"threads": "1"}
    ) as other:  # one that were open still would refuse other settings
        assert other.execute("SELECT id FROM t").fetchall() == [(3,)]
    with pytest.raises(Exception, match="closed"):
        asyncio.run(database.read(where, short=True))


def test_a_fork_is_read_apart_from_its_root(database: Database) -> None:
    copy = database.fork()
    database.write_now(lambda session: session.execute("DELETE FROM t"))
    assert ran_here(copy)
    copy.close()
    found = asyncio.run(database.read(lambda session: session.rows("SELECT * FROM t"), short=True))
    assert found == []


class Purse:
    """Whoever pays, and what for."""

    def __init__(self) -> None:
        self.paid: list[float] = []

    def timing(self) -> object:
        raise AssertionError

    def charge(self, seconds: float) -> None:
        self.paid.append(seconds)


def test_what_it_waits_for_is_charged_besides_the_time_of_its_thread(database: Database) -> None:
    """The processor time of the loop's thread is charged by the step that runs on it."""
    purse, waits = Purse(), 0.05

    def work(session: Session) -> None:
        with session._clock.statement():
            time.sleep(waits)

    async def ask() -> None:
        CURRENT.set(purse)  # type: ignore[arg-type]
        await database.read(work, short=True)

    asyncio.run(ask())
    assert len(purse.paid) == 1
    assert purse.paid[0] > waits / 2


def test_work_of_the_thread_itself_is_not_charged_twice() -> None:
    clock = Clock()

    def work() -> None:
        with clock.statement():
            until = time.thread_time() + 0.05
            while time.thread_time() < until:
                pass

    began = time.monotonic()
    clock.here(work)
    assert clock.seconds <= time.monotonic() - began - 0.05


# Which reads are short


RELATED: Json = {"author": {"name": {"_nnull": True}}}


def rules(rule: Json) -> Access:
    permission = {"collection": "articles", "action": "read", "fields": ["*"], "permissions": rule}
    users = {"collection": "users", "action": "read", "fields": ["*"]}
    return Access.read(
        {"policies": {"p": {"permissions": [permission, users]}}, "roles": {"reader": {"policies": ["p"]}}}
    )


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with make_store() as made:
        yield made


def runs_here(store: Store, query: Json, rule: Json) -> bool:
    """Whether a query under a rule is read on the loop that asks."""
    with store.fork() as copy:
        copy.access = rules(rule)
        rest(copy.database)
        request = Request(copy.access.for_role("reader"))
        copy.database._short_reads.close()  # whoever may run here asks first
        asked: list[bool] = []
        copy.database._short_reads.begin = lambda: asked.append(True) is not None  # type: ignore[method-assign, func-returns-value]
        asyncio.run(copy.reader.read("articles", query, request))
        return bool(asked)


BY_KEY: Json = {"filter": {"id": {"_eq": 3}}}


@pytest.mark.parametrize(
    "rule", [{}, {"status": {"_eq": "published"}}, {"_or": [{"id": {"_lt": 9}}, {"views": {"_null": True}}]}], ids=str
)
@pytest.mark.parametrize(
    "extra",
    [{}, {"fields": ["title", "meta", "day"]}, {"alias": {"n": "title"}, "fields": ["n"]}, {"limit": 1}],
    ids=str,
)
def test_one_item_by_its_key_is_short(store: Store, extra: Json, rule: Json) -> None:
    assert runs_here(store, {"fields": ["id", "meta", "day"], **BY_KEY, **extra}, rule)


@pytest.mark.parametrize(
    "query",
    [{}, {"limit": 1}, {"filter": {"id": {"_in": [3]}}}, {"filter": {"id": {"_in": list(range(50))}}}, {"filter": {"title": {"_eq": "x"}}},
     BY_KEY,
        {**BY_KEY, "fields": ["author.name"]}, {**BY_KEY, "fields": ["children.id"]}, {**BY_KEY, "fields": ["children"]},
     {**BY_KEY, "fields": ["count(children)"]}, {**BY_KEY, "fields": ["year(day)"]}, {**BY_KEY, "fields": ["json(meta, n)"]},
     {**BY_KEY, "search": "Title"}, {**BY_KEY, "sort": ["author.name"]}, {"filter": {"_and": [BY_KEY["filter"], {"title": {"_contains": "T"}}]}},
     {"filter": {"_and": [BY_KEY["filter"], RELATED]}}, {**BY_KEY, "aggregate": {"count": ["*"]}}],
    ids=str,
)  # fmt: skip
def test_whatever_reaches_further_is_not(store: Store, query: Json) -> None:
    assert not runs_here(store, query, {})


@pytest.mark.parametrize(
    "rule",
    [RELATED, {"title": {"_icontains": "t"}}, {"title": {"_nstarts_with": "x"}}, {"year(day)": {"_eq": 2024}},
     {"children": {"_some": {"views": {"_gt": 1}}}}, {"count(children)": {"_gt": 0}}, {"views": {"_in": list(range(50))}},
     {"_or": [{"id": {"_gt": 0}}, {"title": {"_ends_with": "x"}}]}],
    ids=str,
)  # fmt: skip
def test_nor_is_a_read_under_a_rule_that_reaches_further(store: Store, rule: Json) -> None:
    assert not runs_here(store, BY_KEY, rule)
