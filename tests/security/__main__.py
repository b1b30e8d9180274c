"""Run attacks: ``python -m tests.security [FILE…] [--short] [--only LAYER] [--id ID] [--json OUT] [--processes N]``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tests.security import crew
from tests.security.checks import CHECKS, ON_THE_WALL, VALUES
from tests.security.corpus import FILES, LAYERS, SHORT, Attack, CorpusError, load

AGAIN = 2  # times that a time on the wall that was missed is measured again, alone


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.security")
    parser.add_argument(
        "files", nargs="*", type=Path, help="attacks, one JSON object a line; all of the project, if none is named"
    )
    parser.add_argument("--short", action="store_true", help="leave out long.jsonl")
    parser.add_argument("--only", action="append", choices=LAYERS, help="layers to run")
    parser.add_argument("--id", action="append", help="attacks to run")
    parser.add_argument("--json", type=Path, help="where to write every verdict")
    parser.add_argument("--processes", type=int, default=3)
    return parser.parse_args(arguments)


def _report(verdicts: list[crew.Verdict]) -> int:
    """Print the totals of each layer and what failed; return how many failed."""
    failed = 0
    for layer in LAYERS:
        mine = [verdict for verdict in verdicts if verdict["layer"] == layer]
        wrong = [verdict for verdict in mine if verdict["wrong"]]
        failed += len(wrong)
        if mine:
            step, grown = _most(mine, "step"), _most(mine, "memory")
            print(
                f"{layer:13} {len(mine) - len(wrong):4} / {len(mine):<4} longest step {step.get('step', 0):.2f} s, "
                f"largest growth {grown.get('memory', 0):.0f} MB"
            )
        for verdict in wrong:
            assert isinstance(verdict["wrong"], dict)
            said = "; ".join(f"{name}: {text}" for name, text in verdict["wrong"].items())
            print(f"open {verdict['id']}: {said}; it came to {verdict.get('outcome')}")
    return failed


def _most(verdicts: list[crew.Verdict], key: str) -> crew.Verdict:
    return max(verdicts, key=lambda verdict: float(str(verdict.get(key, 0.0))))


def _run(attacks: list[Attack], processes: int) -> list[crew.Verdict]:
    """Run all attacks; those that missed nothing but a time on the wall again, alone."""
    found = {str(verdict["id"]): verdict for verdict in crew.run(attacks, processes)}
    for _ in range(AGAIN):
        late = [attack for attack in attacks if _is_late(found[attack.id])]
        for verdict in crew.run(late, 1):
            again = found[str(verdict["id"])]
            for key in ("step", "memory"):  # these are never better for being measured twice
                verdict[key] = max(float(str(one.get(key, 0.0))) for one in (verdict, again))
            found[str(verdict["id"])] = verdict
    return list(found.values())


def _is_late(verdict: crew.Verdict) -> bool:
    wrong = verdict["wrong"]
    assert isinstance(wrong, dict)
    return bool(wrong) and ON_THE_WALL | (VALUES if verdict.get("late") else set()) >= set(wrong)


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; 1 if an attack succeeds in any respect, 2 if one cannot be run."""
    options = _arguments(arguments)
    try:
        attacks = load(options.files or (SHORT if options.short else FILES), CHECKS)
    except (CorpusError, OSError, ValueError) as error:
        print(f"These attacks cannot be run: {error}", file=sys.stderr)
        return 2
    attacks = [
        attack
        for attack in attacks
        if (not options.only or attack.layer in options.only) and (not options.id or attack.id in options.id)
    ]
    started = time.monotonic()
    # The slow ones first, so that both processes end at the same time.
    attacks.sort(key=lambda attack: attack.source["layer"] != "resource")
    verdicts = _run(attacks, options.processes)
    if options.json:
        options.json.write_text("".join(json.dumps(verdict) + "\n" for verdict in verdicts))
    failed = _report(verdicts)
    if verdicts:
        step, grown = _most(verdicts, "step"), _most(verdicts, "memory")
        print(f"longest step {step.get('step')} s ({step['id']}: {step.get('in')})")
        print(f"largest growth {grown.get('memory')} MB ({grown['id']})")
    print(f"{len(verdicts) - failed} of {len(verdicts)} attacks fail in every respect, {failed} open")
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if failed or not attacks else 0


if __name__ == "__main__":
    sys.exit(main())
