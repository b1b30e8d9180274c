"""Known attacks on a restricted Python, each in a guest of its own inside one disposable process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3].parent
ATTACKS = [json.loads(line) for line in (ROOT / "tests" / "data" / "language_attacks.jsonl").read_text().splitlines()]

RUNNER = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
from tests.language_guest import Guest
from scopebox_guest.engine import SourceError

def answer(kind, *args):
    if kind in ("log", "sleep"):
        return None
    return [1] if kind == "create-items" else PermissionError(f'No permission to access "{kind}"')

for line in sys.stdin:
    attack = json.loads(line)
    guest, outcome = Guest(answer), "ran"
    try:
        shown = [ascii(guest.run(attack["code"]))]
    except SourceError as error:
        outcome, shown = "refused", []
    except BaseException as error:
        outcome, shown = "failed", [type(error).__name__, ascii(str(error))]
    shown += [ascii(part) for call in guest.calls for part in call if isinstance(part, str)]
    sys.stdout.write(json.dumps({"id": attack["id"], "outcome": outcome, "shown": shown + [ascii(text) for text in guest.printed]}) + "\\n")
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, dict[str, object]]:
    path = f"import sys\nsys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'kernel_ext')!r}]\n"
    source = "".join(json.dumps(attack) + "\n" for attack in ATTACKS)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", path + RUNNER],
        input=source,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return {outcome["id"]: outcome for outcome in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack["id"] for attack in ATTACKS])
def test_no_attack_holds_what_it_must_not_hold(
    attack: dict[str, object], outcomes: dict[str, dict[str, object]]
) -> None:
    outcome = outcomes[str(attack["id"])]
    assert "ESCAPED" not in str(outcome["shown"])
    assert not attack.get("fails") or outcome["outcome"] != "ran"
