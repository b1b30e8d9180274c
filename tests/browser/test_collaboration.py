"""Two people have one notebook open, with real-time collaboration: one kernel, one panel, and each sees what the other does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, LabServer, packages_of
from tests.browser.panel_demo import LOAD, PANEL, USE, WEATHER, open_tab
from tests.browser.test_panel_permissions import ASK, SENTENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator

LATER: Final = """%%sandbox directus-extension-later
await exec("log", "said by the other one")
[1, 2, 3]"""
# Of each cell: its outputs in the shared document, and those that stand on the page.
OUTPUTS: Final = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => [
    cell.model.outputs.length, cell.node.querySelectorAll(".jp-OutputArea-child").length])"""
# What the page of one person says of what the widgets of another ask the kernel.
FOREIGN: Final = "Comm not found for comm id"


@pytest.fixture
def people(browser: Browser, tmp_path: Path) -> Iterator[tuple[Lab, Lab]]:
    """Two pages of a server with real-time collaboration, as two people have them."""
    with LabServer(tmp_path / "lab", beside=packages_of("collaboration")) as server:
        contexts = [browser.new_context(viewport={"width": 1280, "height": 900}) for _ in range(2)]
        one, other = (Lab(context.new_page(), server) for context in contexts)
        yield one, other
        one.shut_down()
        for context in contexts:
            context.close()


def panel_of(lab: Lab) -> Locator:
    """The living panel of a page; there is one, and no static one is seen beside it."""
    found = lab.page.locator(".sbx").filter(has=lab.page.get_by_role("radio", name="Permissions"))
    expect(found).to_have_count(1, timeout=120_000)  # widgets come back last, also on a busy machine
    expect(lab.page.locator(".sbx-static")).to_be_hidden()
    return found


def test_what_one_person_runs_and_decides_the_other_sees_once(
    people: tuple[Lab, Lab], shot_of: Callable[[Lab, str], Path]
) -> None:
    one, other = people
    one.open("together.ipynb", (LOAD, WEATHER, PANEL, LATER))
    other.open("together.ipynb")
    # Whoever had the notebook open before anybody trusted it sees the tables of the panel: JupyterLab shows no widgets there.
    for _ in range(3):
        one.command("notebook:run-cell-and-select-next")
    one.wait_idle()
    mine = panel_of(one)
    outputs = other.page.locator(".jp-CodeCell")
    expect(outputs.nth(1)).to_contain_text("3 calls")
    expect(other.page.locator(".sbx-static")).to_contain_text("What each extension can do now")
    expect(other.page.get_by_text("Error displaying widget")).to_have_count(0)
    other.open("together.ipynb")
    theirs = panel_of(other)
    one.execute(USE)
    mine.get_by_label(SENTENCE).check()
    expect(theirs.get_by_label(SENTENCE)).to_be_checked()
    expect(theirs.get_by_role("status")).to_contain_text("request is granted for directus-extension-weather")
    assert [lab.execute(ASK).strip() for lab in people] == ["200", "200"]
    theirs.get_by_label(SENTENCE).uncheck()
    expect(mine.locator("[data-sbx-permission=request]")).to_contain_text("✕ denied")
    other.page.evaluate("() => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = 3; }")
    other.command("notebook:run-cell")
    other.wait_idle()
    for lab, word in ((one, "one"), (other, "other")):
        expect(lab.page.locator(".jp-CodeCell").nth(3)).to_contain_text("[1, 2, 3]")
        open_tab(panel_of(lab), "Log")
        expect(panel_of(lab).locator("[data-sbx=console]")).to_contain_text("said by the other one")
        assert lab.page.evaluate(OUTPUTS) == [[0, 0], [1, 1], [2, 2], [1, 1]]
        assert [words for words in lab.complaints if not words.startswith(FOREIGN)] == []
        shot_of(lab, word)
