"""One JupyterLab and one browser for all tests, and one page that they take one after the other; each test has kernels of its own.

To load JupyterLab takes more time than most tests; a page that a test has failed in, or led elsewhere, is not used again.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.lab import VIEWPORT, Lab, LabServer
from tests.browser.light import light_folder
from tests.requirements import CHROMIUM, program

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

ROOT: Final = Path(__file__).parents[2]
FAILED: Final = pytest.StashKey[bool]()
SHOTS: Final = ROOT / ".work" / "screenshots"
WAIT_MILLISECONDS: Final = 30_000  # for a busy machine; what is there at once takes none of it
ARGUMENTS: Final = [
    *("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = program("chromium", *CHROMIUM, why="the browser tests need Chromium (on Debian: apt-get install chromium)")
    expect.set_options(timeout=WAIT_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[LabServer]:
    del browser  # without one there is no need for a server
    with light_folder() as light, LabServer(tmp_path_factory.mktemp("lab"), light=light) as running:
        yield running


@pytest.fixture
def shot_of(request: pytest.FixtureRequest) -> Callable[[Lab, str], Path]:
    """Keep a picture of a page under the name of the test and the given word."""

    def take(lab: Lab, word: str) -> Path:
        path = SHOTS / f"{request.node.name}-{word}.png"
        lab.page.screenshot(path=path)
        return path

    return take


@pytest.fixture
def shot(shot_of: Callable[[Lab, str], Path], lab: Lab) -> Callable[[str], Path]:
    """Keep a picture of the page of the test."""
    return partial(shot_of, lab)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures of a test know whether it failed."""
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@dataclass
class Pages:
    """The page that is at hand, if there is one."""

    browser: Browser
    page: Page | None = None

    def take(self) -> Page:
        """Return the page, or a new one with a profile of its own."""
        if self.page is None:
            self.page = self.browser.new_context(viewport=VIEWPORT, reduced_motion="reduce").new_page()
        return self.page

    def drop(self) -> None:
        """Close the page, and its profile."""
        if self.page is not None:
            self.page.context.close()
            self.page = None


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Iterator[Pages]:
    pages = Pages(browser)
    yield pages
    pages.drop()


@pytest.fixture
def lab(request: pytest.FixtureRequest, pages: Pages, server: LabServer) -> Iterator[Lab]:
    """A page; the test fails if its console shows an error. A picture and the server's log of a failure are kept."""
    lab = Lab(pages.take(), server)
    yield lab
    if failed := request.node.stash.get(FAILED, False):
        SHOTS.mkdir(parents=True, exist_ok=True)
        lab.page.screenshot(path=SHOTS / f"{request.node.name}-failed.png")
        shutil.copy(server.log, SHOTS / f"{request.node.name}-failed.log")
    if not lab.leave() or failed:
        pages.drop()
    assert lab.complaints == []
