"""JupyterLab, a kernel and widgets work here at all: when this fails, no other browser test says anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.lab import Lab

CELLS: Final = (
    """
import ipywidgets
box = ipywidgets.Checkbox(description="sleep", value=False)
_ = box.add_class("sbx-smoke")
""",
    """
said = ipywidgets.HTML("<p role='status'>denied</p>")
box.observe(lambda change: setattr(said, "value", "<p role='status'>granted</p>"), "value")
""",
    "ipywidgets.VBox([box, said])",
)


def test_a_click_reaches_the_kernel_and_its_answer_the_page(lab: Lab, shot: Callable[[str], Path]) -> None:
    lab.open("smoke.ipynb", CELLS)
    lab.run_all()
    expect(lab.page.get_by_role("status").filter(has_text="denied")).to_be_visible()
    lab.page.get_by_label("sleep").check()
    expect(lab.page.get_by_role("status").filter(has_text="granted")).to_be_visible()
    assert json.loads(lab.execute("import json; print(json.dumps(box.value))")) is True
    assert shot("granted").exists()


def test_the_theme_changes_under_a_running_notebook(lab: Lab, shot: Callable[[str], Path]) -> None:
    lab.open("theme.ipynb", CELLS)
    lab.run_all()
    lab.theme("JupyterLab Dark")
    expect(lab.page.locator(".sbx-smoke")).to_be_visible()
    assert lab.violations(".sbx-smoke") == []
    assert shot("dark").exists()
