"""The trace as a picture."""

from __future__ import annotations

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox import Sandbox
from scopebox.journal.records import CallRecord
from scopebox.vocabulary import API_PREFIX
from scopebox_widgets import Panel
from scopebox_widgets.calls import kind_of, label_of, name_of, title_of
from scopebox_widgets.timeline import drawn, later
from scopebox_widgets.timeline_layout import CHARACTER_PIXELS, GAP_PERCENT, NARROWEST_PIXELS, arrange

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
    first, second = picture.bars
    assert second.left - first.end == pytest.approx(GAP_PERCENT)


def test_a_call_that_runs_reaches_to_the_latest_time() -> None:
    running, other = arrange([call(1, 0, None), call(2, 3, 1)]).bars
    assert running.end == pytest.approx(other.end)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 10), st.integers(0, 5)), max_size=60))
def test_every_bar_and_label_lies_in_the_picture_and_none_covers_another(spans: list[tuple[float, float, int]]) -> None:
    records = [call(number, start, seconds, parent) for number, (start, seconds, parent) in enumerate(spans, 1)]
    picture = arrange(records)
    assert len(picture.bars) == len(records)
    rows: dict[int, float] = {}
    for bar in sorted(picture.bars, key=lambda entry: (entry.row, entry.left)):
        assert max(0.0, rows.get(bar.row, 0.0)) - 1e-6 <= bar.left
        assert bar.width * NARROWEST_PIXELS / 100 >= 4
        room = len(bar.label) * CHARACTER_PIXELS * 100 / NARROWEST_PIXELS
        rows[bar.row] = bar.end + room if bar.beside else bar.end
        assert bar.beside or room <= bar.width
        assert rows[bar.row] <= 100 + 1e-6
        assert 0 <= bar.row < picture.rows


def test_a_label_that_does_not_fit_on_its_bar_stands_beside_it() -> None:
    long, short = arrange([call(1, 0, 10), call(2, 9, 0.001, extension="b")]).bars
    assert (long.label, long.beside) == ("log", False)
    assert (short.label, short.beside) == ("log", True)


def test_a_bar_goes_without_a_label_where_no_near_row_has_room() -> None:
    bars = arrange([call(number, number / 1_000, 0.000_1) for number in range(200)]).bars
    assert any(bar.label for bar in bars)
    assert not all(bar.label for bar in bars)


def test_a_call_is_named_by_what_it_is_and_signed_by_how_it_ended() -> None:
    refused = call(1, 0, 1, state="refused")
    refused.type = "request"
    handler = call(2, 0, 1)
    handler.type = "handler:operation:shorten-everything"
    assert (label_of(refused), kind_of(refused)) == ("✕ request", "request")
    assert (label_of(handler), kind_of(handler)) == ("operation shorten…", "handler")
    api = call(3, 0, 1)
    api.type = f"{API_PREFIX}request"
    assert (name_of(api), kind_of(api)) == ("request", "request")
    assert {kind_of(call(4, 0, 1))} == {"other"}


def test_a_run_is_called_by_what_began_it_how_many_calls_it_made_and_when() -> None:
    handler = call(1, 1_000_000, 1)
    handler.type = "handler:operation:shorten"
    assert re.fullmatch(r"operation shorten · 1 call · \d\d:\d\d:\d\d", title_of([handler]))
    cell = call(1, 1_000_000, 1, extension="directus-extension-slugs")
    assert title_of([cell, cell]).startswith("cell slugs · 2 calls · ")


def test_times_are_written_as_far_as_there_is_room_and_count_from_the_first() -> None:
    html = drawn([call(number, number * 0.34, 0.001) for number in range(1, 30)])
    said = re.findall(r'class="sbx-when" title="[^"]+">([^<]+)<', html)
    assert re.fullmatch(r"\d\d:\d\d:\d\d", said[0])
    assert 2 <= len(said) <= 10
    assert all(re.fullmatch(r"\+\d\.\d\d s", word) for word in said[1:])
    assert [later(seconds) for seconds in (0.34, 99, 600, 7_200, 200_000)] == [
        "+0.34 s",
        "+99.00 s",
        "+10 min",
        "+2 h",
        "+2 d",
    ]


def test_the_list_indents_calls_below_their_cause_and_has_bars_to_scale() -> None:
    html = drawn([call(2, 1, 0.5, parent=1), call(1, 0, 1)], "List")
    assert html.index("sbx-step-0") < html.index("sbx-step-1")
    assert "width:100.00%" in html
    assert "width:50.00%" in html


def test_refused_is_said_in_words_and_details_need_no_kernel() -> None:
    html = drawn([call(1, 0, 1, state="refused", reason="denied", message="<b>No</b>", arguments="<i>", line=7)])
    assert "✕ log" in html
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
    page.change(control(view, "Run"), index=1)
    assert "calls 1 to 100 of 250" in shown(view)
    page.change(control(view, "Run"), index=0)
    assert control(view, "Run").label.startswith("Newest: cell hello · 10 calls · ")
    assert "10 calls, 0 refused." in shown(view)
    page.change(control(view, "Run"), index=3)
    assert "10 calls, 0 refused." in shown(view)
    panel.close()


def test_the_picture_can_be_held_still(page: Page, empty: Sandbox) -> None:
    empty.trace.finish(empty.trace.start(1, 0, "hello", "log"))
    panel = Panel(empty)
    panel.open("Trace")
    view = panel.views[3].widget
    page.change(control(view, "Run"), index=1)
    page.change(control(view, "Follow"), value=False)
    empty.trace.finish(empty.trace.start(2, 0, "hello", "log"))
    panel.draw()
    assert "1 call, 0 refused." in shown(view)
    page.change(control(view, "Follow"), value=True)
    assert "2 calls, 0 refused." in shown(view)
    panel.close()
