"""Filter hooks, per item that is created."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.boxes import empty_box
from benchmarks.extensions import FILTER
from benchmarks.measure import Pair, Row, Stage, Target, timed
from benchmarks.things import EMPTY, HOOKED, NAME, item

if TYPE_CHECKING:
    from scopebox import Sandbox

ITEMS: Final = 100
MANY: Final = """
def same(payload):
    return payload

for _ in range({count}):
    await exec("register-filter", {{"event": "{name}.items.create", "handler": same}})
"""


def filtered_box(stage: Stage) -> Sandbox:
    """A sandbox with a collection that has a filter."""
    box = empty_box(stage)
    box.load(FILTER.python, name=FILTER.name)
    return box


def filter_hook(stage: Stage) -> Pair:
    """Create the same items with and without the filter."""
    box = stage.shared(filtered_box)
    hooked, plain = box.items(HOOKED), box.items(NAME)
    items = [item(number) for number in range(ITEMS)]
    return Pair(timed(lambda: hooked.create(items), per=ITEMS), timed(lambda: plain.create(items), per=ITEMS))


def filters(count: int, stage: Stage) -> Pair:
    """Create an item through ``count`` filters of one extension, and without any."""
    box = empty_box(stage)
    box.load(MANY.format(count=count, name=NAME), name="directus-extension-bench-filters")
    hooked, plain, created = box.items(NAME), box.items(EMPTY), [item(1)]
    return Pair(timed(lambda: hooked.create(created)), timed(lambda: plain.create(created)))


ROWS: Final = (
    Row(
        "hooks.filter",
        f"creating an item of {ITEMS} through a filter hook",
        "creating it without the hook",
        filter_hook,
        Target("difference", 0.000_15),
        rounds=25,
    ),
    *(
        Row(
            f"hooks.{count}-filters",
            f"creating an item through {count} filter{'s' * (count > 1)} of one event",
            "creating it without any",
            partial(filters, count),
            rounds=20,
        )
        for count in (1, 10, 100)
    ),
)
