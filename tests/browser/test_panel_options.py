"""Somebody loads a published operation, and fills in its options."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from tests.browser.panel_demo import labelled, open_tab, show, unfolded

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.browser.lab import Lab

PACKAGE: Final = Path(__file__).parents[2] / "notebooks" / "packages" / "weather"
CELLS: Final = (
    "%load_ext scopebox\nbox = %sandbox",
    f"%sandbox load {PACKAGE}",
    'box.mock("GET", "https://weather.example/v1/Oslo*", json={"sky": "rain", "degrees": 7})',
    "%sandbox panel",
)


def test_the_options_of_a_published_operation_are_filled_in_and_it_answers(
    lab: Lab, shot: Callable[[str], Path]
) -> None:
    panel = show(lab, "options.ipynb", CELLS)
    open_tab(panel, "Registered")
    operations = unfolded(panel, 2)
    city, unit = labelled(panel, "City *"), labelled(panel, "Unit")
    expect(city).to_be_visible()
    expect(panel).to_contain_text("In English")
    run = operations.get_by_role("button", name="Run", exact=True)

    run.click()
    expect(operations.get_by_role("alert")).to_contain_text("City is required")
    expect(panel.locator(".sbx-invalid")).to_have_count(1)
    expect(panel.locator(".sbx-invalid")).to_contain_text("City")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        lab.theme(theme)
        for width in (1280, 640):
            lab.page.set_viewport_size({"width": width, "height": 900})
            run.scroll_into_view_if_needed()
            shot(f"{theme.split()[1].lower()}-{width}")
    lab.page.set_viewport_size({"width": 1280, "height": 900})

    city.fill("Oslo")
    city.press("Tab")
    unit.select_option(label="Fahrenheit")
    expect(labelled(panel, "Steps")).to_have_value(
        '[\n  {"operation": "weather", "options": {"city": "Oslo", "unit": "f"}}\n]'
    )
    run.click()
    answer = operations.locator("[data-sbx=answer]")
    expect(answer).to_contain_text('"sky": "rain"')
    expect(panel.locator(".sbx-invalid")).to_have_count(0)
    shot("answered")
    assert lab.violations(".sbx-form") == []
