"""What a process holds, measured when it has settled, and that it comes back to what it was."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeVar

import psutil
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName
from scopebox.sandbox.sandbox import Sandbox

T = TypeVar("T")
PATIENCE = 60.0  # seconds; nothing healthy comes near, whatever else the machine does


class State(NamedTuple):
    """Descriptors, threads and processes of this process, and tasks of a loop."""

    descriptors: int
    threads: int
    processes: int
    tasks: int


def descendants() -> set[int]:
    """Return the processes below this one."""
    return {child.pid for child in psutil.Process().children(recursive=True)}


async def _tasks() -> int:
    return len(asyncio.all_tasks())


def _threads() -> int:
    """Count threads, but for those of thread pools: they are started on demand, up to a number, and kept."""
    return sum(
        not thread.name.startswith(("ThreadPoolExecutor", "asyncio_", "scopebox-read", "scopebox-write"))
        for thread in threading.enumerate()
    )


async def _settle(pool: IsolatePool) -> None:
    await pool.refill()
    await pool.settle()


def state(pool: IsolatePool) -> State:
    """Return what there is when the spares are made and what was ended is gone."""
    pool.run(_settle(pool))
    children = [child for child in psutil.Process().children(recursive=True) if _lives(child)]
    return State(len(list(Path("/proc/self/fd").iterdir())), _threads(), len(children), pool.run(_tasks()))


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def settled(pool: IsolatePool, before: State) -> State:
    """Return the state as soon as nothing is more than it was before, or the last one there was."""

    def measure() -> State:
        now = state(pool)
        return before if all(mine <= theirs for mine, theirs in zip(now, before, strict=True)) else now

    return eventually(measure, before)


def eventually(measure: Callable[[], T], wanted: T) -> T:
    """Return what is measured as soon as it is ``wanted``, or the last that it was."""
    deadline = time.monotonic() + PATIENCE
    while (now := measure()) != wanted and time.monotonic() < deadline:
        time.sleep(0.01)
    return now


HEALTHY: dict[LanguageName, str] = {
    "python": """
async def read(request):
    return {"status": 200, "body": len(await exec("read-items", "articles", {"query": {"limit": 1}}))}
async def answer(request):
    rows = await exec("read-items", "articles", {"query": {"limit": 2, "fields": ["id"]}})
    return {"status": 200, "body": [row["id"] for row in rows]}
await exec("register-endpoint", {"path": "/", "method": "GET", "handler": answer})
6 * 7
""",
    "js": """
const handler = async () => {
  const rows = await exec("read-items", "articles", { query: { limit: 2, fields: ["id"] } });
  return { status: 200, body: rows.map((row) => row.id) };
};
await exec("register-endpoint", { path: "/", method: "GET", handler });
6 * 7
""",
}


def works(box: Sandbox, language: LanguageName = "python") -> bool:
    """Whether a cell runs, and its endpoint answers with what stands in the store."""
    manifest = [{"permission": "read-items", "role": "admin"}]
    cell, name = HEALTHY[language], "directus-extension-healthy"
    extension = box.load(cell, name=name, manifest=manifest, language=language)
    answer = box.request("GET", "/directus-extension-healthy/")
    fine = extension.result.value == 42 and answer.status_code == 200 and isinstance(answer.json(), list)
    extension.unload()
    return fine
