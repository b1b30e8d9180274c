"""A filter hook, per item that is created."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.measure import Pair, Row, Stage, Target, timed
from benchmarks.things import NAME, empty_box, item

if TYPE_CHECKING:
    from scopebox import Sandbox

FILTER: Final = f"""
def stamped(payload):
    return {{**payload, "status": "review"}}

await exec("register-filter", {{"event": "{NAME}.items.create", "handler": stamped}})
"""
ITEMS: Final = 100


def filtered_box(stage: Stage) -> Sandbox:
    """A sandbox whose collection has a filter."""
    box = empty_box(stage)
    box.load(FILTER, name="directus-extension-bench-filter")
    return box


def filter_hook(stage: Stage) -> Pair:
    """Create the same items with and without the filter."""
    hooked, plain = filtered_box(stage).items(NAME), stage.shared(empty_box).items(NAME)
    items = [item(number) for number in range(ITEMS)]
    return Pair(timed(lambda: hooked.create(items), per=ITEMS), timed(lambda: plain.create(items), per=ITEMS))


ROWS: Final = (
    Row(
        "hooks.filter",
        "creating an item through a filter hook",
        "creating it without the hook",
        filter_hook,
        Target("difference", 0.000_15),
        rounds=25,
    ),
)
