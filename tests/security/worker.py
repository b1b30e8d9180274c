"""One process that runs attacks as they are handed to it: an attack as the corpus has it in, a verdict out."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import io
import os
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Final

from scopebox.errors import LimitError

from tests.security import stage, steps
from tests.security.checks import CHECKS, verdict
from tests.security.corpus import CorpusError, read
from tests.security.watch import MOST_KEPT, resident
from tests.security.world import World

WARM: Final[dict[str, object]] = {
    "id": "warm-up", "layer": "widget", "must": {"host_alive": True},
    "manifest": [{"permission": "read-items", "role": "reader"}, {"permission": "request", "allowedUrls": ["{ALLOWED_URL}/*"]}],
    "code": (
        "async def h(r):\n    return {'status': 200, 'body': 'hi'}\n"
        "await exec('register-endpoint', {'path': '/', 'method': 'GET', 'handler': h})\n"
        "await exec('request', '{ALLOWED_URL}/')\nawait exec('read-items', 'articles', {'query': {'limit': 2}})\n"
    ),
    "setup": {"trigger": "GET / over box.serve with Accept: text/html", "kernel_vars": {"x": "y"}},
}  # fmt: skip
WARM_JAVASCRIPT: Final[dict[str, object]] = {
    **WARM, "language": "js",
    "code": (
        "await exec('register-endpoint', { path: '/', method: 'GET', handler: () => ({ status: 200, body: 'hi' }) });\n"
        "await exec('request', '{ALLOWED_URL}/');\nawait exec('read-items', 'articles', { query: { limit: 2 } })\n"
    ),
}  # fmt: skip


TIMES = (
    "wall",
    "chain",
)  # limits that a call also meets because the machine is busy: its time, and that of its statements


def judge(world: World, entry: dict[str, object], shown: io.StringIO) -> dict[str, object]:
    """Run one attack and say what is wrong; ``shown`` takes what is printed meanwhile."""
    attack = read(entry, CHECKS)
    for evidence in stage.run(world, attack):
        evidence.shell += shown.getvalue()
        wrong = verdict(evidence)
        outcome = evidence.error or (evidence.result and evidence.result.value)
        return {
            "id": attack.id,
            "layer": attack.layer,
            "wrong": wrong,
            "outcome": str(outcome)[:300],
            "late": isinstance(outcome, LimitError) and outcome.kind in TIMES,
            "seconds": round(evidence.answered, 2),
            "memory": round(evidence.watch.memory, 1),
            "step": round(evidence.watch.step.seconds, 3),
            "in": evidence.watch.step.what,
        }
    raise AssertionError("the stage stayed empty")


def kept(first: float) -> float:
    """Return how many MiB more than at first this process has; what is free, and only not given back yet, does not count."""
    grown = resident() - first
    if grown <= MOST_KEPT:
        return grown
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return resident() - first


def main(channel: Connection) -> None:
    """Run every attack that comes in by ``channel``, until its other end is closed."""
    os.dup2(2, 1)  # whatever prints, prints beside the report
    steps.install()
    world = World()
    try:
        for entry in (WARM, WARM_JAVASCRIPT) * 2:  # whatever is loaded and made once is there from now on
            with contextlib.redirect_stdout(io.StringIO()) as shown:
                judge(world, entry, shown)
        gc.collect()
        gc.freeze()  # nothing that is there by now is looked at again after each attack
        first = resident()
        for entry in _entries(channel):
            try:
                with contextlib.redirect_stdout(io.StringIO()) as shown:
                    said = judge(world, entry, shown)
            except CorpusError as error:
                said = {"id": entry["id"], "layer": read(entry, CHECKS).layer, "wrong": {"corpus": str(error)}}
            except Exception:
                said = {
                    "id": entry["id"],
                    "layer": read(entry, CHECKS).layer,
                    "wrong": {"harness": traceback.format_exc()[-1500:]},
                }
            said["kept"] = round(kept(first), 1)
            channel.send(said)
    finally:
        gc.unfreeze()
        world.close()


def _entries(channel: Connection) -> Iterator[dict[str, object]]:
    with contextlib.suppress(EOFError):
        while True:
            yield channel.recv()
