"""The command line: ``python -m benchmarks [--only ROW,…] [--markdown] [--json OUT]``."""

from __future__ import annotations

import argparse
import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import (
    calls,
    cell,
    endpoints,
    hooks,
    isolate,
    javascript,
    language,
    machine,
    panel,
    project,
    store,
    table,
)
from benchmarks.measure import Size, Stage, compare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Row

ROWS: Final[tuple[Row, ...]] = (
    *isolate.ROWS,
    *calls.ROWS,
    *store.ROWS,
    *project.ROWS,
    *hooks.ROWS,
    *endpoints.ROWS,
    *language.ROWS,
    *javascript.ROWS,
    *cell.ROWS,
    *panel.ROWS,
)


def chosen(only: str | None) -> list[Row]:
    """The rows that ``--only`` names: a row, an area (``store``) or a pattern (``store.read-*``), several with commas."""
    if only is None:
        return list(ROWS)
    patterns = [pattern if "." in pattern else f"{pattern}.*" for pattern in only.split(",")]
    for pattern in patterns:
        if not any(fnmatchcase(row.name, pattern) for row in ROWS):
            raise SystemExit(f"no row is named {pattern}; there are {', '.join(row.name for row in ROWS)}")
    return [row for row in ROWS if any(fnmatchcase(row.name, pattern) for pattern in patterns)]


def measured(row: Row, stage: Stage) -> table.Outcome:
    """Measure one row; a row that fails says so in the table, and the others go on."""
    try:
        medians = compare(row.start(stage), min(row.rounds, stage.size.rounds))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the table
        return table.Outcome(row, None, (str(error).splitlines() or [""])[0] or type(error).__name__)
    return table.Outcome(row, medians)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; the status is 1 if a row could not be measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", metavar="ROW,…", help="rows, areas or patterns, for example isolate,store.read-*")
    parser.add_argument("--markdown", action="store_true", help="print the table for a README")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file as well")
    parser.add_argument("--items", type=int, default=Size().items, help="items in the large collection (%(default)s)")
    parser.add_argument("--rounds", type=int, default=Size().rounds, help="rounds of a row, at most (%(default)s)")
    options = parser.parse_args(arguments)
    stage = Stage(Size(rounds=options.rounds, items=options.items))
    outcomes = []
    try:
        for row in chosen(options.only):
            sys.stderr.write(f"{row.name}\n")
            outcomes.append(measured(row, stage))
    finally:
        stage.close()
    sys.stdout.write(f"{table.markdown(outcomes) if options.markdown else table.text(outcomes)}\n\n")
    sys.stdout.write(f"Medians, measured in turns with the reference in one run. {machine.describe()}.\n")
    if options.json:
        options.json.write_text(json.dumps({"machine": machine.describe(), "rows": table.data(outcomes)}, indent=2))
    return 1 if any(outcome.failure for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
