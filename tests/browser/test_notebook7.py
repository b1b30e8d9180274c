"""A visitor runs the tour in Notebook 7: its cells, Shift+Tab, the panel and a grant."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, LabServer, packages_of
from tests.browser.panel_demo import labelled
from tests.browser.screenshots import THEMES
from tests.browser.test_help import SIGNATURES, helped
from tests.browser.test_tour import TOUR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

WEATHER: Final = "directus-extension-weather"
# What Notebook 7 itself complains of on every page.
ITS_OWN: Final = "Cannot read properties of undefined (reading 'schema')"
STATE: Final = f"print(box.extensions['{WEATHER}'].grants['request'].state)"


@pytest.fixture
def lab(browser: Browser, tmp_path: Path) -> Iterator[Lab]:
    """A page of Notebook 7, with a server of its own."""
    with LabServer(tmp_path / "lab", beside=packages_of("notebook"), application="notebook") as server:
        context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        lab = Lab(context.new_page(), server)
        yield lab
        lab.shut_down()
        context.close()
        assert [words for words in lab.complaints if words != ITS_OWN] == []


def number_of(text: str) -> int:
    """The first cell of the tour with ``text``."""
    cells = json.loads(TOUR.read_text("utf-8"))["cells"]
    return next(number for number, cell in enumerate(cells) if text in "".join(cell["source"]))


def test_the_tour_runs_helps_and_grants_in_notebook_7(lab: Lab, shot: Callable[[str], Path]) -> None:
    shutil.copy(TOUR, lab.server.root / "tour.ipynb")
    lab.open("tour.ipynb")
    lab.run_all()
    assert "/notebooks/" in lab.page.url
    for said in ("Hello Ada!", 'No permission to access "read-items"'):
        expect(lab.outputs().filter(has_text=said).first).to_be_attached()
    shown = helped(lab, number_of("read-items"), "exec(")
    expect(shown.locator("pre").first).to_have_text(SIGNATURES["Python"])
    shot("help")
    lab.page.keyboard.press("Escape")
    panel = lab.page.locator(".sbx").filter(has=lab.page.get_by_role("radio", name="Permissions"))
    expect(panel).to_have_count(1)
    panel.scroll_into_view_if_needed()
    # Whether Notebook 7 gave the output a box that scrolls depends on what was there when it looked.
    expect(lab.page.locator(".jp-Cell-outputArea").filter(has=panel)).to_have_css("max-height", "none")
    labelled(panel, "Extension").select_option(WEATHER)
    tick = panel.locator(".sbx-optional", has_text="request").get_by_role("checkbox")
    tick.set_checked(checked=False)
    expect(panel.get_by_role("status")).to_contain_text(f"request is denied for {WEATHER}")
    assert lab.execute(STATE).strip() == "denied"
    tick.check()
    expect(panel.get_by_role("status")).to_contain_text(f"request is granted for {WEATHER}")
    assert lab.execute(STATE).strip() == "granted"
    for word, theme in THEMES.items():
        lab.theme(theme)
        panel.scroll_into_view_if_needed()
        shot(word)
