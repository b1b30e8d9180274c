"""Run attacks: ``python -m tests.security [FILE…] [--only LAYER] [--id ID] [--json OUT] [--processes N]``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from tests.security import crew
from tests.security.checks import CHECKS
from tests.security.corpus import FILES, LAYERS, CorpusError, exceptions, load

ALLOWED_EXCEPTIONS = 0.02  # of all attacks


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.security")
    parser.add_argument("files", nargs="*", type=Path, default=list(FILES), help="attacks, one JSON object a line")
    parser.add_argument("--only", action="append", choices=LAYERS, help="layers to run")
    parser.add_argument("--id", action="append", help="attacks to run")
    parser.add_argument("--json", type=Path, help="where to write every verdict")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args(arguments)


def _report(verdicts: list[crew.Verdict], excused: dict[str, str]) -> int:
    """Print the totals of each layer and what failed; return how many failed without a reason."""
    failed = 0
    for layer in LAYERS:
        mine = [verdict for verdict in verdicts if verdict["layer"] == layer]
        wrong = [verdict for verdict in mine if verdict["wrong"]]
        open_ = [verdict for verdict in wrong if verdict["id"] not in excused]
        failed += len(open_)
        if mine:
            print(f"{layer:13} {len(mine) - len(wrong):4} / {len(mine)}")
        for verdict in wrong:
            excuse = excused.get(str(verdict["id"]))
            print(f"    {verdict['id']}: {f'excepted: {excuse}' if excuse else ''}")
            if not excuse:
                assert isinstance(verdict["wrong"], dict)
                for name, said in verdict["wrong"].items():
                    print(f"        {name}: {said}")
    return failed


def main(arguments: list[str] | None = None) -> int:
    """Run what the command line asks for; 1 if an attack succeeds in any respect, 2 if one cannot be run."""
    options = _arguments(arguments)
    try:
        attacks = load([file for file in options.files if file.exists() or file not in FILES], CHECKS)
    except (CorpusError, OSError, ValueError) as error:
        print(f"These attacks cannot be run: {error}", file=sys.stderr)
        return 2
    attacks = [
        attack
        for attack in attacks
        if (not options.only or attack.layer in options.only) and (not options.id or attack.id in options.id)
    ]
    excused = {name: why for name, why in exceptions().items() if any(attack.id == name for attack in attacks)}
    started = time.monotonic()
    # The slow ones first, so that both processes end at the same time.
    attacks.sort(key=lambda attack: attack.layer != "resource")
    verdicts = list(crew.run(attacks, options.processes))
    if options.json:
        options.json.write_text("".join(json.dumps(verdict) + "\n" for verdict in verdicts))
    failed = _report(verdicts, excused)
    passed = sum(not verdict["wrong"] for verdict in verdicts)
    print(f"{passed} of {len(verdicts)} attacks fail in every respect, {len(excused)} excepted, {failed} open")
    print(f"{time.monotonic() - started:.0f} s")
    too_many = len(excused) > max(1, ALLOWED_EXCEPTIONS * len(attacks))
    return 1 if failed or too_many or not attacks else 0


if __name__ == "__main__":
    sys.exit(main())
