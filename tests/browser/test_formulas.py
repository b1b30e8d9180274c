"""Text is text: nothing that an extension says is typeset as mathematics, in no output, no panel and no exported page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect
from scopebox.views.style import UNTYPESET

from tests.browser.panel_demo import LOAD, PANEL, labelled, open_tab, unfolded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.lab import Lab

FORMULAS: Final = ("$x^2$", "$$y^2$$", r"\(z^2\)", r"\[w^2\]", r"$\href{javascript:alert(1)}{link}$", "from $5 to $10")
WORDS: Final = " ".join(FORMULAS)
CONTROL: Final = 'from IPython.display import HTML\nHTML("<p>a formula of the notebook itself: $c^2$</p>")'
SAY: Final = f"words = {WORDS!r}"
EVERYWHERE: Final = """%%sandbox hello --input words
# /// sandbox
# permissions = [
#   { permission = "read-items", role = "public", reason = 'costs $5, $x^2$' },
#   { permission = "request", allowedUrls = ["https://a.example/$x$/*"], optional = true, reason = '$y^2$ or $10' },
# ]
# ///
def answer(request):
    return {"status": 200, "body": {"said": words, "items": [words]}}
def fail(request):
    raise ValueError(words)
def change(payload):
    return {"said": words, words: words}
def make(options):
    return {"made": words, words: [words]}
print(words)
await exec("log", words)
for call in (("request", "https://a.example/" + words), ("create-items", words, {"data": [{"text": words}]}), (words, words)):
    try:
        await exec(*call)
    except Exception as error:
        await exec("log", str(error))
await exec("register-endpoint", {"path": "/answer", "method": "GET", "handler": answer})
await exec("register-endpoint", {"path": "/(a$|b$)/fail", "method": "GET", "handler": fail})
await exec("register-filter", {"event": "demo.create", "handler": change})
await exec("register-filter", {"event": "demo.update", "handler": change})
await exec("register-operation", {"id": "make-5", "handler": make})
{"said": words, words: [words]}"""
CELLS: Final = (
    CONTROL,
    LOAD,
    SAY,
    EVERYWHERE,
    "%%sandbox table --input words\n[{'id': 1, words: words}, {'id': 2, 'text': words}]",
    "%%sandbox refused --quiet --input words\ntry:\n    await exec('request', words)\nexcept Exception:\n    pass",
    "%sandbox list",
    "%sandbox list hello",
    "%sandbox log",
    "%sandbox trace",
    "%sandbox request GET /hello/answer",
    "%sandbox emit filter demo.create '{\"a\": 1}'",
    '%sandbox run "make-5"',
    "%sandbox suggest hello",
    "%sandbox export hello",
    '%sandbox mock GET https://a.example/$x$/* "$y^2$ and $10"',
    "%sandbox mock",
    'box.store.create_collection("prices", {"id": {"type": "integer", "primary_key": True}, "price": {"type": "string", "default": words[:40], "note": words}})\nbox.store.collections["prices"]',
    "box.store",
    "box.trace[0], box.log[0]",
    f"{PANEL}",
    CONTROL,
)
FAILING: Final = (
    "%%sandbox broken --input words\nraise ValueError(words)",
    "%%sandbox wrong\n'$x^2$ $y^2$' +",
    "%sandbox grant $x^2$",
)
TABS: Final = ("Permissions", "Registered", "Log", "Trace", "Collections", "Least privilege")
# What a front end does with each output, done with all of them at once.
TYPESET: Final = """async () => {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    for (const output of document.querySelectorAll(".jp-OutputArea-output")) {
        await notebook.rendermime.latexTypesetter.typeset(output);
    }
}"""
TYPESET_OURS: Final = "outputs => outputs.filter(output => output.querySelector('mjx-container, .MathJax')).map(output => output.textContent)"


def open_all(lab: Lab, name: str) -> None:
    lab.write(name, (*CELLS, *FAILING))
    path = lab.server.root / name
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        cell["metadata"] = {"tags": ["raises-exception"]}  # a cell that fails would end what runs
    path.write_text(json.dumps(notebook), "utf-8")
    lab.open(name)
    lab.run_all()


def typeset(lab: Lab) -> list[str]:
    """The outputs with a formula, but for those of the notebook itself."""
    lab.page.evaluate(TYPESET)
    found = lab.outputs().evaluate_all(TYPESET_OURS)
    return [text for text in found if "of the notebook itself" not in text]


def test_no_output_and_no_panel_shows_a_formula(lab: Lab, shot: Callable[[str], Path]) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 6_000})
    open_all(lab, "formulas.ipynb")
    expect(lab.page.locator("mjx-container").first).to_be_visible()  # the typesetter works
    assert typeset(lab) == []
    shown = "\n".join(lab.outputs().all_inner_texts())
    for formula in FORMULAS:
        assert shown.count(formula) >= 8, formula
    panel = lab.page.locator(".sbx").last
    shot("outputs")
    for tab in TABS:
        open_tab(panel, tab)
        if tab == "Registered":
            forms = (
                ("Send", {"Path": "/hello/answer"}),
                ("Emit", {"Event": "demo.create", "Payload": f'{{"a": "{FORMULAS[0]}"}}'}),
            )
            for number, (button, values) in enumerate(forms):
                section = unfolded(panel, number)
                for name, value in values.items():
                    labelled(panel, name).fill(value)
                section.get_by_role("button", name=button, exact=True).click()
            expect(panel.locator("[data-sbx=answer]")).to_have_count(2)
        if tab == "Collections":
            expect(panel.locator("[data-sbx=items]")).to_be_visible()
        assert typeset(lab) == []
        assert FORMULAS[0] in (panel.text_content() or "") or tab in ("Permissions", "Least privilege"), tab
    lab.theme("JupyterLab Dark")
    assert typeset(lab) == []
    shot("dark")


class Typesetter(HTMLParser):
    """Reads a page as the typesetter does, and keeps the text that it would look at."""

    SKIPPED: Final = frozenset({"script", "noscript", "style", "textarea", "pre", "code"})
    VOID: Final = frozenset({"br", "img", "input", "meta", "link", "hr", "path", "rect", "line"})

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.said = ""
        self._open: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = (dict(attrs).get("class") or "").split()
        if tag not in self.VOID:
            self._open.append((tag, tag in self.SKIPPED or all(name in classes for name in UNTYPESET)))

    def handle_endtag(self, tag: str) -> None:
        while tag not in self.VOID and self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.said += data
        if not any(skipped for _, skipped in self._open):
            self.seen.append(data)


@pytest.mark.filterwarnings("ignore:Your element with mimetype:UserWarning")
def test_an_exported_page_has_no_formula_that_an_extension_wrote(lab: Lab) -> None:
    open_all(lab, "exported.ipynb")
    lab.command("docmanager:save")
    page, _ = HTMLExporter().from_filename(str(lab.server.root / "exported.ipynb"))  # type: ignore[no-untyped-call]
    read = Typesetter(page)
    assert any("$c^2$" in text for text in read.seen)  # that of the notebook itself
    for formula in FORMULAS:
        assert [text for text in read.seen if formula in text] == []
        assert read.said.count(formula) >= 8, formula
