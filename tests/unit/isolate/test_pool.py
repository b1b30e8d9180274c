"""Processes, descriptors and threads: what is there while a pool works, and that nothing is left of it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from scopebox.errors import IsolateDied, IsolationError
from scopebox.isolate.isolate import Isolate
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import language_of
from scopebox.settings import Settings

from tests.isolates import RAW_ENGINE, SETTINGS, Guest, Peer, cause, until, value
from tests.state import descendants, eventually, state


@pytest.fixture
def pool() -> Iterator[IsolatePool]:
    pool = IsolatePool(SETTINGS, engine=RAW_ENGINE)
    yield pool
    pool.close()


OTHERS: set[object] = (
    set()
)  # processes, descriptors and threads of pools that tests share, and of earlier tests: some still end


@pytest.fixture(autouse=True, scope="module")
def others(sandbox_pool: IsolatePool) -> Iterator[None]:
    state(sandbox_pool)  # all that there will be is there
    OTHERS.update(descendants())
    OTHERS.update(descriptors())
    OTHERS.update(threading.enumerate())
    yield
    OTHERS.clear()


def own_descendants() -> set[int]:
    return descendants() - OTHERS


def zygotes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if child.pid not in OTHERS]


def resources() -> tuple[int, int, int]:
    return len(own_descendants()), len(descriptors() - OTHERS), len(set(threading.enumerate()) - OTHERS)


def descriptors() -> set[tuple[str, str]]:
    """Return each descriptor with what it is open on: its number alone may be another's later."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # that of this look itself
            found.add((entry.name, str(entry.readlink())))
    return found


def gone(pid: int) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    return True


def wait_gone(*pids: int) -> None:
    nobody: set[int] = set()
    assert eventually(lambda: {pid for pid in pids if not gone(pid)}, nobody) == nobody


def test_a_pool_starts_nothing_before_it_is_used() -> None:
    before = resources()
    pool = IsolatePool(SETTINGS, engine=RAW_ENGINE)
    assert resources() == before
    pool.close()
    pool.close()
    with pytest.raises(RuntimeError, match="closed"):
        _ = pool.loop


def test_three_hundred_loads_leave_no_process_descriptor_or_thread(pool: IsolatePool) -> None:
    first = Guest(pool)
    first.end()
    pool.run(pool.settle())
    before = resources()

    async def load(number: int) -> object:
        isolate = await pool.acquire(Peer(), memory=32)
        guest = Guest.__new__(Guest)
        guest.isolate, guest.language = isolate, "python"
        done = await guest.loading(f"await exec('echo', {number})")
        isolate.kill(IsolateDied("enough"))
        await isolate.gone
        return value(done)

    async def loads() -> list[object]:
        return [
            each for start in range(0, 300, 10) for each in await asyncio.gather(*map(load, range(start, start + 10)))
        ]

    assert pool.run(loads()) == [[number] for number in range(300)]
    pool.run(pool.settle())
    processes, descriptors, threads = resources()
    assert (processes, descriptors) == before[:2]
    assert threads <= before[2] + 1  # the watchdog has its one


def test_closing_leaves_nothing() -> None:
    before = resources()
    pool = IsolatePool(Settings(spares=2), engine=RAW_ENGINE)
    guest = Guest(pool)
    pool.run(pool.refill())
    assert len(own_descendants()) == before[0] + 4
    pool.close()
    assert eventually(resources, before) == before
    assert [type(each) for each in guest.peer.exits] == [IsolateDied]


def test_a_forgotten_pool_is_closed() -> None:
    before = resources()
    pool = IsolatePool(SETTINGS, engine=RAW_ENGINE)
    Guest(pool).value("1")
    del pool
    gc.collect()
    assert eventually(resources, before) == before


def test_a_spare_is_taken_and_made_again_only_on_request() -> None:
    pool = IsolatePool(Settings(spares=1), engine=RAW_ENGINE)
    pool.run(pool.refill())
    (zygote,) = zygotes()
    (spare,) = [child.pid for child in zygote.children()]
    guest = Guest(pool)
    assert guest.isolate.pid == spare
    assert len(zygote.children()) == 1

    async def soon() -> None:
        pool.refill_soon()
        await until(lambda: len(zygote.children()) == 2)

    pool.run(soon())
    pool.close()


def test_an_expected_language_has_its_zygote_and_no_guest_before_a_load(pool: IsolatePool) -> None:
    for _ in range(2):
        pool.expect(language_of("js"))
    assert eventually(lambda: len(zygotes()), 1) == 1
    pool.run(pool.settle())
    (zygote,) = zygotes()
    assert zygote.children() == []
    assert Guest(pool).value("1 + 1") == 2
    assert zygotes() == [zygote]


def test_nothing_is_expected_of_a_language_that_was_used(pool: IsolatePool) -> None:
    Guest(pool)
    (zygote,) = zygotes()
    zygote.kill()
    wait_gone(zygote.pid)
    pool.run(pool.settle())
    pool.expect(language_of("js"))
    pool.run(pool.settle())
    assert zygotes() == []


def test_what_goes_wrong_with_an_expected_language_is_left_to_the_load() -> None:
    pool = IsolatePool(SETTINGS, engine="/nowhere/engine.py")
    pool.expect(language_of("js"))
    pool.run(pool.settle())
    with pytest.raises(IsolationError, match=r"/nowhere/engine\.py"):
        Guest(pool)
    pool.close()
    pool.expect(language_of("ts"))


def test_no_portable_isolate_is_expected() -> None:
    before = resources()
    pool = IsolatePool(SETTINGS, portable=True)
    pool.expect(language_of("python"))
    assert not pool.started
    assert resources() == before


def test_a_dead_spare_is_not_handed_out() -> None:
    pool = IsolatePool(Settings(spares=1), engine=RAW_ENGINE)
    pool.run(pool.refill())
    (zygote,) = zygotes()
    (spare,) = zygote.children()
    spare.kill()
    pool.run(until(lambda: not zygote.children()))
    assert Guest(pool).value("1 + 1") == 2
    pool.close()


def test_a_spare_that_ends_while_it_is_taken_is_told_as_one_that_ended() -> None:
    pool = IsolatePool(Settings(spares=1), engine=RAW_ENGINE)
    pool.run(pool.refill())
    (spare,) = pool.isolates

    async def work() -> Isolate:
        os.kill(spare.pid, signal.SIGKILL)
        there = eventually(lambda: psutil.pid_exists(spare.pid), wanted=False)  # on the loop, which cannot learn of it
        assert not there
        return await pool.acquire(Peer(), memory=64)

    with pytest.raises(IsolateDied, match="it ended before anything ran in it"):
        pool.run(work())
    assert Guest(pool).value("1 + 1") == 2
    pool.close()


def test_a_machine_that_limits_no_process_has_no_isolate(pool: IsolatePool, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("resource.prlimit", refused)
    with pytest.raises(IsolationError, match="cannot be limited"):
        Guest(pool)
    pool.run(until(lambda: not pool.isolates))


def test_killing_the_zygote_ends_its_guests_and_the_next_load_starts_another(pool: IsolatePool) -> None:
    guests = [Guest(pool) for _ in range(3)]
    (zygote,) = zygotes()

    async def work() -> list[object]:
        running = [asyncio.ensure_future(guest.loading("await exec('never')")) for guest in guests]
        await until(lambda: all(guest.peer.calls for guest in guests))
        zygote.kill()
        return list(await asyncio.gather(*running, return_exceptions=True))

    assert [type(error) for error in pool.run(work())] == [IsolateDied] * 3
    assert [len(guest.peer.exits) for guest in guests] == [1, 1, 1]
    wait_gone(*(guest.isolate.pid for guest in guests))
    assert Guest(pool).value("1 + 1") == 2


def test_killing_a_guest_under_load_ends_it_alone(pool: IsolatePool) -> None:
    victim, other = Guest(pool), Guest(pool)
    source = "for n in range(300): await exec('echo', n)\n'done'"

    async def work() -> tuple[object, object]:
        runs = [
            asyncio.ensure_future(guest.loading("while True: await exec('echo', 1)" if guest is victim else source))
            for guest in (victim, other)
        ]
        await until(lambda: len(victim.peer.calls) > 20)
        os.kill(victim.isolate.pid, signal.SIGKILL)
        return tuple(await asyncio.gather(*runs, return_exceptions=True))  # type: ignore[return-value]

    error, done = pool.run(work())
    assert "memory limit" in str(error)  # a kill from nobody here is the system's
    assert value(done) == "done"  # type: ignore[arg-type]


def test_kill_is_safe_from_any_thread_at_any_time(pool: IsolatePool) -> None:
    guests = [Guest(pool) for _ in range(10)]

    def kill(isolate: Isolate) -> None:
        for _ in range(50):
            isolate.kill(IsolateDied("by a thread"))

    threads = [threading.Thread(target=kill, args=(guest.isolate,)) for guest in guests for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.run(until(lambda: all(guest.peer.exits for guest in guests)))
    assert {str(guest.peer.exits[0]) for guest in guests} == {"by a thread"}
    for guest in guests:
        guest.isolate.kill(IsolateDied("again"))


def test_loads_that_start_at_the_same_time_share_one_zygote(pool: IsolatePool) -> None:
    async def work() -> int:
        isolates = await asyncio.gather(*(pool.acquire(Peer(), memory=32) for _ in range(5)))
        return len({isolate.pid for isolate in isolates})

    assert pool.run(work()) == 5
    assert len(zygotes()) == 1


def test_a_broken_engine_is_told_with_its_reason(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise RuntimeError('no such engine')")
    before = resources()
    pool = IsolatePool(SETTINGS, engine=str(broken))
    for _ in range(2):
        with pytest.raises(IsolationError, match="no such engine"):
            Guest(pool)
    pool.close()
    assert eventually(resources, before) == before


def test_waiting_on_the_loop_thread_is_an_error(pool: IsolatePool) -> None:
    async def wait() -> None:
        pool.run(asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="block the loop"):
        pool.run(wait())


def test_an_idle_pool_uses_no_processor_time() -> None:
    known = set(threading.enumerate())
    pool = IsolatePool(Settings(spares=1))
    guest = Guest(pool)
    assert guest.value("1 + 1") == 2
    pool.run(pool.refill())
    names = {"scopebox-loop", "scopebox-watchdog"}
    threads = [t.native_id for t in threading.enumerate() if t not in known and t.name in names]
    tasks = [Path(f"/proc/self/task/{each}/status") for each in threads]
    tasks += [Path(f"/proc/{each}/status") for each in own_descendants()]
    assert len(tasks) == 5  # loop, watchdog, zygote, guest and spare

    def rests() -> bool:
        """Whether none of them runs for a while; the watchdog looks once more after a run."""

        def switches() -> list[str]:
            return [line for task in tasks for line in task.read_text("ascii").splitlines() if "ctxt_switches" in line]

        before = switches()
        time.sleep(0.5)
        return switches() == before

    assert eventually(lambda: rests() and rests(), wanted=True)  # one that waits for a processor seems to rest
    pool.close()


HOST = """
import sys, time
sys.path[:0] = {path!r}
from tests.isolates import *
from tests.isolates import Guest
pool = IsolatePool(Settings(spares=1), engine=RAW_ENGINE)
guest, spinning = Guest(pool), Guest(pool)
pool.run(pool.refill())
import asyncio, psutil
asyncio.run_coroutine_threadsafe(guest.loading("await exec('never')", wall=300), pool.loop)
asyncio.run_coroutine_threadsafe(spinning.loading("while True: pass", wall=300, busy=10), pool.loop)
print(*(c.pid for c in psutil.Process().children(recursive=True)), flush=True)
{end}
"""


def host(end: str) -> tuple[subprocess.Popen[str], list[int]]:
    script = HOST.format(path=[path for path in sys.path if path], end=end)
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, [int(pid) for pid in process.stdout.readline().split()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_host_leaves_no_process(number: int) -> None:
    process, pids = host("time.sleep(600)")
    assert len(pids) == 4
    process.send_signal(number)
    process.communicate()
    wait_gone(*pids)


@pytest.mark.parametrize("end", ["", "raise SystemExit(0)", "pool = None", "pool.close()"])
def test_a_host_that_ends_leaves_no_process_and_says_nothing(end: str) -> None:
    process, pids = host(end)
    said, errors = process.communicate()
    assert (process.returncode, said, errors) == (0, "", "")
    wait_gone(*pids)


def test_a_fork_of_the_host_ends_nothing_of_its_parent() -> None:
    end = (
        "import os\n"
        "child = os.fork()\n"
        "if not child:\n    try:\n        pool.loop\n    except RuntimeError as error:\n        assert 'fork' in str(error)\n"
        "    pool.close(); os._exit(0)\n"
        "assert os.waitpid(child, 0)[1] == 0\n"
        "print(Guest(pool).value('1 + 1'), flush=True)\n"
    )
    process, pids = host(end)
    said, _ = process.communicate()
    assert (said, process.returncode) == ("2\n", 0)
    wait_gone(*pids)


def test_an_interrupt_of_the_terminal_does_not_reach_the_guests(pool: IsolatePool) -> None:
    guest = Guest(pool)
    assert os.getpgid(guest.isolate.pid) != os.getpgid(0)
    assert os.getsid(guest.isolate.pid) != os.getsid(0)


def test_without_pidfds_kills_still_reach_the_guest() -> None:
    pool = IsolatePool(SETTINGS, engine=RAW_ENGINE, without=["pidfd"])
    guest = Guest(pool)
    assert "processor time" in str(guest.error("while True: pass", busy=0.1))
    wait_gone(guest.isolate.pid)
    pool.close()


def test_a_run_whose_caller_went_away_ends_without_harm(pool: IsolatePool) -> None:
    guest = Guest(pool)

    async def work() -> None:
        run = asyncio.ensure_future(guest.loading("await exec('sleep', 50)", by=cause()))
        await until(lambda: guest.peer.calls)
        run.cancel()
        await until(lambda: not guest.isolate.invocations)

    pool.run(work())
    assert guest.value("1 + 1") == 2
