"""The look of the panel, measured on the page: in every tab, at three widths, and at the narrowest also in the dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import pytest
from playwright.sync_api import expect

from tests.browser.measures import wrong
from tests.browser.panel_demo import CELLS, LOAD, PANEL, TABS, labelled, open_tab, show, unfolded

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.lab import Lab

THEMES: Final[tuple[Literal["JupyterLab Light", "JupyterLab Dark"], ...]] = ("JupyterLab Light", "JupyterLab Dark")
WIDTHS: Final = (1280, 900, 640)
# An extension that asks for much: many URLs, a role that may everything, a permission for one field, and calls that fail.
GREEDY: Final = """%%sandbox directus-extension-greedy-with-a-name-that-is-longer-than-its-place
# /// sandbox
# permissions = [
#   { permission = "create-items", role = "admin" },
#   { permission = "read-items", role = "admin" },
#   { permission = "delete-items", role = "admin", optional = true },
#   { permission = "update-items", role = "writer", optional = true },
#   { permission = "request", allowedUrls = ["https://a.example/*", "https://b.example/*"], methods = ["GET", "POST"] },
# ]
# ///
try:
    await exec("delete-items", "articles", {"query": {"filter": {"id": {"_eq": 0}}}})
except PermissionError as refusal:
    await exec("log", str(refusal))
def broken(request):
    raise ValueError("What went wrong is told in a sentence that is much too long for the column of a table, " * 3)
await exec("register-endpoint", {"path": "/broken", "method": "POST", "handler": broken})
await exec("sleep", 30)"""
FAIL: Final = (
    'box.request("POST", "/directus-extension-greedy-with-a-name-that-is-longer-than-its-place/broken").status_code'
)
HEIGHT: Final = "panel => panel.querySelector('.sbx-pages').getBoundingClientRect().height"
# What each measure is for: a rule that breaks it, and the tab where that shows.
BREAKS: Final = {
    "families": ("Permissions", ".sbx select { font-family: Arial }"),
    "sizes": ("Permissions", ".sbx .sbx-note { font-size: 11px }"),
    "weights": ("Log", ".sbx code { font-weight: 700 }"),
    "spaces": ("Permissions", ".sbx .sbx-optional { padding: 10px }"),
    "edges": ("Permissions", ".sbx .sbx-note { padding: 0 0 0 8px }"),
    "cards": ("Permissions", ".sbx .sbx-optional { min-height: 80px }"),
    "sideways": ("Registered", ".sbx .sbx-rows { min-width: 2000px }"),
    "cut": ("Permissions", ".sbx .sbx-ability { width: 40px; overflow: hidden; white-space: nowrap }"),
    "bars": ("Trace", ".sbx .sbx-bar { width: 3px }"),
    "contrast": ("Trace", ".sbx .sbx-tabs label { color: #777 }"),  # too little on white and on black
}


def every_state(lab: Lab, panel: Locator, where: str) -> list[str]:
    """What breaks a measure in any tab, also with the form, the card and the list that open in it."""
    found: list[str] = []
    for tab in TABS:
        open_tab(panel, tab)
        lab.wait_idle()
        found += [f"{where}, {tab}: {words}" for words in wrong(panel)]
    open_tab(panel, "Registered")
    for number in range(3):
        unfolded(panel, number)
        found += [f"{where}, form {number}: {words}" for words in wrong(panel)]
    open_tab(panel, "Trace")
    panel.locator("summary[aria-label*=refused]").last.click()
    found += [f"{where}, card: {words}" for words in wrong(panel)]
    panel.get_by_role("button", name="List", exact=True).click()
    expect(panel.locator(".sbx-list")).to_be_visible()
    found += [f"{where}, list: {words}" for words in wrong(panel)]
    panel.get_by_role("button", name="Timeline", exact=True).click()
    expect(panel.locator(".sbx-timeline")).to_be_visible()
    return found


def test_the_numbers_hold_at_every_width_and_in_both_themes(lab: Lab) -> None:
    panel = show(lab, "look.ipynb", (*CELLS[:-1], GREEDY, FAIL, PANEL))
    open_tab(panel, "Trace")
    labelled(panel, "Run").select_option("All runs")
    open_tab(panel, "Registered")
    for number, button in enumerate(("Send", "Emit", "Run")):
        unfolded(panel, number).get_by_role("button", name=button, exact=True).click()
    expect(panel.locator("[data-sbx=answer]")).to_have_count(3)
    found: list[str] = []
    for width, theme in (*((width, THEMES[0]) for width in WIDTHS), (WIDTHS[-1], THEMES[1])):
        lab.page.set_viewport_size({"width": width, "height": 1600})
        lab.theme(theme)
        found += every_state(lab, panel, f"{width} px {theme}")
    assert found == [], "\n".join(found)


def test_the_numbers_hold_where_there_is_nothing_yet(lab: Lab) -> None:
    panel = show(lab, "empty-look.ipynb", (LOAD, PANEL))
    found: list[str] = []
    for tab in TABS:
        open_tab(panel, tab)
        lab.wait_idle()
        found += [f"{tab}: {words}" for words in wrong(panel)]
    assert found == [], "\n".join(found)


def noticed(lab: Lab, panel: Locator, measure: str) -> bool:
    """Whether a measure is broken, at the latest when the open tab is drawn."""
    for _ in range(100):
        if any(words.startswith(f"{measure}:") for words in wrong(panel)):
            return True
        lab.page.wait_for_timeout(100)
    return False


def test_each_measure_notices_what_it_is_for(lab: Lab) -> None:
    panel = show(lab, "broken-look.ipynb")
    for measure, (tab, rule) in BREAKS.items():
        open_tab(panel, tab)
        lab.wait_idle()
        assert wrong(panel) == []
        style = lab.page.add_style_tag(content=rule.replace(" }", " !important }"))
        assert noticed(lab, panel, measure), rule
        style.evaluate("each => each.remove()")


@pytest.mark.parametrize("width", WIDTHS)
def test_opening_a_card_does_not_make_the_picture_wider(lab: Lab, width: int) -> None:
    panel = show(lab, f"card-{width}.ipynb")
    lab.page.set_viewport_size({"width": width, "height": 900})
    open_tab(panel, "Trace")
    timeline = panel.locator(".sbx-timeline")
    before = timeline.evaluate("each => [each.scrollWidth, each.clientWidth]")
    timeline.locator("summary").first.click()
    expect(timeline.locator(".sbx-card").first).to_be_visible()
    assert timeline.evaluate("each => [each.scrollWidth, each.clientWidth]") == before


def test_registered_with_three_registrations_fits_on_a_screen(lab: Lab) -> None:
    cells = [
        'await exec("register-endpoint", {"path": "/a", "method": "GET", "handler": lambda request: {}})',
        'await exec("register-filter", {"event": "items.create", "handler": lambda payload: payload})',
        'await exec("register-operation", {"id": "a", "handler": lambda options: {}})',
    ]
    panel = show(lab, "three.ipynb", (LOAD, "\n".join(("%%sandbox three", *cells)), PANEL))
    open_tab(panel, "Registered")
    expect(panel.locator(".sbx-section .sbx-rows")).to_have_count(3)
    assert panel.evaluate(HEIGHT) <= 560
    unfolded(panel, 0)
    assert panel.evaluate(HEIGHT) <= 620
