"""What a person in front of a notebook waits for, in a real kernel."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jupyter_client.manager import KernelManager

from benchmarks.measure import Pair, Row, Side, Stage, Target, reported, timed
from benchmarks.processes import ROOT, compiled, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

SECONDS: Final = 60.0
BETWEEN_CELLS: Final = 0.05
RUNNING_SECONDS: Final = 0.2
SANDBOX: Final = "%%sandbox directus-extension-bench\n"
ENDLESS: Final = "while True:\n    pass\n"
IMPORT: Final = """
import time
begin = time.perf_counter()
import {}
print(time.perf_counter() - begin)
"""
LOAD_EXT: Final = "%load_ext scopebox"
MODULES: Final = "import duckdb, httpx, msgspec, starlette.applications, yaml"
LOAD: Final = """
import time
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
shell = InteractiveShell(config=Config({{"HistoryManager": {{"enabled": False}}}}))
begin = time.perf_counter()
shell.run_line_magic("load_ext", "{}")
print(time.perf_counter() - begin)
"""


class Kernel:
    """A running kernel and its client."""

    def __init__(self, manager: KernelManager, client: BlockingKernelClient) -> None:
        self._manager = manager
        self._client = client

    def run(self, code: str) -> None:
        """Run a cell, and return when its reply is there; raise if it failed."""
        reply = self._client.execute_interactive(code, store_history=False, timeout=SECONDS, output_hook=lambda _: None)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"{reply['content'].get('ename')}: {reply['content'].get('evalue')}")

    def complete(self, text: str) -> None:
        """Ask for the completions at the end of a text."""
        self._client.complete(text, reply=True, timeout=SECONDS)

    def interrupted(self, code: str) -> float:
        """Run a cell that never ends, interrupt it, and return the seconds from there to its reply."""
        message = self._client.execute(code, store_history=False)
        time.sleep(RUNNING_SECONDS)
        begin = time.perf_counter()
        self._manager.interrupt_kernel()
        while self._client.get_shell_msg(timeout=SECONDS)["parent_header"].get("msg_id") != message:
            pass
        return time.perf_counter() - begin


@contextmanager
def new_kernel(tree: Path = ROOT) -> Iterator[Kernel]:
    """A kernel that may load the extension of a tree."""
    with tempfile.TemporaryDirectory() as folder:
        manager = KernelManager(connection_file=str(Path(folder) / "kernel.json"))
        manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(compiled(tree)))
        client = manager.blocking_client()
        client.start_channels()
        try:
            client.wait_for_ready(SECONDS)
            yield Kernel(manager, client)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)


@contextmanager
def running_kernel() -> Iterator[Kernel]:
    """A kernel with the extension loaded."""
    with new_kernel() as kernel:
        kernel.run(LOAD_EXT)
        yield kernel


def kernel(stage: Stage) -> Kernel:
    """The kernel that the rows share."""
    return stage.enter(running_kernel())


def cold(tree: Path, *cells: str) -> Side:
    """Run cells in a new kernel, one right after the other."""

    def seconds() -> float:
        with new_kernel(tree) as kernel:
            kernel.run("pass")
            begin = time.perf_counter()
            for cell in cells:
                kernel.run(cell)
            return time.perf_counter() - begin

    return reported(seconds)


def first_result(tree: Path) -> Side:
    """From ``%load_ext`` to the result of a first cell, with the scopebox of a tree."""
    return cold(tree, LOAD_EXT, f"{SANDBOX}1 + 1")


def cold_start(stage: Stage) -> Pair:
    """The same beside the import of what it needs."""
    del stage
    return Pair(first_result(ROOT), cold(ROOT, MODULES))


def empty(stage: Stage) -> Pair:
    """An empty sandbox cell beside an empty cell, with the pause that a person makes."""
    run = stage.shared(kernel).run
    pause = partial(time.sleep, BETWEEN_CELLS)
    return Pair(timed(partial(run, f"{SANDBOX}pass"), before=pause), timed(partial(run, "pass"), before=pause))


def completion(stage: Stage) -> Pair:
    """Completion of an execution type beside completion of an attribute."""
    complete = stage.shared(kernel).complete
    return Pair(timed(partial(complete, f'{SANDBOX}await exec("read-')), timed(partial(complete, "str.ca")))


def interrupt(stage: Stage) -> Pair:
    """From the interrupt of an endless cell to the prompt."""
    interrupted = stage.shared(kernel).interrupted
    return Pair(reported(lambda: interrupted(SANDBOX + ENDLESS)), reported(lambda: interrupted(ENDLESS)))


def fresh(template: str, other: str, stage: Stage) -> Pair:
    """What a new process reports of itself, with scopebox and with something else in the template."""
    del stage

    def run(name: str) -> float:
        command = [sys.executable, "-c", template.format(name)]
        return float(subprocess.check_output(command, text=True, env=environment(compiled(ROOT))))

    return Pair(reported(partial(run, "scopebox")), reported(partial(run, other)))


ROWS: Final = (
    Row(
        "cell.import", "`import scopebox`", "`import httpx`", partial(fresh, IMPORT, "httpx"), Target("value", 0.15), 15
    ),
    Row(
        "cell.load",
        "`%load_ext scopebox`",
        "`%load_ext autoreload`",
        partial(fresh, LOAD, "autoreload"),
        Target("value", 0.3),
        15,
    ),
    Row(
        "cell.first-result",
        "from `%load_ext` to the first result",
        "importing the modules that it needs",
        cold_start,
        Target("value", 0.32),
        7,
    ),
    Row("cell.empty", "an empty `%%sandbox` cell", "an empty cell", empty, Target("difference", 0.005), 30),
    Row(
        "cell.completion",
        "completion in a cell's body",
        "completion of `str.ca`",
        completion,
        Target("value", 0.05),
        20,
    ),
    Row("cell.interrupt", "interrupt to prompt", "the same in an ordinary cell", interrupt, Target("value", 0.3), 7),
)
