"""The command line: ``python -m benchmarks [--only ROW,…] [--against FOLDER | --directus URL | --growth]``."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks import (
    calls,
    cell,
    directus,
    endpoints,
    forks,
    growth,
    hooks,
    isolate,
    javascript,
    language,
    machine,
    memory,
    over_http,
    panel,
    project,
    store,
    table,
    trees,
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
    *forks.ROWS,
    *hooks.ROWS,
    *endpoints.ROWS,
    *over_http.ROWS,
    *language.ROWS,
    *javascript.ROWS,
    *cell.ROWS,
    *memory.ROWS,
    *panel.ROWS,
)


def chosen(rows: Sequence[Row], only: str | None) -> list[Row]:
    """The rows that ``--only`` names: a row, an area (``store``) or a pattern (``store.read-*``), several with commas."""
    if only is None:
        return list(rows)
    patterns = [pattern if "." in pattern else f"{pattern}.*" for pattern in only.split(",")]
    for pattern in patterns:
        if not any(fnmatchcase(row.name, pattern) for row in rows):
            raise SystemExit(f"no row is named {pattern}; there are {', '.join(row.name for row in rows)}")
    return [row for row in rows if any(fnmatchcase(row.name, pattern) for pattern in patterns)]


def measured(row: Row, stage: Stage) -> table.Outcome:
    """Measure one row; a row that fails says so in the table, and the others go on."""
    try:
        medians = compare(row.start(stage), min(row.rounds, stage.size.rounds))
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the table
        return table.Outcome(row, None, (str(error).splitlines() or [""])[0] or type(error).__name__)
    return table.Outcome(row, medians)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; the status is 1 if a row could not be measured."""
    options = parser().parse_args(arguments)
    if options.growth:
        lines, outcomes, how = growth.lines(options.items, options.rounds), [], "Medians"
    else:
        outcomes = all_measured(chosen(rows(options), options.only), Size(rounds=options.rounds, items=options.items))
        lines, how = table.lines(outcomes), "Medians, measured in turns with the reference in one run"
    sys.stdout.write(f"{table.markdown(lines) if options.markdown else table.text(lines)}\n\n")
    sys.stdout.write(f"{how}. {machine.describe()}.\n")
    if options.json:
        options.json.write_text(
            json.dumps({"machine": machine.describe(), "rows": table.data(outcomes) or lines}, indent=2)
        )
    return 1 if any(outcome.failure for outcome in outcomes) else 0


def parser() -> argparse.ArgumentParser:
    """What the command line takes."""
    found = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    found.add_argument("--only", metavar="ROW,…", help="rows, areas or patterns, for example isolate,store.read-*")
    found.add_argument("--markdown", action="store_true", help="print the table for a README")
    found.add_argument("--json", type=Path, metavar="OUT", help="write the figures to this file as well")
    found.add_argument("--items", type=int, default=Size().items, help="items in the large collection (%(default)s)")
    found.add_argument("--rounds", type=int, default=Size().rounds, help="rounds of a row, at most (%(default)s)")
    other = found.add_mutually_exclusive_group()
    other.add_argument("--growth", action="store_true", help="how times grow with the items, in place of the table")
    other.add_argument("--against", type=Path, metavar="FOLDER", help="another tree of scopebox beside this one")
    other.add_argument(
        "--directus", metavar="URL", help="a real Directus beside scopebox; things are made there, and removed"
    )
    found.add_argument("--token", default="", help="of an administrator of the Directus")
    found.add_argument(
        "--database", type=Path, metavar="FILE", help="the SQLite file of the Directus, to fill it in seconds"
    )
    return found


def rows(options: argparse.Namespace) -> Sequence[Row]:
    """The table that was asked for."""
    if options.against:
        return trees.rows(options.against)
    if options.directus:
        return directus.rows(directus.Real(options.directus, options.token, options.database))
    return ROWS


def all_measured(chosen_rows: Sequence[Row], size: Size) -> list[table.Outcome]:
    """Measure rows one after the other on one stage."""
    outcomes = []
    with closing(Stage(size)) as stage:
        for row in chosen_rows:
            sys.stderr.write(f"{row.name}\n")
            outcomes.append(measured(row, stage))
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
