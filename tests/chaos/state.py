"""What a process holds, and that it comes back to what it was."""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox import Sandbox

PATIENCE = 20.0  # seconds; nothing healthy comes near


@dataclass(frozen=True)
class State:
    """Descriptors, threads and processes of this process, and tasks of a loop."""

    descriptors: int
    threads: int
    processes: int
    tasks: int


async def _tasks() -> int:
    return len(asyncio.all_tasks())


def _threads() -> int:
    """Count threads, but for those of thread pools: they are started on demand, up to a number, and kept."""
    return sum(
        not thread.name.startswith(("ThreadPoolExecutor", "asyncio_", "scopebox-read", "scopebox-write"))
        for thread in threading.enumerate()
    )


def state(pool: IsolatePool) -> State:
    """Return what there is now."""
    children = [child for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    return State(len(list(Path("/proc/self/fd").iterdir())), _threads(), len(children), pool.run(_tasks()))


def settled(pool: IsolatePool, before: State) -> State:
    """Return the state as soon as nothing is more than it was before, or the last one there was."""
    deadline = time.monotonic() + PATIENCE
    while True:
        now = state(pool)
        if all(
            mine <= theirs
            for mine, theirs in (
                (now.descriptors, before.descriptors),
                (now.threads, before.threads),
                (now.processes, before.processes),
                (now.tasks, before.tasks),
            )
        ):
            return before
        if time.monotonic() > deadline:
            return now
        time.sleep(0.02)


def works(box: Sandbox) -> bool:
    """Whether a cell runs, an item is written and an endpoint answers."""
    cell = """
async def read(request):
    return {"status": 200, "body": len(await exec("read-items", "articles", {"query": {"limit": 1}}))}
async def answer(request):
    rows = await exec("read-items", "articles", {"query": {"limit": 2, "fields": ["id"]}})
    return {"status": 200, "body": [row["id"] for row in rows]}
await exec("register-endpoint", {"path": "/", "method": "GET", "handler": answer})
6 * 7
"""
    manifest = [{"permission": "read-items", "role": "admin"}]
    extension = box.load(cell, name="directus-extension-healthy", manifest=manifest)
    answer = box.request("GET", "/directus-extension-healthy/")
    fine = extension.result.value == 42 and answer.status_code == 200 and isinstance(answer.json(), list)
    extension.unload()
    return fine
