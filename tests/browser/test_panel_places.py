"""The panel where it is not alone with a wide screen and a living kernel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.panel_demo import TABS, labelled, open_tab, show, unfolded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.lab import Lab

# Each part that scrolls sideways, with the innermost part that is too wide for it.
SIDEWAYS = """(panel) => [panel, ...panel.querySelectorAll("*")]
    .filter(each => each.scrollWidth > each.clientWidth + 1 && /auto|scroll/.test(getComputedStyle(each).overflowX))
    .map(each => {
        const edge = each.getBoundingClientRect().right;
        const wide = [...each.querySelectorAll("*")].filter(part => !part.closest(".sbx-scroll") && part.getBoundingClientRect().right > edge + 1);
        return each.className + " <- " + (wide.at(-1)?.outerHTML.slice(0, 300) ?? "");
    })"""
CUT = """(panel) => [...panel.querySelectorAll(".sbx-scroll, .sbx-block, .sbx-console")]
    .filter(each => each.scrollHeight > each.clientHeight + 1).map(each => each.className)"""


def test_what_is_wrong_with_a_form_stands_in_it(lab: Lab, shot: Callable[[str], Path]) -> None:
    panel = show(lab, "form-error.ipynb")
    open_tab(panel, "Registered")
    form = unfolded(panel, 1)
    form.get_by_role("button", name="Emit").click()
    expect(form.locator("[data-sbx=answer]")).to_contain_text("Result")
    labelled(form, "Payload").fill("{title: 'x'}")
    form.get_by_role("button", name="Emit").click()
    answer = form.locator("[data-sbx=answer]")
    expect(answer).to_contain_text("Payload is not JSON: line 1, column 2")
    expect(answer).not_to_contain_text("Result")
    expect(form.locator(".sbx-invalid textarea")).to_have_count(1)
    shot("form")


def test_a_restarted_kernel_is_said_once(lab: Lab, shot: Callable[[str], Path]) -> None:
    panel = show(lab, "restart.ipynb")
    expect(panel.locator("[data-sbx=summary]")).to_be_visible()
    height = panel.bounding_box()
    lab.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel.restart()")
    lab.wait_idle()
    lab.page.wait_for_function(
        "(panel) => panel.classList.contains('jupyter-widgets-disconnected')", arg=panel.element_handle()
    )
    said = panel.evaluate("panel => getComputedStyle(panel, '::before').content")
    assert "%sandbox panel" in said
    inner = panel.locator(".jupyter-widgets-disconnected")
    contents = inner.evaluate_all("all => all.map(each => getComputedStyle(each, '::before').content)")
    assert set(contents) <= {"none"}
    after = panel.bounding_box()
    assert height is not None
    assert after is not None
    assert abs(after["width"] - height["width"]) <= 1
    shot("restarted")


def test_only_tables_scroll_sideways(lab: Lab, shot: Callable[[str], Path]) -> None:
    panel = show(lab, "wide.ipynb")
    for width in (1280, 900, 640):
        lab.page.set_viewport_size({"width": width, "height": 900})
        for tab in TABS:
            open_tab(panel, tab)
            lab.wait_idle()
            found = panel.evaluate(SIDEWAYS)
            assert [name for name in found if not re.search(r"sbx-(scroll|block|schema|items)", name)] == [], (
                width,
                tab,
            )
        shot(f"{width}")


def test_nothing_is_cut_in_print(lab: Lab) -> None:
    panel = show(lab, "print.ipynb")
    open_tab(panel, "Trace")
    lab.page.emulate_media(media="print")
    assert panel.evaluate(CUT) == []
