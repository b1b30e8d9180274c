"""Starting an isolate, and what an idle one weighs."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from scopebox import Sandbox, Settings
from scopebox.isolate.levels import PORTABLE
from scopebox.isolate.pool import IsolatePool

from benchmarks.machine import entries
from benchmarks.measure import Clock, Pair, Row, Side, Stage, Target, nothing, reported, timed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME: Final = "directus-extension-bench"
INTERPRETER: Final = (sys.executable, "-I", "-c", "pass")
IDLE: Final = (sys.executable, "-I", "-c", "import sys; print(flush=True); sys.stdin.read()")
REFILL_SECONDS: Final = 0.05
TAKEN: Final = (
    "AnonPages",
    "PageTables",
    "KernelStack",
    "Slab",
)  # free memory also moves with caches, so it tells little


def fresh_interpreter() -> None:
    """Start a Python that does nothing, and wait for its end."""
    subprocess.run(INTERPRETER, check=True)


def rested() -> None:
    """Give a spare the time to get ready, as between two cells that a person runs."""
    time.sleep(REFILL_SECONDS)


def first_results(box: Sandbox, before: Callable[[], None], language: str = "python") -> Side:
    """The first result of a new extension in a language."""
    box.load("0", name=NAME, language=language)
    box.unload(NAME)
    return timed(lambda: box.load("1 + 1", name=NAME, language=language), before=before, after=lambda: box.unload(NAME))


def start(spares: int, before: Callable[[], None], stage: Stage) -> Pair:
    """The first result of a new extension beside an interpreter."""
    box = stage.enter(Sandbox(settings=Settings(spares=spares)))
    return Pair(first_results(box, before), timed(fresh_interpreter))


def taken() -> float:
    """Megabytes that processes take of the system: their own pages, and what the kernel needs to run them."""
    return sum(int(entries("/proc/meminfo", kind)[0].split()[0]) for kind in TAKEN) / 1000


def growth(fill: Callable[[], ExitStack], count: int) -> float:
    """How many megabytes the system grows by for each of ``count`` things that ``fill`` makes; they end again."""
    before = taken()
    with fill():
        after = taken()
    time.sleep(REFILL_SECONDS)
    return (after - before) / count


def isolates_growth(stage: Stage, language: str = "python") -> Side:
    """The system's growth over many isolates of a language."""
    box, count = stage.enter(Sandbox(settings=Settings(spares=0))), stage.size.isolates
    box.load("0", name=NAME, language=language)

    def isolates() -> ExitStack:
        with ExitStack() as opened:
            for number in range(count):
                name = f"{NAME}-{number}"
                box.load("1 + 1", name=name, language=language)
                opened.callback(box.unload, name)
            return opened.pop_all()

    return reported(lambda: growth(isolates, count))


def memory(stage: Stage) -> Pair:
    """The system's growth over many isolates, and over as many interpreters that wait."""
    count = stage.size.isolates

    def interpreters() -> ExitStack:
        with ExitStack() as opened:
            for _ in range(count):
                opened.enter_context(waiting_interpreter())
            return opened.pop_all()

    return Pair(isolates_growth(stage), reported(lambda: growth(interpreters, count)))


@contextmanager
def waiting_interpreter() -> Iterator[None]:
    """A Python that has started and waits."""
    with subprocess.Popen(IDLE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.kill()


def pool(spares: int, *, portable: bool) -> IsolatePool:
    """A pool of portable or of forked isolates."""
    return IsolatePool(Settings(spares=spares, isolation=PORTABLE), portable=portable)


def cold(*, portable: bool) -> Side:
    """The first result of a fresh sandbox, nothing of which is there before."""

    def first(clock: Clock) -> float:
        started = clock()
        made = pool(0, portable=portable)
        with Sandbox(pool=made) as box:
            box.load("1 + 1", name=NAME)
            cost = clock() - started
        made.close()
        return cost

    return first


def portable_cold(stage: Stage) -> Pair:
    """A fresh sandbox with a portable isolate beside one with a zygote."""
    del stage
    return Pair(cold(portable=True), cold(portable=False))


def portable_spare(stage: Stage) -> Pair:
    """A spare portable isolate beside a forked one."""
    sides = []
    for portable in (True, False):
        made = pool(1, portable=portable)
        box = stage.enter(Sandbox(pool=made))
        stage.enter(closing(made))
        sides.append(first_results(box, lambda made=made: spared(made)))  # type: ignore[misc]
    return Pair(*sides)


def spared(made: IsolatePool) -> None:
    """Wait until the spares of a pool are ready."""
    made.run(made.refill())
    made.run(made.settle())


ROWS: Final = (
    Row(
        "isolate.pool",
        "new extension to first result, spare isolate",
        "fresh `python -I -c pass`",
        partial(start, 1, rested),
        Target("value", 0.002),
    ),
    Row(
        "isolate.fork",
        "new extension to first result, by fork",
        "fresh `python -I -c pass`",
        partial(start, 0, nothing),
    ),
    Row(
        "isolate.memory",
        "an idle isolate",
        "an idle `python -I`",
        memory,
        Target("value", 3),
        rounds=3,
        unit="MB",
    ),
    Row(
        "isolate.portable",
        "a fresh sandbox to its first result, portable isolate",
        "the same, by a zygote",
        portable_cold,
        Target("ratio", 1.0),
        rounds=10,
    ),
    Row(
        "isolate.portable_spare",
        "new extension to first result, portable spare",
        "a forked spare",
        portable_spare,
        Target("ratio", 1.3),
    ),
)
