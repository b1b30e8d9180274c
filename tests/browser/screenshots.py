"""Make the pictures of the README from the running product: ``python -m tests.browser.screenshots [FOLDER]``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from playwright.sync_api import ViewportSize, expect, sync_playwright

from tests.browser.conftest import ARGUMENTS, ROOT
from tests.browser.lab import Lab, LabServer
from tests.browser.panel_demo import labelled, open_tab, show, unfolded
from tests.requirements import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

FOLDER: Final = ROOT / "notebooks" / "images"
THEMES: Final[dict[str, Literal["JupyterLab Light", "JupyterLab Dark"]]] = {
    "light": "JupyterLab Light",
    "dark": "JupyterLab Dark",
}
# Wide enough for the tables, narrow enough to be read in a README; high enough that nothing has to be scrolled.
VIEWPORT: Final[ViewportSize] = {"width": 1180, "height": 2200}


def main() -> None:
    """Take every picture in both themes."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    executable = next(filter(None, map(shutil.which, CHROMIUM)))
    with (
        tempfile.TemporaryDirectory() as home,
        sync_playwright() as playwright,
        LabServer(Path(home)) as server,
    ):
        browser = playwright.chromium.launch(executable_path=executable, headless=True, args=ARGUMENTS)
        _take_all(browser, server, folder)
        browser.close()


def _take_all(browser: Browser, server: LabServer, folder: Path) -> None:
    context = browser.new_context(viewport=VIEWPORT, reduced_motion="reduce")
    lab = Lab(context.new_page(), server)
    panel = show(lab, "panel.ipynb")
    for prepare in (_permissions, _trace, _collections, _registered):
        part = prepare(panel)
        for word, theme in THEMES.items():
            lab.theme(theme)
            lab.page.mouse.move(0, 0)
            part.screenshot(path=folder / f"panel-{prepare.__name__.strip('_')}-{word}.png")
    lab.shut_down()
    if lab.complaints:
        raise SystemExit("\n".join(lab.complaints))


def _permissions(panel: Locator) -> Locator:
    labelled(panel, "Change items as the role editor").check()
    expect(panel.get_by_role("status")).to_contain_text("is granted")
    return panel


def _registered(panel: Locator) -> Locator:
    open_tab(panel, "Registered")
    unfolded(panel, 1)
    panel.get_by_label("Payload").fill('{"title": "Hello World"}')
    panel.get_by_role("button", name="Emit", exact=True).click()
    expect(panel.locator("[data-sbx=answer]")).to_contain_text("hello-world")
    return panel.locator(".sbx-section").nth(1)


def _trace(panel: Locator) -> Locator:
    open_tab(panel, "Trace")
    labelled(panel, "Run").select_option("All runs")
    panel.locator("summary", has_text="✕ request").click()
    return panel


def _collections(panel: Locator) -> Locator:
    open_tab(panel, "Collections")
    labelled(panel, "Collection").select_option("articles")
    labelled(panel, "See as").select_option("reader")
    expect(panel.locator("[data-sbx=items]")).to_contain_text("of articles as reader")
    return panel


if __name__ == "__main__":
    main()
