"""The panel as a whole."""

from __future__ import annotations

import asyncio
import time

import ipywidgets
import pytest
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook, new_output
from scopebox import Sandbox
from scopebox_widgets import Panel
from scopebox_widgets.redraw import INTERVAL_SECONDS
from scopebox_widgets.style import MAX_TABS

from tests.isolates import until
from tests.unit.widgets.conftest import Page, control, shown, walk

CELL = "await exec('register-filter', {'event': 'items.create', 'handler': lambda payload: payload})"


def test_an_empty_sandbox_says_what_to_do(panel: Panel) -> None:
    assert "The sandbox is empty: run a %%sandbox cell." in shown(panel.widget)
    assert repr(panel) == "The sandbox is empty: run a %%sandbox cell."


def test_a_row_of_the_overview_chooses_its_extension_in_the_open_tab(page: Page, panel: Panel, empty: Sandbox) -> None:
    for name in ("directus-extension-one", "two"):
        empty.load("1", name=name)
    panel.draw()
    page.click(control(panel.widget, "one"))
    assert control(panel.views[0].widget, "Extension").value == "directus-extension-one"
    panel.open("Least privilege")
    page.click(control(panel.widget, "two"))
    assert control(panel.views[5].widget, "Extension").value == "two"
    panel.open("Log")
    page.click(control(panel.widget, "two"))
    assert panel._tabs.index == 0
    assert control(panel.views[0].widget, "Extension").value == "two"


def test_the_overview_shows_the_newest_and_counts_the_others(page: Page, panel: Panel, empty: Sandbox) -> None:
    for number in range(9):
        empty.load("1", name=f"n{number}")
    panel.draw()
    assert control(panel.widget, "n8").tooltip == "n8"
    with pytest.raises(LookupError):
        control(panel.widget, "n0")
    page.click(control(panel.widget, "3 more"))
    assert control(panel.widget, "n0").tooltip == "n0"


def test_the_overview_says_what_each_extension_can_do_now(panel: Panel, empty: Sandbox) -> None:
    urls = ["https://api.example.com/*"]
    empty.load(CELL, name="hello", manifest={"permissions": [{"permission": "request", "allowedUrls": urls}]})
    panel.draw()
    assert "Can send any requests to api.example.com." in shown(panel.widget)
    assert "1 extension, 1 running, with 0 endpoints, 1 hook and 0 operations." in shown(panel.widget)


def test_only_the_open_tab_is_built(page: Page, panel: Panel) -> None:
    built = [bool(view.widget.children) for view in panel.views]
    assert built == [True, *[False] * (len(panel.views) - 1)]
    panel.open("Log")
    assert panel.views[[view.title for view in panel.views].index("Log")].widget.children


def test_a_tab_that_is_chosen_on_the_page_is_shown_and_an_unknown_one_is_not(page: Page, panel: Panel) -> None:
    choice = next(widget for widget in walk(panel.widget) if isinstance(widget, ipywidgets.RadioButtons))
    page.change(choice, index=2)
    assert panel.views[2].widget.children
    page.change(choice, index=None)
    assert panel._tabs.index == 0
    with pytest.raises(ValueError, match="not in tuple"):
        panel.open("Nothing")
    assert len(panel.views) <= MAX_TABS


def test_what_was_said_in_a_tab_is_over_in_another_one(page: Page, panel: Panel) -> None:
    panel.views[0].say("request is granted")
    panel.open("Log")
    assert "request is granted" not in shown(panel.widget)
    panel.views[2].fail(ValueError("no such file"))
    panel.open("Permissions")
    assert "no such file" not in shown(panel.widget)


def test_a_turn_that_arrives_behind_the_click_in_its_tab_leaves_what_that_said(page: Page, panel: Panel) -> None:
    choice = next(widget for widget in walk(panel.widget) if isinstance(widget, ipywidgets.RadioButtons))
    page.change(choice, index=1)
    panel.views[0].say("request is granted")
    page.change(choice, index=0)
    assert "request is granted" in shown(panel.widget)


def test_it_reads_as_html_and_as_text_where_nothing_runs(panel: Panel, empty: Sandbox) -> None:
    empty.load(CELL, name="hello")
    static, live = panel.outputs()
    assert set(static) == {"text/plain", "text/html"}
    assert set(live) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert "hello: Can do nothing yet but what is built in." in str(static["text/plain"])
    html = str(static["text/html"])
    assert "items.create" in html
    assert "<script" not in html


def exported(panel: Panel) -> str:
    """The panel's cell as nbconvert shows it."""
    outputs = [new_output("display_data", output) for output in panel.outputs()]  # type: ignore[no-untyped-call]
    cell = new_code_cell("%sandbox panel", outputs=outputs)  # type: ignore[no-untyped-call]
    page, _ = HTMLExporter().from_notebook_node(new_notebook(cells=[cell]))  # type: ignore[no-untyped-call]
    return str(page)


def test_an_export_shows_it_once(panel: Panel, empty: Sandbox) -> None:
    empty.load(CELL, name="hello")
    page = exported(panel)
    assert page.count('<div class="sbx sbx-static') == page.count("What each extension can do now") == 1
    assert repr(panel) not in page


def test_a_view_that_cannot_be_drawn_says_so_and_leaves_the_rest_alone(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("<b>no</b>")

    monkeypatch.setattr(panel.views[0], "draw", fail)
    panel.draw()
    assert "RuntimeError: &lt;b&gt;no&lt;/b&gt;" in shown(panel.widget)
    panel.open("Log")
    assert "Nothing was logged." in shown(panel.widget)


def test_a_change_is_drawn_while_the_kernel_is_idle(page: Page, empty: Sandbox) -> None:
    async def work() -> str:
        panel = Panel(empty)
        await empty.aload(CELL, name="hello")
        try:
            await until(lambda: "1 extension, 1 running" in shown(panel.widget))
            return str(control(panel.widget, "hello").tooltip)
        finally:
            panel.close()

    assert asyncio.run(work()) == "hello"


def test_a_thousand_changes_are_few_drawings(page: Page, empty: Sandbox) -> None:
    async def work() -> tuple[int, float]:
        panel = Panel(empty)
        drawn = []
        started = time.monotonic()
        panel._redraw._draw = lambda: drawn.append(time.monotonic())
        for number in range(1_000):
            empty.log.write("info", "hello", f"line {number}")
            if number % 100 == 0:
                await asyncio.sleep(0)
        await until(lambda: drawn and not panel._redraw._pending)
        panel.close()
        return len(drawn), drawn[-1] - started

    drawings, seconds = asyncio.run(work())
    assert drawings <= seconds / INTERVAL_SECONDS + 2


def test_a_closed_panel_follows_the_sandbox_no_more(page: Page, empty: Sandbox) -> None:
    panel = Panel(empty)
    panel.close()
    panel.close()
    sent = len(page.messages)
    empty.load(CELL, name="hello")
    assert len(page.messages) == sent
    assert len(empty._subscribers) == 0


def test_closing_takes_every_control_off_the_page(page: Page, empty: Sandbox) -> None:
    panel = Panel(empty)
    for view in panel.views:
        panel.open(view.title)
    controls = [entry for entry in walk(panel.widget) if entry.comm is not None]
    panel.close()
    assert len(controls) > 50
    assert all(entry.comm is None for entry in controls)


def test_the_language_of_each_extension_is_listed(panel: Panel, empty: Sandbox) -> None:
    empty.load("1", name="hello", language="ts")
    empty.load("1", name="other")
    panel.draw()
    assert "TypeScript" in shown(panel.widget)
    assert "hello, in TypeScript: Can do nothing yet" in repr(panel)
    assert "other: Can do nothing yet" in repr(panel)
    assert repr(empty.extensions["hello"]) == "<Extension hello, in TypeScript: running>"
