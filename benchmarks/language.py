"""What the policy of the language costs: the same source in a guest and in plain Python."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.guest import operation, plain_box
from benchmarks.measure import Pair, Row, Stage, Target, reported

if TYPE_CHECKING:
    from collections.abc import Callable

ATTRIBUTES: Final = """
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def moved(self, x):
        return Point(self.x + x, self.y)

def work(repeat):
    point = Point(1, 2)
    for step in range(repeat):
        point = point.moved(step)
        point.y = point.x - point.y
    return point.y
"""
ARITHMETIC: Final = """
def work(repeat):
    total = 0
    for number in range(repeat):
        total += number * 31 % 1009
        total = total * 3 // 2 % 1000003
    return total
"""
JSON: Final = """
import json

def work(repeat):
    data = {"rows": [{"id": n, "title": f"Row {n}", "tags": ["a", "b"], "price": n / 3} for n in range(20)]}
    for step in range(repeat // 50):
        data = json.loads(json.dumps(data))
    return len(data["rows"])
"""
STEPS: Final = 50  # loop steps for each repetition of a run


def same_source(name: str, source: str, stage: Stage) -> Pair:
    """Run ``work`` of the source in a guest and here."""
    steps = STEPS * stage.size.repeat
    run = operation(stage.shared(plain_box), name, f"work({steps})", definitions=source)
    namespace: dict[str, Callable[[int], object]] = {}
    exec(source, namespace)

    def plain() -> float:
        begin = time.perf_counter()
        namespace["work"](steps)
        return time.perf_counter() - begin

    return Pair(reported(lambda: run({})), reported(plain))


PLAIN: Final = "the same source in plain Python"

ROWS: Final = (
    Row(
        "language.attributes",
        "a loop full of attributes",
        PLAIN,
        partial(same_source, "attributes", ATTRIBUTES),
        Target("ratio", 3),
    ),
    Row(
        "language.arithmetic",
        "a loop of arithmetic",
        PLAIN,
        partial(same_source, "arithmetic", ARITHMETIC),
        Target("ratio", 1.2),
    ),
    Row("language.json", "JSON there and back", PLAIN, partial(same_source, "json", JSON), Target("ratio", 1.2)),
)
