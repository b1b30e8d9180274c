"""JavaScript beside Python: the same in both languages, in the same run."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from scopebox import Sandbox, Settings

from benchmarks.calls import placed
from benchmarks.cell import SANDBOX, running_kernel
from benchmarks.guest import NAME, WALL, plain_box
from benchmarks.isolate import first_results, isolates_growth, rested
from benchmarks.measure import Pair, Row, Side, Stage, Target, nothing, reported, timed
from benchmarks.things import item

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from benchmarks.measure import Clock

PYTHON, JAVASCRIPT, TYPESCRIPT = "python", "js", "ts"
LOGS: Final = {
    PYTHON: """
async def bench(options):
    for _ in range(options["repeat"]):
        await exec("log", "Hello, world!")

await exec("register-operation", {"id": "log-python", "handler": bench})
""",
    JAVASCRIPT: """
const bench = async (options) => {
  for (let number = 0; number < options.repeat; number++)
    await exec('log', 'Hello, world!');
};

await exec('register-operation', { id: 'log-js', handler: bench });
""",
}
ROWS_BACK: Final = {
    PYTHON: 'await exec("register-operation", {"id": "rows-python", "handler": lambda options: options["rows"]})',
    JAVASCRIPT: "await exec('register-operation', { id: 'rows-js', handler: (options) => options.rows });",
}
FIRST_CELL: Final = {PYTHON: f"{SANDBOX}1 + 1", JAVASCRIPT: f"{SANDBOX.rstrip()} --lang js\n1 + 1"}
ROWS_COUNT: Final = 5_000


def start(spares: int, before: Callable[[], None], stage: Stage) -> Pair:
    """The first result of a new extension."""
    box = stage.enter(Sandbox(settings=Settings(spares=spares)))
    return Pair(first_results(box, before, JAVASCRIPT), first_results(box, before, PYTHON))


def memory(stage: Stage) -> Pair:
    """The growth of the system over many isolates; those of TypeScript hold a little more than those of JavaScript."""
    return Pair(isolates_growth(stage, TYPESCRIPT), isolates_growth(stage, PYTHON))


def operation(
    name: str, sources: Mapping[str, str], language: str, stage: Stage
) -> tuple[Callable[[object], object], int]:
    """Load an extension with an operation; return what runs it with options, and its process."""
    box, name = stage.shared(plain_box), f"{name}-{language}"
    box.load(sources[language], name=NAME.format(name), language=language, wall=WALL)
    isolate = box.extensions[NAME.format(name)].isolate
    assert isolate
    return lambda options: box.run_operation(name, options), isolate.pid


logger = partial(operation, "log", LOGS)
js_logger, python_logger = partial(logger, JAVASCRIPT), partial(logger, PYTHON)


def logs(together: bool, stage: Stage) -> Pair:  # noqa: FBT001 - bound by the rows
    """Logs that are awaited one after the other."""
    repeat = stage.size.repeat

    def side(made: tuple[Callable[[object], object], int]) -> Side:
        run, pid = made

        def measured(clock: Clock) -> float:
            with placed(pid, together=together):
                begin = clock()
                run({"repeat": repeat})
                return (clock() - begin) / repeat

        return measured

    return Pair(side(stage.shared(js_logger)), side(stage.shared(python_logger)))


def rows(stage: Stage) -> Pair:
    """Rows that an operation takes and returns as they are."""
    items = [item(number) for number in range(min(ROWS_COUNT, stage.size.items))]

    def side(language: str) -> Side:
        run, _ = operation("rows", ROWS_BACK, language, stage)
        return timed(lambda: run({"rows": items}))

    return Pair(side(JAVASCRIPT), side(PYTHON))


def first_cell(stage: Stage) -> Pair:
    """The cell after ``%load_ext``, each in a new kernel."""
    del stage

    def run(language: str) -> float:
        with running_kernel() as kernel:
            begin = time.perf_counter()
            kernel.run(FIRST_CELL[language])
            return time.perf_counter() - begin

    return Pair(reported(partial(run, JAVASCRIPT)), reported(partial(run, PYTHON)))


SAME: Final = "the same in Python"

ROWS: Final = (
    Row(
        "javascript.pool",
        "new JavaScript extension to first result, spare isolate",
        SAME,
        partial(start, 1, rested),
        Target("ratio", 1.4),
    ),
    Row(
        "javascript.fork",
        "new JavaScript extension to first result, by fork",
        SAME,
        partial(start, 0, nothing),
        Target("ratio", 1.4),
    ),
    Row(
        "javascript.memory",
        "an idle isolate that ran TypeScript",
        SAME,
        memory,
        Target("value", 4),
        rounds=3,
        unit="MB",
    ),
    Row(
        "javascript.log-apart",
        "an awaited `log` in JavaScript, on two cores",
        SAME,
        partial(logs, False),
        Target("ratio", 1.3),
    ),
    Row(
        "javascript.log-together",
        "an awaited `log` in JavaScript, on one core",
        SAME,
        partial(logs, True),
        Target("ratio", 1.3),
    ),
    Row(
        "javascript.rows",
        "5 000 rows in and out of an operation in JavaScript",
        SAME,
        rows,
        Target("ratio", 1.3),
        rounds=15,
    ),
    Row(
        "javascript.first-cell",
        "the first cell after `%load_ext`, in JavaScript",
        SAME,
        first_cell,
        Target("ratio", 1.5),
        rounds=7,
    ),
)
