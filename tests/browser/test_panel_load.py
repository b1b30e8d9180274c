"""Much of everything, everything hostile, and a page that is slow."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from tests.browser.lab import COMPLETE
from tests.browser.panel_demo import LOAD, PANEL, TABS, labelled, open_tab, show, unfolded
from tests.unit.widgets.hostile import HOSTILE
from tests.unit.widgets.test_hostile import MANIFEST, TELL

if TYPE_CHECKING:
    from tests.browser.lab import Lab

MANY: Final = """
cell = "\\n".join(["def h(request):\\n    return {}", *(
    f"await exec('register-endpoint', {{'path': '/p{n}', 'method': 'GET', 'handler': h}})" for n in range(25))])
manifest = {"permissions": [{"permission": "request", "allowedUrls": ["https://*"], "optional": True}]}
for number in range(20):
    _ = box.load(cell, name=f"directus-extension-number-{number}", manifest=manifest)
for number in range(5_000):
    box.trace.finish(box.trace.start(number // 10, 0, f"directus-extension-number-{number % 20}", "read-items"))
"""
PLANT: Final = """
import contextlib, json
for number, words in enumerate(json.loads(hostile)):
    _ = box.load(cell, name=f"hostile-{number}", manifest=manifest, inputs={"words": words[:9_000]})
    box.request("GET", f"/hostile-{number}/fail")
    box.log.write("info", words, words)
    box.trace.finish(box.trace.start(1, 0, words, words, arguments=words), "refused", reason=words, message=words)
"""
# Keeps the browser from having time for cells out of sight, until it is let go.
HOLD: Final = """() => {
    const native = window.requestIdleCallback;
    const held = [];
    window.requestIdleCallback = task => held.push(task);
    window.letGo = () => {
        window.requestIdleCallback = native;
        for (const task of held) native(task);
    };
}"""
LET_GO: Final = "() => window.letGo()"
IS_OPEN: Final = "path => window.jupyterapp.shell.currentWidget?.context?.path === path"
OUT_OF_SIGHT: Final = "() => window.jupyterapp.shell.currentWidget.content.widgets.at(-1).isPlaceholder()"


def test_twenty_extensions_and_five_hundred_registrations_stay_usable(lab: Lab) -> None:
    panel = show(lab, "many.ipynb", (LOAD, MANY, PANEL))
    expect(panel).to_contain_text("20 extensions, 20 running, with 500 endpoints")
    open_tab(panel, "Registered")
    labelled(panel, "Filter").fill("number-7/p13")
    expect(panel.locator("[data-sbx=endpoints] tbody tr")).to_have_count(1)
    open_tab(panel, "Trace")
    labelled(panel, "Run").select_option("All runs")
    expect(panel.locator("[data-sbx=timeline] details")).to_have_count(100)
    open_tab(panel, "Permissions")
    request = labelled(panel, "Send any requests to every public host")
    last = request.element_handle()
    labelled(panel, "Extension").select_option("directus-extension-number-3")
    last.wait_for_element_state("hidden")  # until then what is ticked is the last extension's
    request.check()
    expect(panel.get_by_role("status")).to_contain_text("request is granted for directus-extension-number-3")


def test_hostile_words_stay_words_in_every_place(lab: Lab) -> None:
    planted = f"hostile = {json.dumps(json.dumps(HOSTILE))}\ncell = {TELL!r}\nmanifest = {MANIFEST!r}\n{PLANT}"
    panel = show(lab, "hostile.ipynb", (LOAD, planted, PANEL))
    for title in TABS:
        open_tab(panel, title)
        if title == "Registered":
            for number, name in enumerate(("Send", "Emit", "Run")):
                form = unfolded(panel, number)
                if name == "Run":
                    labelled(panel, "Steps").fill(json.dumps([{"operation": HOSTILE[0]}]))
                form.get_by_role("button", name=name, exact=True).click()
            expect(panel.locator("[data-sbx=answer]")).to_have_count(3)
        expect(panel.locator("img, script, svg[onload], [onmouseover], [onerror]")).to_have_count(0)
        assert lab.page.evaluate("() => window.CANARYXSS === undefined && parent.CANARYXSS === undefined")
    open_tab(panel, "Log")
    expect(panel.locator("[data-sbx=console]")).to_contain_text("<script>parent.CANARYXSS=1</script>")
    expect(panel.locator("[data-sbx=console]")).to_contain_text("granted\\u202eyadot")


def test_its_tabs_open_where_it_was_shown_before_its_cell_was_part_of_the_page(lab: Lab) -> None:
    lab.open("first.ipynb", ["1"])
    lab.write("slow.ipynb", (LOAD, *["'\\n' * 20"] * 40, PANEL))
    lab.page.evaluate(HOLD)
    try:
        lab.command("docmanager:open", {"path": "slow.ipynb"})
        lab.page.wait_for_function(IS_OPEN, arg="slow.ipynb")
        lab.wait_idle()
        lab.command("notebook:run-all-cells")
        lab.wait_idle()
        assert lab.page.evaluate(OUT_OF_SIGHT)
    finally:
        lab.page.evaluate(LET_GO)
    lab.page.wait_for_function(COMPLETE)
    panel = lab.page.locator(".sbx").last
    for title in TABS:
        open_tab(panel, title)
