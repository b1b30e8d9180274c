"""Somebody writes JavaScript: runs a cell, is refused and grants, sends a request from the panel, comments lines out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from tests.browser.panel_demo import LOAD, PANEL, open_tab, show, unfolded

if TYPE_CHECKING:
    from tests.browser.lab import Lab

RUN: Final = """%%sandbox directus-extension-hello --lang js
const titles = ["one", "two"];
console.log(`${titles.length} titles`);
titles.map((title) => ({ title, draft: null }));"""
FAILS: Final = """%%sandbox directus-extension-wrong --lang js
const total = (rows) => rows.count.toFixed();
total([]);"""
WEATHER: Final = """%%sandbox directus-extension-weather --lang js
// /// sandbox
// permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true }]
// ///
exec("register-endpoint", {
  path: "/today",
  method: "GET",
  handler: async () => {
    try {
      const { temperature } = await exec("request", "https://api.example.com/today", { output: "json" });
      return { status: 200, body: { temperature } };
    } catch (error) {
      return { status: 503, body: { reason: error.reason } };
    }
  },
});"""
MOCK: Final = "box = %sandbox\nbox.mock('GET', 'https://api.example.com/*', json={'temperature': 21})"


def test_a_cell_of_javascript_runs_and_an_error_shows_its_line(lab: Lab) -> None:
    lab.open("javascript.ipynb", (LOAD, RUN, FAILS))
    lab.run_all()
    outputs = lab.outputs()
    expect(outputs.filter(has_text="2 titles").first).to_be_attached()
    expect(outputs.filter(has_text="directus-extension-hello · JavaScript").first).to_be_attached()
    expect(outputs.filter(has_text="null").first).to_be_attached()
    wrong = outputs.filter(has_text="TypeError: Cannot read properties of undefined (reading 'toFixed')").first
    expect(wrong).to_contain_text("--> 2 | const total = (rows) => rows.count.toFixed();")


def test_a_request_is_refused_then_granted_by_a_tick(lab: Lab) -> None:
    panel = show(lab, "javascript-grant.ipynb", (LOAD, WEATHER, MOCK, PANEL))
    ask = 'print(box.request("GET", "/directus-extension-weather/today").json())'
    assert lab.execute(ask).strip() == "{'reason': 'denied'}"
    expect(panel.locator(".sbx-ability")).to_contain_text("Written in JavaScript.")
    panel.locator(".sbx-optional").get_by_role("checkbox").check()
    expect(panel.locator("[data-sbx-permission=request]")).to_contain_text("granted")
    assert lab.execute(ask).strip() == "{'temperature': 21}"


def test_an_endpoint_answers_from_the_panel(lab: Lab) -> None:
    panel = show(lab, "javascript-endpoint.ipynb", (LOAD, WEATHER, MOCK, PANEL))
    panel.locator(".sbx-optional").get_by_role("checkbox").check()
    expect(panel.locator("[data-sbx-permission=request]")).to_contain_text("granted")
    open_tab(panel, "Registered")
    unfolded(panel, 0).get_by_role("button", name="Send", exact=True).click()
    answers = panel.locator("[data-sbx=answer]")
    expect(answers).to_contain_text("200")
    expect(answers).to_contain_text('"temperature": 21')


def test_lines_that_jupyterlab_comments_out_are_understood_or_refused_with_the_reason(lab: Lab) -> None:
    lab.open("javascript-comment.ipynb", (LOAD, "%%sandbox directus-extension-hello --lang js\nconst n = 20;\nn + 1;"))
    lab.run_all()
    expect(lab.outputs().filter(has_text="21").first).to_be_attached()
    editor = lab.page.locator(".jp-Notebook .jp-CodeCell").nth(1).locator(".cm-content")
    editor.click()
    lab.page.keyboard.press("Control+End")
    lab.page.keyboard.press("Control+/")
    expect(editor).to_contain_text("# n + 1;")
    lab.run_all()
    expect(lab.outputs().filter(has_text="21")).to_have_count(0)
    expect(lab.outputs().filter(has_text="directus-extension-hello").first).to_contain_text("JavaScript")
