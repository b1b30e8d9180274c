"""What one person of a class takes of a hub's memory: ``python -m benchmarks.hub``, as a user who may look at all processes.

``--people 25`` opens as many notebooks at the same moment, and prints what each of them takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Final

import psutil
from jupyter_client.manager import start_new_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jupyter_client.blocking.client import BlockingKernelClient

LOAD: Final = "%load_ext scopebox"
CELL: Final = "%%sandbox directus-extension-{0}\nsum(range({0}))"
STATES: Final = {
    "a kernel of Python": [],
    "with scopebox, and an extension": [LOAD, CELL.format(1)],
    "with three extensions": [CELL.format(2), CELL.format(3)],
    "and the panel": ["%sandbox panel"],
}
SETTLE_SECONDS: Final = 2.0
START_SECONDS: Final = 60.0


def sizes(pid: int) -> tuple[int, float, float]:
    """Return how many processes a process and what it started are, and their PSS and USS in megabytes."""
    process = psutil.Process(pid)
    found = [each.memory_full_info() for each in (process, *process.children(recursive=True))]
    return len(found), sum(each.pss for each in found) / 1e6, sum(each.uss for each in found) / 1e6


@contextmanager
def opened() -> Iterator[tuple[BlockingKernelClient, int]]:
    """Give the client of a new kernel, and its process."""
    before = set(psutil.Process().children())
    manager, client = start_new_kernel()
    try:
        (kernel,) = set(psutil.Process().children()) - before
        yield client, kernel.pid
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def bring(client: BlockingKernelClient, cells: list[str]) -> None:
    """Run cells, whatever they show."""
    for cell in cells:
        client.execute_interactive(cell, output_hook=lambda _: None)


def of_kernel() -> Iterator[tuple[str, tuple[int, float, float]]]:
    """Yield each state with its sizes."""
    with opened() as (client, pid):
        for state, cells in STATES.items():
            bring(client, cells)
            time.sleep(SETTLE_SECONDS)
            yield state, sizes(pid)


def of_people(count: int) -> tuple[int, float, float]:
    """Return the sizes of each of so many kernels in the last of the states, on average."""
    with ExitStack() as stack:
        kernels = [stack.enter_context(opened()) for _ in range(count)]
        for client, _ in kernels:
            bring(client, [cell for cells in STATES.values() for cell in cells])
        time.sleep(SETTLE_SECONDS)
        found = [sizes(pid) for _, pid in kernels]
    return found[0][0], sum(pss for _, pss, _ in found) / count, sum(uss for _, _, uss in found) / count


def of_lab() -> tuple[int, float, float]:
    """Return the sizes of a JupyterLab that was opened once."""
    options = ["--no-browser", "--allow-root", "--IdentityProvider.token=", "--ServerApp.port=8899"]
    with subprocess.Popen(
        [sys.executable, "-m", "jupyter", "lab", *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as lab:
        try:
            end = time.monotonic() + START_SECONDS
            while time.monotonic() < end:
                try:
                    urllib.request.urlopen("http://127.0.0.1:8899/lab", timeout=5).read()
                    break
                except urllib.error.URLError:
                    time.sleep(0.5)
            time.sleep(SETTLE_SECONDS)
            return sizes(lab.pid)
        finally:
            lab.terminate()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=0, help="notebooks that are open at the same moment")
    people = parser.parse_args().people
    print("| what | processes | PSS | USS |\n| --- | --- | --- | --- |")
    rows = [*of_kernel(), ("JupyterLab itself, idle", of_lab())]
    if people:
        rows.append((f"each of {people} with three extensions and the panel", of_people(people)))
    for state, (count, pss, uss) in rows:
        print(f"| {state} | {count} | {pss:.0f} MB | {uss:.0f} MB |")


if __name__ == "__main__":
    main()
