"""With the settings that ``make lab`` and Binder bring, opening a notebook asks nothing and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import CLOSE, Lab, LabServer

ROOT: Final = Path(__file__).parents[2]
TOUR: Final = ROOT / "notebooks" / "00-tour.ipynb"
ASKS: Final = "id => window.jupyterapp.hasPlugin(id)"
NEWS: Final = "@jupyterlab/apputils-extension:announcements"


@pytest.fixture(scope="module")
def opened(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A page of a server with these settings."""
    with LabServer(tmp_path_factory.mktemp("shipped"), ROOT / "binder" / "jupyter") as server:
        lab = Lab(browser.new_page(), server)
        yield lab
        lab.page.close()


@pytest.fixture
def shipped(opened: Lab) -> Iterator[Lab]:
    """The page with nothing open."""
    yield opened
    opened.page.evaluate(CLOSE)


@pytest.mark.parametrize("version", ["as shipped", "3.99.0"])
def test_opening_and_saving_leaves_the_file_as_it_was(shipped: Lab, version: str) -> None:
    text = TOUR.read_text("utf-8")
    if version != "as shipped":  # that of another Python than the kernel's
        text = text.replace('"version": "3.11.7"', f'"version": "{version}"')
        assert version in text
    file = shipped.server.root / "tour.ipynb"
    file.write_text(text, "utf-8")
    shipped.open("tour.ipynb")
    # The kernel has told its language when this is answered, and JupyterLab has put it into the notebook.
    shipped.execute("1")
    shipped.command("docmanager:save")
    assert file.read_text("utf-8") == text


def test_nobody_is_asked_about_news(shipped: Lab) -> None:
    shipped.open("tour.ipynb", ["1"])
    assert not shipped.page.evaluate(ASKS, NEWS)
    assert shipped.page.locator(".Toastify__toast").count() == 0


def test_the_server_starts_without_a_warning_of_theirs(opened: Lab) -> None:
    assert "Warning" not in opened.server.log.read_text("utf-8")


def test_without_these_settings_everybody_is(lab: Lab) -> None:
    lab.open("asked.ipynb", ["1"])
    lab.run_all()
    assert lab.page.evaluate(ASKS, NEWS)
