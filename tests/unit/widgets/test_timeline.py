"""The trace as a picture."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox import Sandbox
from scopebox.journal.records import CallRecord
from scopebox_widgets import Panel
from scopebox_widgets.timeline import drawn
from scopebox_widgets.timeline_layout import arrange

from tests.isolates import until
from tests.unit.widgets.conftest import Page, control, shown


def call(
    number: int, start: float, seconds: float | None, parent: int = 0, extension: str = "a", **more: object
) -> CallRecord:
    state = "running" if seconds is None else more.pop("state", "ok")
    return CallRecord(number, start, 1, parent, extension, "log", state=state, seconds=seconds, **more)  # type: ignore[arg-type]


def test_a_lane_for_each_extension_and_nested_calls_below_their_cause() -> None:
    picture = arrange(
        [call(1, 0, 10), call(2, 1, 5, parent=1), call(3, 2, 2, parent=2, extension="b"), call(4, 8, 1, 1)]
    )
    assert [(lane.extension, lane.first, lane.rows) for lane in picture.lanes] == [("a", 0, 2), ("b", 2, 1)]
    assert [bar.row for bar in picture.bars] == [0, 1, 2, 1]
    assert [bar.cause is not None for bar in picture.bars] == [False, True, True, True]


def test_calls_at_the_same_time_lie_in_different_rows() -> None:
    assert [bar.row for bar in arrange([call(1, 0, 5), call(2, 1, 5), call(3, 7, 1)]).bars] == [0, 1, 0]


def test_pauses_are_left_out() -> None:
    picture = arrange([call(1, 0, 1), call(2, 1_000, 1)])
    assert len(picture.stretches) == 2
    assert [round(bar.left) for bar in picture.bars] == [0, 51]


def test_a_call_that_runs_reaches_to_the_latest_time() -> None:
    running, other = arrange([call(1, 0, None), call(2, 3, 1)]).bars
    assert running.left + running.width == pytest.approx(other.left + other.width)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10), st.integers(0, 5)), max_size=40))
def test_every_bar_lies_in_the_picture_and_none_covers_another(spans: list[tuple[float, float, int]]) -> None:
    records = [call(number, start, seconds, parent) for number, (start, seconds, parent) in enumerate(spans, 1)]
    picture = arrange(records)
    assert len(picture.bars) == len(records)
    rows: dict[int, float] = {}
    for bar in sorted(picture.bars, key=lambda entry: (entry.row, entry.left)):
        assert -1e-6 <= bar.left <= 100
        assert bar.left + bar.width <= 100 + 1e-6
        assert 0 <= bar.row < picture.rows
        rows[bar.row] = bar.left + bar.width


def test_refused_is_said_in_words_and_details_need_no_kernel() -> None:
    html = drawn([call(1, 0, 1, state="refused", reason="denied", message="<b>No</b>", arguments="<i>", line=7)])
    assert "✕ refused" in html
    assert 'aria-label="log, refused, call 1 of a, 1.00 s"' in html
    assert "<details" in html
    assert "&lt;b&gt;No&lt;/b&gt;" in html
    assert "(denied)" in html
    assert "1 refused." in html


def test_the_end_of_a_call_is_drawn_as_well_as_its_beginning(page: Page, empty: Sandbox) -> None:
    async def work() -> str:
        panel = Panel(empty)
        panel.open("Trace")
        view = panel.views[3].widget
        record = empty.trace.start(1, 0, "hello", "log")
        await until(lambda: "running" in shown(view))
        empty.trace.finish(record)
        await until(lambda: "running" not in shown(view))
        panel.close()
        return shown(view)

    assert "running" not in asyncio.run(work())


def test_many_calls_come_in_pages_and_a_run_can_be_chosen(page: Page, empty: Sandbox) -> None:
    for number in range(250):
        empty.trace.finish(empty.trace.start(number // 10, 0, "hello", "log"))
    panel = Panel(empty)
    panel.open("Trace")
    view = panel.views[3].widget
    assert "calls 1 to 100 of 250" in shown(view)
    page.change(control(view, "Run"), index=1)
    assert ">10 calls, 0 refused." in shown(view)
    panel.close()


def test_the_picture_can_be_held_still(page: Page, empty: Sandbox) -> None:
    empty.trace.finish(empty.trace.start(1, 0, "hello", "log"))
    panel = Panel(empty)
    panel.open("Trace")
    view = panel.views[3].widget
    page.change(control(view, "Follow"), value=False)
    empty.trace.finish(empty.trace.start(2, 0, "hello", "log"))
    panel.draw()
    assert "1 call, 0 refused." in shown(view)
    page.change(control(view, "Follow"), value=True)
    assert "2 calls, 0 refused." in shown(view)
    panel.close()
