"""Whatever an extension says, in whatever place, is text in every view, and the panel stays small."""

from __future__ import annotations

import json

import pytest
from scopebox import Sandbox
from scopebox_widgets import Panel

from tests.unit.widgets.conftest import Page, control, shown
from tests.unit.widgets.hostile import HOSTILE, IMAGE, harmless

TELL = """
try:
    await exec("log", words)
    print(words)
    await exec(words, words)
except Exception as error:
    await exec("log", str(error))
try:
    await exec("register-action", {"event": words, "handler": print})
except Exception as error:
    await exec("log", str(error))
def answer(request):
    return {"status": 200, "body": words}
def fail(request):
    raise ValueError(words)
def change(payload):
    return {words[:100]: words}
await exec("register-endpoint", {"path": "/answer", "method": "GET", "handler": answer})
await exec("register-endpoint", {"path": "/fail", "method": "GET", "handler": fail})
await exec("register-filter", {"event": "demo.create", "handler": change})
await exec("create-items", "comments", {"data": [{"text": words, "name": words[:200]}]})
words
"""
MANIFEST = {
    "permissions": [
        {"permission": "create-items", "role": "admin"},
        {
            "permission": "request",
            "allowedUrls": ["https://x.example.com/<img/src=x>"],
            "optional": True,
            "reason": IMAGE,
        },
    ]
}


def everything(panel: Panel) -> str:
    """All that the panel shows: every tab, and the form without a kernel."""
    for view in panel.views:
        panel.open(view.title)
        panel.draw()
    return "\n".join([shown(panel.widget), panel.static(), repr(panel)]).replace(panel.widget.children[0].value, "")


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_text_in_every_view(page: Page, box: Sandbox, words: str) -> None:
    box.load(TELL, name="hello", manifest=MANIFEST, inputs={"words": words[:9_000]})  # what fits through a frame
    box.log.write("info", words, words)
    box.trace.finish(box.trace.start(1, 0, words, words, arguments=words), "refused", reason=words, message=words)
    box.request("GET", "/hello/fail")
    panel = Panel(box)
    panel.open("Registered")
    for label in ("Send", "Emit", "Run"):
        page.change(control(panel.widget, "Event"), value="demo.create")
        page.change(control(panel.widget, "Steps"), value=json.dumps([{"operation": words}]))
        page.click(control(panel.widget, label))
    html = everything(panel)
    assert harmless(html)
    assert len(html) < 400_000
    panel.close()


def test_twenty_extensions_open_in_less_than_three_hundred_kilobytes(page: Page, box: Sandbox) -> None:
    lines = [f"await exec('register-endpoint', {{'path': '/p{n}', 'method': 'GET', 'handler': h}})" for n in range(10)]
    cell = "\n".join(["def h(request):\n    return {}", *lines])
    for number in range(20):
        box.load(cell, name=f"directus-extension-number-{number}", manifest=MANIFEST)
    for number in range(5_000):
        record = box.trace.start(
            number // 10, 0, f"directus-extension-number-{number % 20}", "read-items", arguments="x" * 200
        )
        box.trace.finish(record, "refused" if number % 7 == 0 else "ok")
    before = page.size
    panel = Panel(box)
    static, _ = panel.outputs()
    assert page.size - before + len(str(static["text/html"])) + len(str(static["text/plain"])) < 300_000
    for view in panel.views:
        before = page.size
        panel.open(view.title)
        assert page.size - before < 150_000
    panel.close()
