"""How often the store answers otherwise than a real Directus: ``python -m tests.real FOLDER…``, folders of runs side by side.

Prints a row an area with both rates, of everything that differs and of what no decision explains, then the decisions by how often
they do. 1 if the decisions explain more than they may.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.real.decisions import decision
from tests.real.exchanges import DIFFERENT, NOT_COMPARED, Exchange, read

MOST_DECIDED: Final = 0.015
"""The part of all requests that decisions may explain."""
ALL: Final = "all"
SHOWN: Final = 400  # characters of an answer
_HEAD: Final = ("area", "compared", "different", "rate", "decided", "left", "rate without the decided")


class Rates:
    """Counts of exchanges by area, and of decisions by name."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        self.areas: dict[str, Counter[str]] = defaultdict(Counter)
        self.decided: Counter[str] = Counter()
        for exchange in exchanges:
            self._add(exchange)

    def _add(self, exchange: Exchange) -> None:
        if exchange.verdict == NOT_COMPARED:
            return
        found = decision(exchange) if exchange.verdict == DIFFERENT else None
        self.decided.update([found.name] if found else [])
        for area in (exchange.request.area, ALL):
            self.areas[area].update(compared=1, different=exchange.verdict == DIFFERENT, decided=found is not None)

    @property
    def part_decided(self) -> float:
        """The part of all requests that decisions explain."""
        return _part(self.areas[ALL], "decided")

    def text(self) -> str:
        """Return the table."""
        rows = [_HEAD, ("---",) * len(_HEAD)]
        areas = {name: counts for name, counts in self.areas.items() if name != ALL}
        rows += [_row(name, counts) for name, counts in (*sorted(areas.items()), (ALL, self.areas[ALL]))]
        rows += [("", ""), *((name, f"{count}") for name, count in self.decided.most_common())]
        return "\n".join(f"| {' | '.join(row)} |" if any(row) else "" for row in rows)


def _row(name: str, counts: Mapping[str, int]) -> tuple[str, ...]:
    left = counts["different"] - counts["decided"]
    numbers = (counts["compared"], counts["different"], _percent(_part(counts, "different")), counts["decided"], left)
    return (name, *map(str, numbers), _percent(left / max(counts["compared"], 1)))


def _part(counts: Mapping[str, int], name: str) -> float:
    return counts[name] / max(counts["compared"], 1)


def _percent(part: float) -> str:
    return f"{100 * part:.2f} %"


def _shown(exchange: Exchange) -> str:
    request = exchange.request
    answers = {**exchange.real, "ours": exchange.ours}
    lines = [f"  {side:7s}{json.dumps(answer, ensure_ascii=False)[:SHOWN]}" for side, answer in answers.items()]
    return "\n".join([f"{request.area} {request.role} {request.method} {request.said}"[: 2 * SHOWN], *lines])


def main(arguments: list[str] | None = None) -> int:
    """Print the rates of the folders that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.real")
    parser.add_argument("folders", nargs="+", type=Path, help="folders of runs, with cases-SEED.jsonl")
    parser.add_argument("--left", action="store_true", help="show the requests whose difference no decision explains")
    options = parser.parse_args(arguments)
    exchanges = [exchange for folder in options.folders for exchange in read(folder)]
    rates = Rates(exchanges)
    print(rates.text())
    for exchange in exchanges if options.left else ():
        if exchange.verdict == DIFFERENT and decision(exchange) is None:
            print(_shown(exchange))
    if rates.part_decided > MOST_DECIDED:
        print(
            f"The decisions explain {_percent(rates.part_decided)} of all requests, more than {_percent(MOST_DECIDED)}."
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
