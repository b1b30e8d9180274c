"""Somebody looks at what happened: log, trace, items, least privilege."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.panel_demo import LOAD, PANEL, SLUGS, labelled, open_tab, show

if TYPE_CHECKING:
    from tests.browser.lab import Lab


def test_the_console_follows_and_a_thousand_lines_do_not_freeze_the_page(lab: Lab) -> None:
    panel = show(lab, "console.ipynb", (LOAD, PANEL))
    open_tab(panel, "Log")
    console = panel.locator("[data-sbx=console]")
    expect(console).to_contain_text("Nothing was logged.")
    lab.execute('for n in range(1_000): box.log.write("info", "hello", f"line number {n}")')
    expect(console).to_contain_text("line number 999")
    expect(console).to_contain_text("1,000 lines, 800 older ones not shown.")
    labelled(panel, "Filter").fill("number 42")
    expect(console.locator("li")).to_have_count(11)
    labelled(panel, "Level").select_option("error")
    expect(console).to_contain_text("No line matches level and filter.")


def test_the_trace_is_a_picture_whose_bars_open(lab: Lab) -> None:
    panel = show(lab, "trace.ipynb")
    open_tab(panel, "Trace")
    timeline = panel.locator("[data-sbx=timeline]")
    expect(timeline).to_contain_text("0 refused.")
    expect(timeline).to_contain_text("filter items.")
    labelled(panel, "Run").select_option("All runs")
    expect(timeline).to_contain_text("1 refused.")
    refused = timeline.locator("summary", has_text="✕ request")
    expect(refused).to_be_visible()
    refused.click()
    card = timeline.locator("details[open] .sbx-card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("request")
    expect(card).to_contain_text("(denied)")
    expect(card).to_contain_text('No permission to access "request"')
    other = timeline.locator("summary[aria-label^=read-items]").first
    other.press("Enter")
    expect(timeline.locator("details[open]")).to_have_count(1)
    expect(timeline.locator("details[open] .sbx-card")).to_contain_text("read-items")
    panel.get_by_role("button", name="List", exact=True).click()
    expect(timeline.get_by_role("table")).to_contain_text("✕ refused (denied)")


def test_items_as_another_role_and_what_a_cell_changed(lab: Lab) -> None:
    panel = show(lab, "items.ipynb", (LOAD, SLUGS, PANEL))
    open_tab(panel, "Collections")
    items = panel.locator("[data-sbx=items]")
    panel.get_by_role("button", name="articles", exact=True).click()
    expect(labelled(panel, "Collection")).to_have_value("articles")
    expect(items).to_contain_text("of articles as admin")
    before = items.locator("strong").inner_text()
    labelled(panel, "See as").select_option("reader")
    expect(items).to_contain_text("of articles as reader")
    assert items.locator("strong").inner_text() != before
    labelled(panel, "See as").select_option("admin")
    labelled(panel, "Sort").select_option("id descending")
    expect(items).to_contain_text("of articles as admin")
    # Once it is sorted, what was looked at before is forgotten.
    expect(items.locator("tbody tr").first).to_contain_text("404")
    lab.execute('box.items("articles").create([{"title": "Brand new"}])')
    expect(items.locator("tbody tr").first).to_contain_text("new")
    expect(items).to_contain_text("1 new, 0 changed on this page, 0 gone")
    labelled(panel, "Filter").fill('{"title": {"_contains": "Brand"}}')
    labelled(panel, "Filter").press("Enter")
    expect(items.locator("tbody tr")).to_have_count(1)


def test_least_privilege_shows_a_difference_to_copy(lab: Lab) -> None:
    panel = show(lab, "least.ipynb")
    open_tab(panel, "Least privilege")
    labelled(panel, "Extension").select_option("directus-extension-slugs")
    least = panel.locator("[data-sbx=least]")
    expect(least).to_contain_text("2 of 3 permissions were never used.")
    expect(least.locator(".sbx-removed")).to_have_count(2)
    expect(labelled(panel, "To copy")).to_have_value('# /// sandbox\n# permissions = [\n#   { permission = "read-items", role = "editor" },\n# ]\n# ///')  # fmt: skip
