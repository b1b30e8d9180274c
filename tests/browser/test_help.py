"""Somebody presses Shift+Tab in a cell, and opens Contextual Help: what is shown is ours, in the language of the cell."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from tests.browser.lab import CELL_MILLISECONDS
from tests.browser.panel_demo import LOAD
from tests.browser.screenshots import THEMES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Locator

    from tests.browser.lab import Lab

PRESSES: Final = 4  # of Shift+Tab, until something is shown
CELLS: Final = {
    "Python": """%%sandbox directus-extension-hello
# /// sandbox
# permissions = [{ permission = "read-items", role = "reader" }]
# ///
rows = await exec("read-items", "articles", {"query": {"fields": ["title"]}})""",
    "JavaScript": """%%sandbox directus-extension-hello --lang js
// /// sandbox
// permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true }]
// ///
const rows = await exec('read-items', 'articles', { query: { fields: ['title'] } });""",
}
SIGNATURES: Final = {
    "Python": 'await exec("read-items", collection, {"query"})',
    "JavaScript": "await exec('read-items', collection, { query })",
}
# Puts the cursor two characters behind the beginning of a text in the cell of a number.
PLACE: Final = """([number, text]) => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = number;
    notebook.mode = "edit";
    const editor = notebook.widgets[number].editor;
    editor.setCursorPosition(editor.getPositionAt(editor.model.sharedModel.getSource().lastIndexOf(text) + 2));
    editor.focus();
}"""


def helped(lab: Lab, number: int, text: str) -> Locator:
    """What Shift+Tab shows with the cursor in ``text``; it is pressed again where a page was not ready to take it."""
    shown = lab.page.locator(".jp-Tooltip")
    for _ in range(PRESSES):
        lab.page.evaluate(PLACE, [number, text])
        lab.page.keyboard.press("Shift+Tab")
        with suppress(AssertionError):
            expect(shown).to_be_visible(timeout=CELL_MILLISECONDS / PRESSES)
            break
    expect(shown).to_be_visible()
    return shown


@pytest.mark.parametrize("language", CELLS)
def test_shift_tab_explains_exec_and_a_collection(lab: Lab, language: str, shot: Callable[[str], Path]) -> None:
    lab.open(f"help-{language}.ipynb", (LOAD, CELLS[language]))
    lab.run_all()
    for theme, name in THEMES.items():
        lab.theme(name)
        shown = helped(lab, 1, "exec(")
        expect(shown.locator("pre").first).to_have_text(SIGNATURES[language])
        expect(shown).to_contain_text("It needs the permission read-items")
        expect(shown).to_contain_text("required, granted" if language == "Python" else "Here: not asked for.")
        expect(shown).not_to_contain_text("globals")
        shot(f"exec-{theme}")
        lab.page.keyboard.press("Escape")
        shown = helped(lab, 1, "articles")
        expect(shown.locator("table").first.locator("tbody tr").filter(has_text="title").first).to_contain_text(
            "string"
        )
        expect(shown).to_contain_text("Collection: 60 items.")
        shot(f"collection-{theme}")
        lab.page.keyboard.press("Escape")


def test_contextual_help_follows_the_cursor(lab: Lab, shot: Callable[[str], Path]) -> None:
    lab.open("help-inspector.ipynb", (LOAD, CELLS["Python"]))
    lab.run_all()
    lab.command("inspector:open")
    content = lab.page.locator(".jp-Inspector-content")
    for text, said in {
        "exec(": SIGNATURES["Python"],
        "reader": "reader, by reader",
        "title": "articles.title: string",
    }.items():
        lab.page.evaluate(PLACE, [1, text])
        expect(content).to_contain_text(said)
    shot("field")
