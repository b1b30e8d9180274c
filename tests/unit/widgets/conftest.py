"""A page that is not there: comms whose messages are kept, and a sandbox to look at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import comm
import ipywidgets
import pytest
from comm.base_comm import BaseComm
from scopebox import IsolatePool, Sandbox
from scopebox_widgets import Panel


@dataclass
class Page:
    """What a front end would have got: every message as JSON data."""

    messages: list[dict[str, object]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """Bytes that were sent."""
        return sum(len(json.dumps(message)) for message in self.messages)

    def change(self, widget: ipywidgets.Widget, **state: object) -> None:
        """Do what a front end does when somebody uses a control."""
        data = {"method": "update", "state": state, "buffer_paths": []}
        widget.comm.handle_msg({"content": {"data": data}, "buffers": []})

    def click(self, button: ipywidgets.Button) -> None:
        """Press a button, as a front end reports it."""
        message = {"method": "custom", "content": {"event": "click"}}
        button.comm.handle_msg({"content": {"data": message}, "buffers": []})


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Page:
    """Catch what widgets send."""
    caught = Page()

    class Caught(BaseComm):
        def publish_msg(
            self, msg_type: str, data: object = None, metadata: object = None, buffers: object = None, **keys: object
        ) -> None:
            caught.messages.append({"type": msg_type, "data": data})

    monkeypatch.setattr(comm, "create_comm", Caught)
    return caught


@pytest.fixture
def empty(pool: IsolatePool) -> Iterator[Sandbox]:
    """A sandbox without collections."""
    with Sandbox(pool=pool) as box:
        yield box


@pytest.fixture
def panel(page: Page, empty: Sandbox) -> Iterator[Panel]:
    """A panel on the empty sandbox."""
    made = Panel(empty)
    yield made
    made.close()


def shown(widget: ipywidgets.Widget) -> str:
    """All HTML below a widget that is not hidden, in order."""
    if widget.layout.display == "none":
        return ""
    if isinstance(widget, ipywidgets.HTML):
        return str(widget.value)
    return "\n".join(shown(child) for child in getattr(widget, "children", ()))


def walk(widget: ipywidgets.Widget) -> Iterator[ipywidgets.Widget]:
    """A widget and all below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from walk(child)


def control(widget: ipywidgets.Widget, description: str) -> ipywidgets.Widget:
    """The control below a widget with that label."""
    for child in getattr(widget, "children", ()):
        if getattr(child, "description", None) == description:
            return child
        try:
            return control(child, description)
        except LookupError:
            continue
    raise LookupError(description)
