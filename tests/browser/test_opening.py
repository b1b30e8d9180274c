"""With the settings that ``make lab`` and Binder bring, opening a notebook asks nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import Lab, LabServer

ROOT: Final = Path(__file__).parents[2]
TOUR: Final = ROOT / "notebooks" / "00-tour.ipynb"
ASKS: Final = "id => window.jupyterapp.hasPlugin(id)"
NEWS: Final = "@jupyterlab/apputils-extension:announcements"


@pytest.fixture
def lab(browser: Browser, tmp_path: Path) -> Iterator[Lab]:
    """A page of a server of its own."""
    with LabServer(tmp_path / "lab", ROOT / "binder" / "jupyter") as server:
        lab = Lab(browser.new_page(), server)
        yield lab
        lab.shut_down()
        lab.page.close()


@pytest.mark.parametrize("version", ["as shipped", "3.99.0"])
def test_opening_and_saving_leaves_the_file_as_it_was(lab: Lab, version: str) -> None:
    text = TOUR.read_text("utf-8")
    if version != "as shipped":  # that of another Python than the kernel's
        text = text.replace('"version": "3.11.7"', f'"version": "{version}"')
        assert version in text
    file = lab.server.root / "tour.ipynb"
    file.write_text(text, "utf-8")
    lab.open("tour.ipynb")
    # The kernel has told its language when this is answered, and JupyterLab has put it into the notebook.
    lab.execute("1")
    lab.command("docmanager:save")
    assert file.read_text("utf-8") == text


def test_nobody_is_asked_about_news(lab: Lab) -> None:
    lab.open("tour.ipynb", ["1"])
    assert not lab.page.evaluate(ASKS, NEWS)
    assert lab.page.locator(".Toastify__toast").count() == 0


def test_without_these_settings_everybody_is(request: pytest.FixtureRequest, browser: Browser) -> None:
    server: LabServer = request.getfixturevalue("server")
    page = browser.new_page()
    Lab(page, server).open("asked.ipynb", ["1"])
    assert page.evaluate(ASKS, NEWS)
    page.close()
