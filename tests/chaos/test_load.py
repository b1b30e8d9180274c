"""Many rounds and many clients: memory stays flat, and nobody gets an error."""

from __future__ import annotations

import asyncio
import gc
import os
from pathlib import Path

import httpx
from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.sandbox import Sandbox
from scopebox.store.store import Store

from tests.state import settled, state

ROUNDS = int(os.environ.get("SCOPEBOX_SOAK", "500"))  # `make chaos` makes thousands
CLIENTS, REQUESTS = 64, 640
FLAT = ROUNDS / 250  # MiB that the second half of all rounds may add: the same for each round, however many there are
CELL = """
async def answer(request):
    return {"status": 200, "body": await exec("read-items", "articles", {"query": {"limit": 5, "fields": ["id", "title"]}})}
await exec("register-endpoint", {"path": "/", "method": "GET", "handler": answer})
await exec("log", "loaded")
"""
MANIFEST = [{"permission": "read-items", "role": "admin"}]


def _resident() -> float:
    gc.collect()
    line = next(line for line in Path("/proc/self/status").read_text("ascii").splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def test_rounds_of_load_run_and_unload_keep_memory_flat(pool: IsolatePool) -> None:
    with Store.sample("blog") as store, Sandbox(store, pool=pool) as box:

        def round_() -> None:
            extension = box.load("await exec('log', 'x')\n1 + 1", name="directus-extension-soak")
            assert extension.result.value == 2
            extension.unload()

        for _ in range(ROUNDS // 2):
            round_()
        before, middle = state(pool), _resident()  # when it has settled
        for _ in range(ROUNDS - ROUNDS // 2):
            round_()
        assert _resident() - middle < FLAT
        assert settled(pool, before) == before


def test_64_clients_at_the_same_time_all_get_their_answers(pool: IsolatePool) -> None:
    with Store.sample("blog") as store, Sandbox(store, pool=pool) as box:
        box.load(CELL, name="directus-extension-load", manifest=MANIFEST)
        server = box.serve()

        async def client(number: int) -> list[int]:
            async with httpx.AsyncClient(base_url=server.url, timeout=60, verify=False) as http:
                answers = [await http.get("/directus-extension-load/") for _ in range(REQUESTS // CLIENTS)]
            assert all(len(answer.json()) == 5 for answer in answers)
            return [answer.status_code for answer in answers]

        async def everybody() -> list[list[int]]:
            return await asyncio.gather(*[client(number) for number in range(CLIENTS)])

        statuses = [status for mine in asyncio.run(everybody()) for status in mine]
        assert statuses == [200] * REQUESTS
        assert box.extensions["directus-extension-load"].alive
