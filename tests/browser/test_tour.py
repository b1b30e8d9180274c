"""A visitor runs the tour, as it is shipped, from top to bottom in JupyterLab."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import expect

from tests.browser.lab import Lab

Theme = Literal["JupyterLab Light", "JupyterLab Dark"]
TOUR: Final = Path(__file__).parents[2] / "notebooks" / "00-tour.ipynb"


def test_the_tour_runs_from_top_to_bottom_and_its_panel_grants(lab: Lab, shot: Callable[[str], Path]) -> None:
    shutil.copy(TOUR, lab.server.root / "tour.ipynb")
    lab.open("tour.ipynb")
    lab.run_all()
    outputs = lab.outputs()
    for said in ("Hello Ada!", 'No permission to access "read-items"', "Script execution timed out."):
        expect(outputs.filter(has_text=said).first).to_be_attached()
    panel = lab.page.locator(".sbx").filter(has=lab.page.get_by_role("radio", name="Permissions"))
    panel.scroll_into_view_if_needed()
    panel.get_by_label("Extension", exact=True).select_option("directus-extension-weather")
    tick = panel.locator(".sbx-optional", has_text="request").get_by_role("checkbox")
    expect(tick).to_be_checked()
    tick.uncheck()
    state = "print(box.extensions['directus-extension-weather'].grants['request'].state)"
    assert lab.execute(state).strip() == "denied"
    themes: tuple[tuple[str, Theme], ...] = (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark"))
    for word, theme in themes:
        lab.theme(theme)
        panel.scroll_into_view_if_needed()
        shot(word)
    assert lab.complaints == []
