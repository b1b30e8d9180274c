"""One process that runs attacks as they are handed to it: a line of JSON in, a line of JSON out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback

from tests.security import stage
from tests.security.checks import CHECKS, verdict
from tests.security.corpus import read
from tests.security.world import World


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
            "seconds": round(evidence.answered, 2),
            "memory": round(evidence.watch.memory, 1),
        }
    raise AssertionError("the stage stayed empty")


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints, prints beside the answers
    world = World()
    try:
        for line in sys.stdin:
            entry = json.loads(line)
            try:
                with contextlib.redirect_stdout(io.StringIO()) as shown:
                    said = judge(world, entry, shown)
            except Exception:
                said = {
                    "id": entry["id"],
                    "layer": entry["layer"],
                    "wrong": {"harness": traceback.format_exc()[-1500:]},
                }
            answers.write(json.dumps(said) + "\n")
            answers.flush()
    finally:
        world.close()


if __name__ == "__main__":
    main()
