"""While a cell runs."""

from __future__ import annotations

import pytest
from IPython.core.events import EventManager
from scopebox_widgets import busy

from tests.unit.widgets.conftest import Page


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> EventManager:
    """The events of a shell."""
    made = EventManager(None, {"pre_run_cell": lambda: None, "post_run_cell": lambda: None})  # type: ignore[arg-type]
    monkeypatch.setattr(busy, "_events", lambda: made)
    return made


def test_it_is_said_before_the_cell_begins_and_taken_back_when_it_ended(page: Page, events: EventManager) -> None:
    ended = []
    line = busy.Busy(lambda: ended.append(True))
    assert line.widget.value == ""
    events.trigger("pre_run_cell", None)
    assert "clicks wait until it ends" in line.widget.value
    events.trigger("post_run_cell", None)
    assert (line.widget.value, ended) == ("", [True])


def test_after_the_end_no_cell_is_noticed(page: Page, events: EventManager) -> None:
    line = busy.Busy(lambda: None)
    line.close()
    line.close()
    events.trigger("pre_run_cell", None)
    assert line.widget.value == ""
    assert events.callbacks == {"pre_run_cell": [], "post_run_cell": []}
