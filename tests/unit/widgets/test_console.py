"""The log console and the export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from scopebox import Sandbox
from scopebox_widgets import Panel

from tests.unit.widgets.conftest import Page, control, shown


@pytest.fixture
def panel(page: Page, empty: Sandbox) -> Iterator[Panel]:
    empty.log.write("info", "directus-extension-hello", "all is well")
    empty.log.write("error", "other", "nothing is <b>well</b>")
    made = Panel(empty)
    made.open("Log")
    yield made
    made.close()


def console(panel: Panel) -> str:
    return shown(panel.views[2].widget)


def test_a_line_has_level_time_extension_and_message(panel: Panel) -> None:
    html = console(panel)
    assert '<code title="directus-extension-hello">hello</code>' in html
    assert "</span> error</span>" in html
    assert "info" not in html
    assert "nothing is &lt;b&gt;well&lt;/b&gt;" in html
    assert html.index("all is well") < html.index("nothing is")


def test_level_and_words_narrow_it(page: Page, panel: Panel) -> None:
    page.change(control(panel.widget, "Level"), index=3)
    assert "all is well" not in console(panel)
    page.change(control(panel.widget, "Level"), index=0)
    page.change(control(panel.widget, "Filter"), value="HELLO")
    assert "all is well" in console(panel)
    assert "nothing is" not in console(panel)


def test_what_looks_like_an_expression_is_looked_for_as_it_stands(page: Page, panel: Panel, empty: Sandbox) -> None:
    empty.log.write("info", "other", "(a+)+$")
    page.change(control(panel.widget, "Filter"), value="(a+)+$")
    assert "(a+)+$" in console(panel)
    assert "all is well" not in console(panel)


def test_a_thousand_lines_are_the_newest_ones_and_a_number(panel: Panel, empty: Sandbox) -> None:
    for number in range(1_000):
        empty.log.write("info", "hello", f"line {number}")
    panel.draw()
    html = console(panel)
    assert "1,002 lines, 802 older ones not shown." in html
    assert html.count("<li>") == 200
    assert "line 999" in html


def test_it_is_written_as_json_lines_and_never_over_a_file(page: Page, panel: Panel, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    view = panel.views[2].widget
    page.change(control(view, "File"), value=str(path))
    page.click(control(view, "Export as JSON lines"))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert lines[0] == {"scopebox": 1, "dropped": 0}
    assert lines[1]["message"] == "all is well"
    page.click(control(view, "Export as JSON lines"))
    assert "exists already; choose another name" in shown(panel.widget)


def test_it_can_be_emptied(page: Page, panel: Panel, empty: Sandbox) -> None:
    page.click(control(panel.widget, "Clear"))
    assert "Nothing was logged." in console(panel)
    assert len(empty.log) == 0
