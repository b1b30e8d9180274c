"""Whether exported extensions answer in a real Directus as they do here.

    python -m tests.real.exports --url URL --token TOKEN --extensions FOLDER --restart COMMAND

``FOLDER`` is the one that this Directus loads extensions from, ``COMMAND`` starts it again, and the token is that of an administrator. It
has to be allowed to send requests to its own machine (``IMPORT_IP_DENY_LIST``). Prints what is asked, line by line; 1 if anything differs.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.real.exports import cells, requests
from tests.real.exports.foreign import Foreign
from tests.real.exports.requests import Request
from tests.real.exports.sides import SETTLED, Answer, Here, Side, There, export

STUB: Final = "the stubs"  # which log what they are not yet


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask both sides the same."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.exports", description=__doc__.partition("\n")[0])
    parser.add_argument("--url", required=True)
    parser.add_argument("--token", required=True)
    parser.add_argument("--extensions", type=Path, required=True)
    parser.add_argument("--restart", required=True)
    parser.add_argument("--log", type=Path, metavar="FILE", help="where this Directus logs, with LOG_STYLE=pretty")
    given = parser.parse_args(arguments)
    all_cells = (*cells.API, *cells.SHIM, *cells.STUBBED)
    asked = (*requests.API, *requests.SHIM, *requests.STUBBED)
    foreign = Foreign()
    here, there = Here(all_cells, foreign.url), There(given.url, given.token, given.log)
    written: list[Path] = []
    try:
        written = export(here.box, all_cells, given.extensions, given.url, given.token)
        subprocess.run(given.restart, shell=True, check=True)  # the user's own command
        there.wait()
        there.prepare()
        ours = [_ask(here, request) for request in asked]
        told_here = _told(foreign)
        theirs = [_ask(there, request) for request in asked]
        told_there = _told(foreign)
        logged_here = [*here.logged, *((STUB, line) for request in asked for line in request.logged)]
        logged_there = there.logged
    finally:
        there.clear()
        here.close()
        foreign.close()
        for folder in written:
            shutil.rmtree(folder, ignore_errors=True)
    different = _compare(asked, ours, theirs)
    if told_here != told_there:
        different += 1
        print(f"DIFFERENT what the server was told\n    here  {told_here}\n    there {told_there}")
    different += _compare_logs(logged_here, logged_there)
    print(f"{len(written)} packages, {len(asked)} requests, {different} different")
    return 1 if different else 0


def _compare_logs(ours: Sequence[tuple[str, str]], theirs: Sequence[str] | None) -> int:
    """Compare what each extension logged, in its order; a Directus does not say who logged a line."""
    if theirs is None:
        print("log lines are not compared: --log names the file")
        return 0
    owners = {message: extension for extension, message in ours}
    different = 0
    for name in dict.fromkeys(owners.values()):
        here = [message for extension, message in ours if extension == name]
        there = [message for message in theirs if owners.get(message) == name]
        if name == STUB:
            here, there = sorted(here), sorted(there)
        same = here == there
        different += not same
        print(f"{'same     ' if same else 'DIFFERENT'} {len(there)} log lines of {name}")
        if not same:
            print(f"    here  {here}\n    there {there}")
    strange = [message for message in theirs if message not in owners]
    if strange:
        print(f"DIFFERENT lines that nobody logs here: {strange}")
    return different + bool(strange)


def _ask(side: Side, request: Request) -> Answer:
    if request.settled:
        time.sleep(SETTLED)
    return side.ask(request)


def _told(foreign: Foreign) -> list[object]:
    time.sleep(SETTLED)
    told = sorted(foreign.told, key=repr)
    foreign.told.clear()
    return told


def _compare(asked: Sequence[Request], ours: Sequence[Answer], theirs: Sequence[Answer]) -> int:
    different = 0
    for request, here, there in zip(asked, ours, theirs, strict=True):
        same = here == there
        different += not same
        print(f"{'same     ' if same else 'DIFFERENT'} {request} -> {there.status}")
        if not same:
            print(f"    here  {here.status} {str(here.body)[:400]}\n    there {there.status} {str(there.body)[:400]}")
    return different


if __name__ == "__main__":
    sys.exit(main())
