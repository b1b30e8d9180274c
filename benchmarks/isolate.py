"""Starting an isolate, and what an idle one weighs."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from scopebox import Sandbox, Settings

from benchmarks.machine import entries
from benchmarks.measure import Pair, Row, Stage, Target, nothing, reported, timed

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


def start(stage: Stage, spares: int, before: Callable[[], object]) -> Pair:
    """The first result of a new extension."""
    box = stage.enter(Sandbox(settings=Settings(spares=spares)))
    box.load("0", name=NAME)
    box.unload(NAME)
    ours = timed(lambda: box.load("1 + 1", name=NAME), before=before, after=lambda: box.unload(NAME))
    return Pair(ours, timed(fresh_interpreter))


def from_pool(stage: Stage) -> Pair:
    """With a spare that had the time to get ready, as between two cells that a person runs."""
    return start(stage, 1, lambda: time.sleep(REFILL_SECONDS))


def by_fork(stage: Stage) -> Pair:
    """Without spares."""
    return start(stage, 0, nothing)


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


def memory(stage: Stage) -> Pair:
    """The system's growth over many isolates, and over as many interpreters that wait."""
    box, count = stage.enter(Sandbox(settings=Settings(spares=0))), stage.size.isolates
    box.load("0", name=NAME)

    def isolates() -> ExitStack:
        with ExitStack() as opened:
            for number in range(count):
                name = f"{NAME}-{number}"
                box.load("1 + 1", name=name)
                opened.callback(box.unload, name)
            return opened.pop_all()

    def interpreters() -> ExitStack:
        with ExitStack() as opened:
            for _ in range(count):
                opened.enter_context(waiting_interpreter())
            return opened.pop_all()

    return Pair(reported(lambda: growth(isolates, count)), reported(lambda: growth(interpreters, count)))


@contextmanager
def waiting_interpreter() -> Iterator[None]:
    """A Python that has started and waits."""
    with subprocess.Popen(IDLE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        yield
        process.kill()


ROWS: Final = (
    Row(
        "isolate.pool",
        "new extension to first result, spare isolate",
        "fresh `python -I -c pass`",
        from_pool,
        Target("value", 0.002),
    ),
    Row("isolate.fork", "new extension to first result, by fork", "fresh `python -I -c pass`", by_fork),
    Row(
        "isolate.memory",
        "an idle isolate",
        "an idle `python -I`",
        memory,
        Target("value", 3),
        rounds=3,
        unit="MB",
    ),
)
