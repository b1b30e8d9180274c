"""The meter: what the host works for a chain is charged to it, wherever it runs, and ends it at its limit."""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import pytest
from scopebox import LimitError, Sandbox, ScopeboxError, Settings, Store
from scopebox.chains.chain import Chain
from scopebox.chains.meter import Metered, metered_task
from scopebox.chains.runner import ChainRunner
from scopebox.isolate.pool import IsolatePool
from scopebox.server.app import SandboxApp
from scopebox.store.database.clock import Clock
from scopebox.store.database.database import Database
from scopebox.store.database.session import Session

from tests.state import PATIENCE

T = TypeVar("T")
ENDLESS = "select count(*) from range(1000000000000) r where r.range % 7 = 3"
NAME = "directus-extension-a"
LIMITED = Settings(chain_busy=20, spares=0)


def ticking(seconds: float) -> Callable[[], float]:
    """Return a clock by which every step takes ``seconds``."""
    readings = itertools.count()
    return lambda: next(readings) * seconds


def chain(seconds: float = 1.0, limit: float = 10.0) -> Chain:
    chain = Chain.start("cell a", Settings(chain_busy=limit))
    chain.clock = ticking(seconds)
    return chain


def run(work: Awaitable[T]) -> T:
    async def main() -> T:
        asyncio.get_running_loop().set_task_factory(metered_task)
        return await work

    return asyncio.run(main())


async def _awaiting(work: Awaitable[T]) -> T:
    return await work


async def steps(number: int) -> int:
    for _ in range(number - 1):
        await asyncio.sleep(0)
    return number


class TestSteps:
    def test_every_step_of_a_coroutine_is_charged(self) -> None:
        mine = chain()

        async def work() -> int:
            return await Metered(mine, steps(4))

        assert run(work()) == 4
        assert mine.busy == 4

    def test_who_awaits_it_for_no_chain_makes_its_steps_and_cancels_them(self) -> None:
        mine, seen = chain(), list[object]()

        async def waiting() -> None:
            seen.append(asyncio.current_task())
            try:
                await asyncio.sleep(PATIENCE)
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

        async def work() -> None:
            task = asyncio.create_task(_awaiting(Metered(mine, waiting())))
            await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            assert seen == [task, "cancelled"]

        run(work())
        assert mine.busy == 2

    def test_who_awaits_it_for_a_chain_is_charged_nothing_twice(self) -> None:
        mine = chain()
        assert run(Metered(mine, _awaiting(Metered(mine, steps(4))))) == 4
        assert mine.busy == 4 + 2

    def test_the_tasks_that_a_step_starts_are_charged_and_those_that_they_start(self) -> None:
        mine = chain()

        async def inner() -> None:
            await asyncio.gather(steps(2), steps(3))

        async def outer() -> None:
            await asyncio.create_task(inner())

        async def work() -> None:
            await mine.perform(outer())

        run(work())
        assert mine.busy == 2 + 2 + 2 + 3  # outer and inner begin and end

    def test_an_exception_and_a_cancellation_reach_the_work_and_are_charged(self) -> None:
        mine = chain()
        ended = []

        async def failing() -> None:
            await asyncio.sleep(0)
            raise ValueError("no")

        async def waiting() -> None:
            try:
                await asyncio.sleep(60)
            finally:
                ended.append("waiting")

        async def work() -> None:
            with pytest.raises(ValueError, match="no"):
                await Metered(mine, failing())
            task = asyncio.create_task(Metered(mine, waiting()))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(work())
        assert (mine.busy, ended) == (4, ["waiting"])

    def test_work_that_is_cancelled_before_it_began_leaves_no_warning(self) -> None:
        async def work() -> None:
            task = asyncio.create_task(Metered(chain(), steps(2)))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(work())

    def test_what_a_chain_spawns_is_charged_to_it(self) -> None:
        mine = chain()

        async def spawned() -> None:
            await asyncio.sleep(0)

        async def work() -> None:
            mine.spawn(spawned())
            await mine.settle(5)

        run(work())
        assert mine.host >= 2

    def test_two_chains_pay_for_themselves(self) -> None:
        first, second = chain(), chain()

        async def work() -> None:
            await asyncio.gather(first.perform(steps(2)), second.perform(steps(3)))

        run(work())
        assert (first.busy, second.busy) == (2, 3)


class TestLimit:
    def test_a_chain_over_its_limit_ends_with_an_error_that_names_it(self) -> None:
        mine = chain(limit=3)

        async def endless() -> None:
            for _ in itertools.count():
                await asyncio.sleep(0)

        async def work() -> None:
            mine.at_limit = lambda ended: ended.cancel_work()
            with pytest.raises(LimitError) as caught:
                await mine.perform(endless())
            assert caught.value.kind == "chain"
            assert "All that cell a caused used more than 3 s" in caught.value.hint
            assert "chain_busy=SECONDS" in caught.value.hint
            with pytest.raises(LimitError):
                await mine.perform(steps(1))

        run(work())
        assert mine.busy == 4 + 1  # the step that goes beyond it, and the one that is cancelled

    def test_a_task_whose_work_is_done_is_not_cancelled_for_it(self) -> None:
        mine = chain(limit=3)
        mine.at_limit = lambda ended: ended.cancel_work()

        async def last_step() -> str:
            mine.charge(4)
            mine.cancel()
            return "done"

        async def work() -> str:
            answer = await mine.perform(last_step())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return answer

        assert run(work()) == "done"

    def test_who_is_cancelled_by_somebody_else_is_cancelled(self) -> None:
        mine = chain(limit=3)
        mine.at_limit = lambda ended: ended.cancel_work()

        async def work() -> None:
            task = asyncio.create_task(mine.perform(asyncio.sleep(60)))
            await asyncio.sleep(0)
            mine.charge(4)
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        run(work())

    def test_the_limit_is_told_once_and_a_chain_of_the_notebook_goes_on(self) -> None:
        mine = chain(limit=3)
        told: list[Chain] = []
        mine.notebook, mine.at_limit = True, told.append

        async def work() -> int:
            return await mine.perform(steps(9))

        assert run(work()) == 9
        assert (told, mine.ended, mine.over) == ([mine], None, False)

    def test_what_waits_or_comes_later_in_an_ended_chain_does_not_start(self) -> None:
        mine = chain(limit=1)
        mine.at_limit = lambda ended: ended.cancel_work()
        mine.charge(2)
        mine.queue(NeverBegun())
        assert not mine.waiting

    def test_a_notebook_may_not_pay_for_guests(self) -> None:
        mine = chain(limit=3)
        mine.notebook = True
        mine.guests = 4
        assert mine.over


class NeverBegun:
    """A callback that must not begin."""

    left = 1

    def begin(self) -> Coroutine[object, object, None]:
        raise AssertionError


class TestWorkers:
    @pytest.fixture
    def database(self) -> Iterator[Database]:
        database = Database()
        yield database
        database.close()

    def test_a_statement_counts_by_the_wall_also_while_it_runs(self) -> None:
        clock = Clock()
        with clock.statement():
            time.sleep(0.02)
            assert clock.seconds >= 0.02
        assert clock.seconds >= 0.02

    def test_what_a_worker_computes_between_its_statements_is_charged(self, database: Database) -> None:
        mine = chain(seconds=0)

        def work(session: Session) -> float:
            session.row("select 1")
            started = time.thread_time()
            sum(number % 7 for number in range(50_000))
            return time.thread_time() - started

        async def read() -> float:
            return await mine.perform(database.read(work))

        spent = run(read())
        assert mine.busy >= spent

    @pytest.mark.parametrize("kind", ["read", "write"])
    def test_sql_in_progress_is_interrupted_at_the_limit(self, database: Database, kind: str) -> None:
        mine = chain(seconds=0, limit=0.05)
        mine.at_limit = lambda ended: ended.cancel_work()

        def work(session: Session) -> None:
            session.rows(ENDLESS)

        async def endless() -> None:
            with pytest.raises(LimitError):
                await mine.perform(database.read(work) if kind == "read" else database.write(work))
            assert await database.read(lambda session: session.row("select 1")) == (1,)

        run(endless())
        assert mine.busy > 0.05

    def test_sql_of_several_chains_is_interrupted_at_the_limit_of_each(self, database: Database) -> None:
        late, early = chain(seconds=0, limit=0.2), chain(seconds=0, limit=0.05)

        async def endless(mine: Chain) -> None:
            mine.at_limit = lambda ended: ended.cancel_work()
            with pytest.raises(LimitError):
                await mine.perform(database.read(lambda session: session.rows(ENDLESS)))

        async def both() -> None:
            await asyncio.gather(endless(late), endless(early))

        run(both())
        assert late.busy > 0.2
        assert early.busy > 0.05

    def test_sql_that_waits_for_its_turn_costs_nothing(self, database: Database) -> None:
        mine, other = chain(seconds=0), chain(seconds=0)
        release = threading.Event()

        async def both() -> None:
            first = asyncio.create_task(other.perform(database.write(lambda _: release.wait(PATIENCE))))
            second = asyncio.create_task(mine.perform(database.write(lambda _: mine.busy)))
            await asyncio.sleep(0.02)
            release.set()
            assert await second == 0
            await first

        run(both())


class SlowChain(Chain):
    """A chain for which every step of the host takes a second."""

    def charge(self, seconds: float) -> None:
        super().charge(max(1.0, seconds))


class SlowRunner(ChainRunner):
    """Starts such chains."""

    def start(self, root: str, wall: float | None = None, *, notebook: bool = False) -> Chain:
        chain = super().start(root, wall, notebook=notebook)
        chain.__class__ = SlowChain
        return chain


def use_slow_chains(box: Sandbox, settings: Settings) -> None:
    chains = SlowRunner(box.pool.thread, settings, box.loaded.cancel, box.loaded.end_at_limit)
    box.services = replace(box.services, settings=settings, chains=chains)
    box.app = SandboxApp(box.services, box.loaded)


@pytest.fixture
def slow(pool: IsolatePool) -> Iterator[Sandbox]:
    """Give a sandbox in which every step of the host takes a second, and a chain has twenty."""
    with Sandbox(Store.sample(), pool=pool, settings=LIMITED) as box:
        use_slow_chains(box, LIMITED)
        yield box


READS = {"permissions": [{"permission": "read-items", "role": "admin"}]}
CALLS = {
    "answered at once": "while True: exec('log', 'x')",
    "of the store": "while True: await exec('read-items', 'articles', {'query': {'limit': 1}})",
    "awaited together": "while True: await gather(*(exec('sleep', 0) for _ in range(20)))",
    "that are refused": "while True:\n try: await exec('nothing')\n except ValueError: pass",
    "of output": "while True: print('x' * 5000)",
}


class TestGuests:
    @pytest.mark.parametrize("source", CALLS.values(), ids=CALLS)
    def test_calls_that_make_the_host_work_end_their_chain_and_the_next_cell_runs(
        self, slow: Sandbox, source: str
    ) -> None:
        with pytest.raises(LimitError) as caught:
            slow.load(source, name=NAME, manifest=READS)
        assert (caught.value.kind, caught.value.message) == ("chain", "Script execution timed out.")
        assert f"All that cell {NAME} caused used more than 20 s" in caught.value.hint
        assert caught.value.result is not None
        assert caught.value.result.busy > 20
        assert slow.load("1 + 1", name=NAME).result.value == 2

    def test_actions_that_a_cell_leaves_behind_end_with_its_chain(self, slow: Sandbox) -> None:
        slow.load(
            "async def f(x):\n while True: await exec('sleep', 0)\nexec('register-operation', {'id': 'o', 'handler': f})",
            name=NAME,
        )
        with pytest.raises(LimitError, match="timed out"):
            slow.run_operation("o")

    def test_a_request_of_a_client_ends_at_its_limit_and_says_so(self, slow: Sandbox) -> None:
        headers = {"authorization": "Bearer admin-token"}
        use_slow_chains(slow, Settings(chain_busy=3))
        answer = slow.request("GET", "/items/articles?meta=*", headers=headers)
        assert answer.status_code == 500
        assert "timed out" in answer.text

    def test_the_notebook_itself_is_told_and_goes_on(self, slow: Sandbox) -> None:
        source = "async def f(payload, meta):\n for _ in range(40): await exec('sleep', 0)\n return payload"
        slow.load(f"{source}\nexec('register-filter', {{'event': 'x', 'handler': f}})", name=NAME)
        assert slow.emit_filter("x", {"a": 1}) == {"a": 1}
        lines = [record.message for record in slow.log if record.level == "warn"]
        assert lines == ["emit x used more than 20 s; it goes on, since the notebook started it"]

    def test_guests_that_the_notebook_calls_are_still_stopped(self, pool: IsolatePool) -> None:
        source = "def f(payload, meta):\n while True: pass\nexec('register-filter', {'event': 'x', 'handler': f})"
        with Sandbox(pool=pool, settings=Settings(chain_busy=0.1, busy=5, spares=0)) as box:
            box.load(source, name=NAME)
            with pytest.raises(ScopeboxError, match="timed out") as caught:
                box.emit_filter("x", {})
            assert caught.value.hint.startswith("All that emit x caused used more than 0.1 s")
