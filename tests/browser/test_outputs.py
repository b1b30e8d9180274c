"""Outputs of cells: as they come, as they are, and where no kernel runs any more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from nbconvert import HTMLExporter
from playwright.sync_api import ViewportSize, expect

from tests.browser.lab import Lab
from tests.browser.panel_demo import CELLS, LOAD, SLUGS, show

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ITEMS: Final = """%%sandbox directus-extension-reader
# /// sandbox
# permissions = [{ permission = "read-items", role = "admin" }]
# ///
await exec("read-items", "articles", {"query": {"fields": ["*", "author.*", "comments.*"], "limit": -1}})"""
SLOW: Final = """%%sandbox directus-extension-slow --wall 300
for n in range(3):
    print("step", n)
    await exec("sleep", 1500)"""
LONG: Final = "%%sandbox directus-extension-long\n'\\n'.join(f'line {n}' for n in range(100)).split('\\n')[:100]"
# What is cut: a part that scrolls up and down, or a fold that shows nothing.
CUT: Final = """() => [...document.querySelectorAll(".sbx-out, .sbx-out *")]
    .filter(each => each.scrollHeight > each.clientHeight + 1 && /auto|scroll|hidden/.test(getComputedStyle(each).overflowY)
        && !/^(TD|TH)$/.test(each.tagName) && each.clientHeight)
    .map(each => each.tagName + "." + each.className)"""
# What a page of paper has no room for: tables, and lines of code.
WIDE: Final = """() => [...document.querySelectorAll(".sbx-out table, .sbx-static table, .jp-InputArea-editor pre")]
    .filter(each => each.checkVisibility())
    .filter(each => each.matches("pre") ? each.scrollWidth > each.clientWidth + 1
        : each.getBoundingClientRect().right > each.closest(".jp-OutputArea-child").getBoundingClientRect().right + 1)
    .map(each => each.tagName + " " + each.textContent.slice(0, 80))"""
PAPER: Final[ViewportSize] = {"width": 718, "height": 1046}  # A4 within margins of 1 cm
FOLDED: Final = """() => [...document.querySelectorAll(".sbx-out details tr, .sbx-out details pre")]
    .filter(each => !each.checkVisibility()).length"""


def test_a_notebook_that_is_opened_again_shows_the_panel_as_it_was(lab: Lab, shot: Callable[[str], Path]) -> None:
    panel = show(lab, "reopened.ipynb")
    static = lab.page.locator(".sbx-static")
    expect(static).to_have_count(1)
    expect(static).to_be_hidden()
    expect(panel.get_by_role("radio", name="Permissions")).to_be_visible()
    lab.command("docmanager:save")
    lab.shut_down()
    lab.open("reopened.ipynb")
    expect(static).to_be_visible()
    expect(static).to_contain_text("What each extension can do now")
    expect(lab.page.get_by_text("Error displaying widget")).to_be_hidden()
    static.scroll_into_view_if_needed()
    shot("static")
    lab.shut_down()
    lab.page.goto("about:blank")
    lab.complaints.clear()  # the widget manager complains of the model that is gone, some time or other


def test_an_exported_notebook_shows_everything_once(
    lab: Lab, shot_of: Callable[[Lab, str], Path], tmp_path: Path
) -> None:
    show(lab, "exported.ipynb", (LOAD, ITEMS, SLUGS, *CELLS[3:]))
    lab.command("docmanager:save")
    saved = json.loads((lab.server.root / "exported.ipynb").read_text("utf-8"))
    assert sum(json.dumps(cell["outputs"]).count("<style>.sbx-out") for cell in saved["cells"]) == 1
    page, _ = HTMLExporter().from_filename(str(lab.server.root / "exported.ipynb"))  # type: ignore[no-untyped-call]
    file = tmp_path / "exported.html"
    file.write_text(page, "utf-8")
    exported = Lab(lab.page.context.new_page(), lab.server)  # the page of the notebook stays loaded
    exported.page.route("https://**", lambda route: route.abort())  # what nbconvert itself loads
    exported.page.goto(file.as_uri())
    expect(exported.page.locator(".sbx-static")).to_have_count(1)
    expect(exported.page.locator(".sbx-static")).to_be_visible()
    expect(exported.page.locator(".sbx-out .sbx-items").first).to_be_visible()
    exported.page.emulate_media(media="print")
    exported.page.set_viewport_size(PAPER)
    assert exported.page.evaluate(CUT) == []
    assert exported.page.evaluate(WIDE) == []
    printed = shot_of(exported, "printed").with_suffix(".pdf")
    exported.page.pdf(path=printed, format="A4", print_background=True)
    exported.page.close()


def test_whole_items_are_a_table_in_both_themes_and_at_every_width(lab: Lab, shot: Callable[[str], Path]) -> None:
    lab.open("items.ipynb", (LOAD, ITEMS, LONG, SLUGS))
    lab.run_all()
    table = lab.page.locator(".sbx-out .sbx-items").first
    expect(table.locator("tbody tr")).to_have_count(20)
    expect(lab.page.locator(".sbx-out summary", has_text="more").first).to_be_visible()
    number = table.locator("td.sbx-number").first
    assert number.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        lab.theme(theme)
        for width in (1280, 640):
            lab.page.set_viewport_size({"width": width, "height": 900})
            assert lab.violations(".jp-OutputArea") == []
            shot(f"{theme.split()[-1].lower()}-{width}")


def test_nothing_of_an_output_is_cut_in_print(lab: Lab, shot: Callable[[str], Path]) -> None:
    lab.open("printed.ipynb", (LOAD, ITEMS, LONG, SLUGS))
    lab.run_all()
    assert lab.page.evaluate(FOLDED) > 0
    lab.page.emulate_media(media="print")
    assert lab.page.evaluate(CUT) == []
    assert lab.page.evaluate(FOLDED) == 0
    shot("printed")


def test_prints_come_while_the_cell_runs(lab: Lab, shot: Callable[[str], Path]) -> None:
    lab.open("prints.ipynb", (LOAD, SLOW))
    lab.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    out = lab.page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea")
    expect(out).to_contain_text("step 0", timeout=60_000)
    running = out.inner_text()
    lab.wait_idle()
    assert "step 2" not in running
    assert "directus-extension-slow ·" not in running
    expect(out).to_contain_text("step 0\nstep 1\nstep 2", use_inner_text=True)
    shot("end")


def test_one_click_selects_the_line_to_try(lab: Lab) -> None:
    lab.open("try.ipynb", (LOAD, SLUGS))
    lab.run_all()
    line = lab.page.locator(".sbx-paste").first
    line.click(position={"x": 40, "y": 8})
    selected = lab.page.evaluate("() => getSelection().toString()")
    assert selected == line.inner_text() == '%sandbox emit filter items.create {"title": "…"} --collection articles'
