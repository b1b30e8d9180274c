"""Somebody decides what an extension may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.panel_demo import LOAD, PANEL, USE, WEATHER, open_tab, show

if TYPE_CHECKING:
    from tests.browser.lab import Lab

SENTENCE = "Send GET requests to api.weather.example"
ASK = 'print(box.request("GET", "/directus-extension-weather/today").status_code)'


def test_a_tick_grants_and_unticking_denies_from_the_next_call_on(lab: Lab) -> None:
    panel = show(lab, "toggle.ipynb", (LOAD, WEATHER, USE, PANEL))
    tick = panel.get_by_label(SENTENCE)
    expect(tick).not_to_be_checked()
    expect(panel.locator("[data-sbx-permission=request]")).to_contain_text("not decided")
    assert lab.execute(ASK).strip() == "503"
    tick.check()
    expect(panel.get_by_role("status")).to_contain_text("request is granted for directus-extension-weather")
    expect(panel.locator("[data-sbx-permission=request]")).to_contain_text("granted")
    assert lab.execute(ASK).strip() == "200"
    expect(panel.locator(".sbx-optional")).to_contain_text("used 1")
    tick.uncheck()
    expect(panel.locator("[data-sbx-permission=request]")).to_contain_text("✕ denied")
    assert lab.execute(ASK).strip() == "503"
    open_tab(panel, "Log")
    expect(panel.locator("[data-sbx=console]")).to_contain_text("The panel granted request")


def test_a_decision_by_the_magic_shows_and_the_panel_can_take_it_back(lab: Lab) -> None:
    panel = show(lab, "revoke.ipynb", (LOAD, WEATHER, PANEL))
    lab.execute("%sandbox grant directus-extension-weather request")
    expect(panel.get_by_label(SENTENCE)).to_be_checked()
    panel.get_by_role("button", name="Revoke all optional").click()
    expect(panel.get_by_label(SENTENCE)).not_to_be_checked()
    expect(panel.get_by_role("button", name="Revoke all optional")).to_be_disabled()


def test_while_a_cell_runs_the_panel_says_that_clicks_wait(lab: Lab) -> None:
    panel = show(lab, "busy.ipynb", (LOAD, WEATHER, PANEL))
    lab.page.evaluate(
        """() => { window.jupyterapp.shell.currentWidget.context.sessionContext.session.kernel
            .requestExecute({code: "import time; time.sleep(2)"}); }"""
    )
    expect(panel.locator("[data-sbx=busy]")).to_be_visible()
    expect(panel.locator("[data-sbx=busy]")).to_contain_text("A cell is running: clicks wait until it ends.")
    expect(panel.locator("[data-sbx=busy]")).to_have_count(0)
