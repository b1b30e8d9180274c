"""Somebody uses the panel without a mouse, without colours, in the dark, or where nothing runs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Literal

from playwright.sync_api import expect

from tests.browser.lab import Lab
from tests.browser.panel_demo import TABS, open_tab, show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

THEMES: Final[tuple[Literal["JupyterLab Light", "JupyterLab Dark"], ...]] = ("JupyterLab Light", "JupyterLab Dark")


def test_axe_finds_nothing_on_any_tab_in_either_theme(lab: Lab, shot: Callable[[str], Path]) -> None:
    panel = show(lab, "axe.ipynb")
    for theme in THEMES:
        lab.theme(theme)
        for title in TABS:
            open_tab(panel, title)
            expect(panel.locator(".sbx-pages")).to_be_visible()
            assert lab.violations(".sbx") == [], f"{title} in {theme}"
        assert shot(theme).exists()


def test_the_keyboard_alone_opens_a_tab_and_ticks_a_permission(lab: Lab) -> None:
    panel = show(lab, "keyboard.ipynb")
    panel.get_by_role("radio", name="Permissions").focus()
    keys = lab.page.keyboard
    keys.press("Tab")
    keys.press("Space")
    expect(panel.get_by_role("radio", name="Registered")).to_be_checked()
    keys.press("Shift+Tab")
    keys.press("Space")
    expect(panel.get_by_role("radio", name="Permissions")).to_be_checked()
    tick = panel.get_by_label("Change items as the role editor")
    for _ in range(12):
        keys.press("Tab")
        if tick.evaluate("element => element === document.activeElement"):
            break
    keys.press("Space")
    expect(tick).to_be_checked()
    expect(panel.get_by_role("status")).to_contain_text("update-items is granted")


def test_a_saved_panel_reads_as_tables_where_nothing_runs(lab: Lab) -> None:
    show(lab, "static.ipynb")
    lab.command("docmanager:save")
    saved = json.loads((lab.server.root / "static.ipynb").read_text("utf-8"))
    html = "".join(saved["cells"][-1]["outputs"][0]["data"]["text/html"])
    saved_page = Lab(lab.page.context.new_page(), lab.server)  # the page of the notebook stays loaded
    saved_page.page.set_content(
        f"<!DOCTYPE html><html lang='en'><title>saved</title><main><h1>Saved</h1>{html}</main></html>"
    )
    panel = saved_page.page.locator(".sbx")
    expect(panel.get_by_role("table", name="What each extension can do now")).to_be_visible()
    expect(panel).to_contain_text("Send GET requests to api.weather.example")
    expect(panel.get_by_role("table", name="Endpoints (1)")).to_be_visible()
    assert saved_page.violations(".sbx") == []
    assert saved_page.complaints == []
    saved_page.page.close()
