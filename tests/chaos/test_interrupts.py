"""Interrupts, cancellations and closing at any moment: what was begun ends, and nothing is left of it.

``make chaos ROUNDS=100`` repeats each of these beside two busy processes.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import psutil
import pytest
import scopebox
from scopebox.errors import ExtensionError, IsolationError, ScopeboxError
from scopebox.isolate.isolate import Isolate
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName
from scopebox.sandbox.sandbox import Sandbox
from scopebox.settings import Settings
from scopebox.store.store import Store

from tests.chaos.victim import BUSY, FORGET, MANIFEST, NAME
from tests.isolates import RAW_ENGINE, Peer
from tests.state import eventually, settled, state, works

if TYPE_CHECKING:
    from _typeshed import TraceFunction

ROUNDS = range(int(os.environ.get("SCOPEBOX_CHAOS", "1")))
STEP = 29  # every which instruction is interrupted in a round; as many rounds interrupt at each
HOST = Path(scopebox.__file__).parent
HANDING_OVER = {
    str(path)
    for path in (
        *(HOST / "chains" / name for name in ("interrupts.py", "runner.py", "loop.py")),
        *(HOST / "sandbox" / name for name in ("sandbox.py", "printing.py")),
        *(HOST / "isolate" / name for name in ("pool.py", "pool_parts.py")),
    )
}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """A sandbox with a pool of its own, in which every thread that there will be has started."""
    with Store.sample("blog") as store, Sandbox(store, settings=Settings(spares=1, wall=60.0)) as made:
        for language, source in BUSY.items():
            made.load(source.replace("200", "10"), name=NAME, manifest=MANIFEST, language=language)
            made.unload(NAME)
            made.store.sql(FORGET)
            assert works(made, language)
        yield made


@pytest.fixture
def interrupts() -> Iterator[Callable[[], int]]:
    """Have interrupts raise KeyboardInterrupt while code of the host runs in the main thread, and be counted anywhere."""
    count = 0

    def handler(_: int, frame: FrameType | None) -> None:
        nonlocal count
        count += 1
        if frame is not None and frame.f_globals.get("__name__") in {"_weakrefset", "weakref"}:
            return  # Python itself loses what is raised in the callback of a weak reference
        while frame is not None:
            if frame.f_code.co_filename.startswith(str(HOST)):
                raise KeyboardInterrupt
            frame = frame.f_back

    before = signal.signal(signal.SIGINT, handler)
    yield lambda: count
    signal.signal(signal.SIGINT, before)


def _interrupt_at(moments: list[float]) -> list[threading.Timer]:
    main = threading.main_thread().ident
    assert main is not None
    timers = [threading.Timer(moment, signal.pthread_kill, (main, signal.SIGINT)) for moment in moments]
    for timer in timers:
        timer.start()
    return timers


@pytest.mark.parametrize("language", BUSY)
@pytest.mark.parametrize("seed", ROUNDS)
def test_a_run_that_is_interrupted_again_and_again_leaves_nothing(
    box: Sandbox, interrupts: Callable[[], int], seed: int, language: LanguageName
) -> None:
    before = state(box.pool)
    moments = random.Random(seed)
    for number in range(15):
        many = 1 + number % 3
        counted = interrupts()
        timers = _interrupt_at([moments.uniform(0.005, 0.05) for _ in range(many)])
        with suppress(KeyboardInterrupt, ScopeboxError):
            box.load(BUSY[language], name=NAME, manifest=MANIFEST, language=language)
        for timer in timers:
            timer.join()
        assert interrupts() > counted  # several may have come as one
        assert _written_in_pairs(box)
        box.store.sql(FORGET)
        if NAME in box.extensions:
            box.unload(NAME)
    assert works(box, language)
    assert settled(box.pool, before) == before


def _written_in_pairs(box: Sandbox) -> bool:
    """Whether every call that wrote two items wrote both."""
    rows = box.store.sql("select title from articles where title similar to '[ab][0-9]+'").fetchall()
    titles = sorted(title for (title,) in rows)
    return [title[1:] for title in titles if title[0] == "a"] == [title[1:] for title in titles if title[0] == "b"]


@pytest.mark.parametrize("spares", [0, 1])
@pytest.mark.parametrize("seed", ROUNDS)
def test_an_acquire_that_is_cancelled_at_any_moment_leaves_nothing(spares: int, seed: int) -> None:
    pool = IsolatePool(Settings(spares=spares), engine=RAW_ENGINE)
    moments = random.Random(seed)

    async def acquire_and_cancel() -> list[Isolate]:
        task = asyncio.get_running_loop().create_task(pool.acquire(Peer(), memory=64))
        pool.refill_soon()
        await asyncio.sleep(moments.uniform(0, 0.03))
        task.cancel()
        done = await asyncio.gather(task, return_exceptions=True)
        return [each for each in done if isinstance(each, Isolate)]

    async def work() -> None:
        for _ in range(20):
            for isolates in await asyncio.gather(*(acquire_and_cancel() for _ in range(6))):
                for isolate in isolates:
                    isolate.kill(ExtensionError("not needed"))

    try:
        pool.run(pool.acquire(Peer(), memory=64)).kill(ExtensionError("not needed"))  # the zygote runs from now on
        before = state(pool)
        pool.run(work())
        assert settled(pool, before) == before
        assert pool.run(_kept(pool)) == spares
    finally:
        pool.close()


async def _kept(pool: IsolatePool) -> int:
    await pool.refill()
    await pool.settle()
    return len(pool.isolates)


def _interrupted_at(number: int, act: Callable[[], object]) -> tuple[bool, bool]:
    """Interrupt ``act`` at an instruction of the host. Returns whether it has so many, and whether it was interrupted."""
    count = 0

    def opcode(frame: FrameType, event: str, _: object) -> TraceFunction:
        nonlocal count
        if event == "opcode":
            count += 1
            if count == number:
                signal.raise_signal(signal.SIGINT)
        return opcode

    def call(frame: FrameType, event: str, _: object) -> TraceFunction | None:
        if frame.f_code.co_filename not in HANDING_OVER:
            return None
        frame.f_trace_opcodes = True
        return opcode

    interrupted = False
    sys.settrace(call)
    try:
        act()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        sys.settrace(None)
    return count >= number, interrupted


@pytest.mark.parametrize("seed", ROUNDS[:STEP])
def test_a_load_that_is_interrupted_at_any_instruction_leaves_nothing(
    box: Sandbox, interrupts: Callable[[], int], seed: int
) -> None:
    before = state(box.pool)
    number, more, seen = 1 + seed % STEP, True, 0
    while more:
        more, interrupted = _interrupted_at(number, lambda: box.load("1", name=NAME))
        seen += interrupted
        number += STEP
        if NAME in box.extensions:  # where the interrupt came when it was loaded
            box.unload(NAME)
        assert settled(box.pool, before) == before
    assert seen > 0
    assert works(box)


@pytest.mark.parametrize("seed", ROUNDS[:STEP])
def test_a_close_that_is_interrupted_at_any_instruction_leaves_nothing(
    box: Sandbox, interrupts: Callable[[], int], seed: int
) -> None:
    before = state(box.pool)
    number, more, seen = 1 + seed % STEP, True, 0
    while more:
        other = Sandbox(pool=box.pool)
        other.load("1", name=NAME)
        more, interrupted = _interrupted_at(number, other.close)
        seen += interrupted
        other.close()  # where the interrupt came before it began
        number += STEP
        assert settled(box.pool, before) == before
    assert seen > 0


@pytest.mark.parametrize("seed", ROUNDS)
def test_a_pool_may_be_closed_at_any_moment(seed: int) -> None:
    held = _held()
    moments = random.Random(seed)
    for _ in range(6):
        pool = IsolatePool(Settings(spares=2), engine=RAW_ENGINE)
        outcomes: list[object] = []

        async def acquire(pool: IsolatePool = pool) -> None:
            pool.refill_soon()
            await asyncio.gather(*(pool.acquire(Peer(), memory=64) for _ in range(3)))

        def work(pool: IsolatePool = pool, outcomes: list[object] = outcomes) -> None:
            try:
                outcomes.append(pool.run(acquire(pool)))
            except (RuntimeError, ScopeboxError) as error:
                outcomes.append(error)

        threads = [threading.Thread(target=work) for _ in range(2)]
        for thread in threads:
            thread.start()
        threading.Event().wait(moments.choice([0, moments.uniform(0, 0.02), moments.uniform(0, 0.4)]))
        pool.close()
        for thread in threads:
            thread.join()  # whoever waits is told
        assert len(outcomes) == 2
    gc.collect()
    assert eventually(lambda: not _more_than(held), wanted=True), _more_than(held)


@pytest.mark.parametrize("seed", ROUNDS)
def test_a_sandbox_may_be_closed_while_cells_run_in_it(box: Sandbox, seed: int) -> None:
    before = state(box.pool)
    moments = random.Random(seed)
    for _ in range(4):
        other = Sandbox(pool=box.pool)
        ended: list[object] = []

        def work(other: Sandbox = other, ended: list[object] = ended) -> None:
            try:
                ended.append(other.load("while True: await exec('sleep', 1)", name=NAME, wall=300))
            except (RuntimeError, ScopeboxError) as error:
                ended.append(error)

        threads = [threading.Thread(target=work) for _ in range(2)]  # of one name: the second replaces the first
        for thread in threads:
            thread.start()
        threading.Event().wait(moments.uniform(0, 0.05))
        other.close()
        for thread in threads:
            thread.join()
        assert len(ended) == 2
        assert all(isinstance(each, Exception) for each in ended)
    assert settled(box.pool, before) == before


@pytest.fixture
def few_descriptors() -> Iterator[Callable[[int], list[int]]]:
    """Take all descriptors but some; returns those taken."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(each.name) for each in Path("/proc/self/fd").iterdir())

    def take(spare: int) -> list[int]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 40, limits[1]))
        taken = []
        with suppress(OSError):
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        for _ in range(spare):
            os.close(taken.pop())
        return taken

    yield take
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def _held() -> tuple[int, int, int]:
    """Processes, descriptors and threads."""
    return (
        len(psutil.Process().children(recursive=True)),
        len(list(Path("/proc/self/fd").iterdir())),
        threading.active_count(),
    )


def _more_than(held: tuple[int, int, int]) -> list[str]:
    """Of what there is more now; what was left of an earlier test may have ended meanwhile."""
    kinds = zip(("processes", "descriptors", "threads"), held, _held(), strict=True)
    return [f"{now - before} {kind}" for kind, before, now in kinds if now > before]


@pytest.mark.parametrize("spare", range(14))
def test_where_descriptors_are_exhausted_the_error_says_so_and_the_next_try_works(
    spare: int, few_descriptors: Callable[[int], list[int]]
) -> None:
    pool = IsolatePool(Settings(spares=0), engine=RAW_ENGINE)
    try:
        taken = few_descriptors(spare)
        try:
            pool.run(pool.acquire(Peer(), memory=64))
        except IsolationError as error:
            assert "open files" in str(error)  # noqa: PT017 - or it works
        finally:
            for descriptor in taken:
                os.close(descriptor)
        isolate = pool.run(pool.acquire(Peer(), memory=64))
        assert isolate.alive
    finally:
        pool.close()
