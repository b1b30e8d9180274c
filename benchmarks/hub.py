"""What one person of a class takes of a hub's memory: ``python -m benchmarks.hub``, as a user who may look at all processes."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final

import psutil
from jupyter_client.manager import start_new_kernel

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def of_kernels() -> Iterator[tuple[str, tuple[int, float, float]]]:
    """Yield each state with its sizes."""
    manager, client = start_new_kernel()
    try:
        for state, cells in STATES.items():
            for cell in cells:
                client.execute_interactive(cell, output_hook=lambda _: None)
            time.sleep(SETTLE_SECONDS)
            (kernel,) = psutil.Process().children()
            yield state, sizes(kernel.pid)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


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
    print("| what | processes | PSS | USS |\n| --- | --- | --- | --- |")
    for state, (count, pss, uss) in (*of_kernels(), ("JupyterLab itself, idle", of_lab())):
        print(f"| {state} | {count} | {pss:.0f} MB | {uss:.0f} MB |")


if __name__ == "__main__":
    main()
