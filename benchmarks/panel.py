"""The panel on a full sandbox: opening it, what it sends, a toggle, and how soon it follows a change."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import comm
import ipywidgets
from comm.base_comm import BaseComm
from scopebox import Sandbox

from benchmarks.measure import Pair, Row, Stage, Target, reported, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox_widgets import Panel

EXTENSIONS: Final = 20
REGISTRATIONS: Final = 10  # of each extension
CALLS: Final = 5_000
MANIFEST: Final = {
    "permissions": [
        {"permission": "request", "allowedUrls": ["https://api.example.com/*"], "optional": True},
        {"permission": "read-items", "role": "admin"},
    ]
}
CELL: Final = f"""
def answer(request):
    return {{"status": 200, "body": "ok"}}

for number in range({REGISTRATIONS}):
    await exec("register-endpoint", {{"path": f"/route-{{number}}", "method": "GET", "handler": answer}})
"""


class Page:
    """A front end that only counts what it is sent."""

    def __init__(self) -> None:
        self.sent = 0
        page = self

        class Counting(BaseComm):
            def publish_msg(self, *_: object, data: object = None, **__: object) -> None:
                page.sent += len(json.dumps(data))

        self.comm = Counting


@contextmanager
def counted() -> Iterator[Page]:
    """Count what widgets send, for as long as the block runs."""
    page, usual = Page(), comm.create_comm
    comm.create_comm = page.comm
    try:
        yield page
    finally:
        comm.create_comm = usual


def page(stage: Stage) -> Page:
    """The page that the rows share."""
    return stage.enter(counted())


def full_box(stage: Stage) -> Sandbox:
    """A sandbox with many extensions, registrations and calls."""
    box = stage.enter(Sandbox())
    for number in range(EXTENSIONS):
        box.load(CELL, name=f"directus-extension-bench-{number}", manifest=MANIFEST)
    for number in range(CALLS):
        box.trace.finish(box.trace.start(number // 10, 0, f"directus-extension-bench-{number % EXTENSIONS}", "log"))
    return box


def opened(box: Sandbox) -> Panel:
    """The panel, and all that a notebook stores of it."""
    from scopebox_widgets import Panel  # noqa: PLC0415 - the first import is no part of opening

    panel = Panel(box)
    panel.outputs()
    return panel


def plain() -> None:
    """Tabs with as many controls as the first tab of the panel has."""
    texts = [ipywidgets.HTML("x" * 1_000) for _ in range(12)]
    ipywidgets.Tab([ipywidgets.VBox([*texts, ipywidgets.Dropdown(options=["a"]), ipywidgets.Checkbox()])] * 6).close()


def opening(stage: Stage) -> Pair:
    """Open the panel beside opening plain tabs."""
    stage.shared(page)
    box = stage.shared(full_box)
    panels: list[Panel] = []
    ours = timed(lambda: panels.append(opened(box)), after=lambda: panels.pop().close())
    return Pair(ours, timed(plain))


def sending(stage: Stage) -> Pair:
    """What opening sends and stores, in megabytes."""
    front, box = stage.shared(page), stage.shared(full_box)

    def ours() -> float:
        before = front.sent
        panel = opened(box)
        static, _ = panel.outputs()
        size = front.sent - before + len(str(static["text/html"])) + len(str(static["text/plain"]))
        panel.close()
        return size / 1e6

    def reference() -> float:
        before = front.sent
        plain()
        return (front.sent - before) / 1e6

    return Pair(reported(ours), reported(reference))


def toggle(stage: Stage) -> Pair:
    """A tick, from the message of the page to the last message back, beside that of a checkbox that does nothing."""
    stage.shared(page)
    panel = opened(stage.shared(full_box))
    bare = ipywidgets.Checkbox()
    return Pair(timed(partial(_tick, switch(panel.widget))), timed(partial(_tick, bare)))


def switch(widget: ipywidgets.Widget) -> ipywidgets.Checkbox:
    """The first checkbox below a widget."""
    waiting = [widget]
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, ipywidgets.Checkbox):
            return found
        waiting += getattr(found, "children", ())
    raise LookupError("there is no checkbox")


def _tick(box: ipywidgets.Checkbox) -> None:
    data = {"method": "update", "state": {"value": not box.value}, "buffer_paths": []}
    box.comm.handle_msg({"content": {"data": data}, "buffers": []})


def following(stage: Stage) -> Pair:
    """From a line of the log to the page that shows it, while the kernel is idle."""
    front, box = stage.shared(page), stage.shared(full_box)

    async def ours() -> float:
        panel = opened(box)
        panel.open("Log")
        await asyncio.sleep(0.15)
        before, begin = front.sent, time.perf_counter()
        box.log.write("info", "bench", "now")
        while front.sent == before:  # noqa: ASYNC110 - a page that counts has nothing to wait for
            await asyncio.sleep(0.001)
        seconds = time.perf_counter() - begin
        panel.close()
        return seconds

    async def reference() -> float:
        begin = time.perf_counter()
        await asyncio.sleep(0.001)
        return time.perf_counter() - begin

    return Pair(reported(lambda: asyncio.run(ours())), reported(lambda: asyncio.run(reference())))


ROWS: Final = (
    Row(
        "panel.open",
        f"opening the panel: {EXTENSIONS} extensions, {EXTENSIONS * REGISTRATIONS} registrations, {CALLS} calls",
        "opening plain tabs",
        opening,
        Target("value", 0.5),
        rounds=15,
    ),
    Row(
        "panel.sent",
        "what opening it sends and stores",
        "the same of plain tabs",
        sending,
        Target("value", 0.3),
        3,
        "MB",
    ),
    Row("panel.toggle", "a tick, there and back", "a checkbox that does nothing", toggle, Target("value", 0.05)),
    Row(
        "panel.follow",
        "from a change to the page",
        "a wait of a millisecond",
        following,
        Target("value", 0.2),
        rounds=9,
    ),
)
