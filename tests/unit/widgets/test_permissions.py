"""The permissions of an extension, and their switches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import Sandbox
from scopebox.manifest.permission import Permission
from scopebox_widgets import Panel
from scopebox_widgets.sentences import ability, ordered_urls, reach, warning

from tests.unit.widgets.conftest import Page, control, shown, walk

MANIFEST: dict[str, list[dict[str, object]]] = {
    "permissions": [
        {"permission": "read-items", "role": "reader"},
        {
            "permission": "request",
            "allowedUrls": ["https://api.example.com/*"],
            "methods": ["GET"],
            "optional": True,
            "reason": "<b>Because</b>",
        },
    ]
}
SENTENCE = "Send GET requests to api.example.com"
CELL = """
async def ask(options):
    return await exec("request", "https://api.example.com/x")
await exec("register-operation", {"id": "ask", "handler": ask})
"""


@pytest.fixture
def panel(page: Page, box: Sandbox) -> Iterator[Panel]:
    box.mock("GET", "https://api.example.com/*", text="hi")
    box.load(CELL, name="hello", manifest=MANIFEST)
    made = Panel(box)
    yield made
    made.close()


def test_required_is_locked_text_and_optional_is_a_checkbox_that_is_off(panel: Panel) -> None:
    html = shown(panel.widget)
    assert "Read items as the role reader <code>read-items</code>" in html
    assert ">required</span>" in html
    with pytest.raises(LookupError):
        control(panel.widget, "Read items as the role reader")
    assert control(panel.widget, SENTENCE).value is False


def test_a_row_says_what_is_allowed_exactly_and_what_the_author_claims(panel: Panel) -> None:
    html = shown(panel.widget)
    assert control(panel.widget, SENTENCE).value is False
    assert "<code>https://api.example.com/*</code><code>GET</code>" in html
    assert "<q>&lt;b&gt;Because&lt;/b&gt;</q>, says the author" in html
    assert "May read" in html


def test_not_decided_is_told_apart_from_denied(page: Page, panel: Panel) -> None:
    def marks() -> set[str]:
        card = next(part for part in walk(panel.widget) if "sbx-optional" in part._dom_classes)
        return set(card._dom_classes) - {"sbx-optional"}

    assert "</span> not decided</span>" in shown(panel.widget)
    assert marks() == set()
    page.change(control(panel.widget, SENTENCE), value=True)
    assert marks() == {"sbx-yes"}
    page.change(control(panel.widget, SENTENCE), value=False)
    assert marks() == {"sbx-no"}
    assert "</span> denied</span>" in shown(panel.widget)
    assert "not decided" not in shown(panel.widget)
    assert "Waiting for a decision" not in ability(panel.box.extensions["hello"])


def test_what_never_happened_is_not_counted(panel: Panel, box: Sandbox) -> None:
    assert "used 0" not in shown(panel.widget)
    assert '<th scope="col">Used</th>' not in shown(panel.widget)
    with pytest.raises(Exception, match="No permission"):
        box.run_operation("ask")
    panel.draw()
    assert ">refused 1</span>" in shown(panel.widget)


def test_permissions_for_the_same_role_are_one_sentence(box: Sandbox) -> None:
    entries = [{"permission": f"{verb}-items", "role": "admin"} for verb in ("create", "read", "delete")]
    box.load("1", name="wide", manifest={"permissions": entries})
    assert ability(box.extensions["wide"]) == "Can create, read and delete items as admin."


def test_it_opens_on_the_extension_that_waits_for_a_decision(page: Page, box: Sandbox) -> None:
    box.load(CELL, name="waits", manifest=MANIFEST)
    box.load("1", name="plain")
    panel = Panel(box)
    chooser = control(panel.widget, "Extension")
    assert chooser.value == "waits"
    page.change(control(panel.widget, SENTENCE), value=True)
    panel.draw()
    assert chooser.value == "waits"
    page.change(chooser, index=1)
    assert "Can do nothing yet" in shown(panel.views[0].widget)
    page.change(chooser, index=0)
    assert "send GET requests to api.example.com." in shown(panel.views[0].widget)
    panel.close()


def test_a_tick_acts_on_the_next_call_and_is_written_down(page: Page, panel: Panel, box: Sandbox) -> None:
    with pytest.raises(Exception, match="No permission"):
        box.run_operation("ask")
    page.change(control(panel.widget, SENTENCE), value=True)
    assert box.run_operation("ask") == "hi"
    panel.draw()
    html = shown(panel.widget)
    assert "granted" in html
    assert "used 1 · refused 1" in html
    page.change(control(panel.widget, SENTENCE), value=False)
    with pytest.raises(Exception, match="No permission"):
        box.run_operation("ask")
    said = [record.message for record in box.log if record.extension == "hello" and "panel" in record.message]
    assert said == [
        "The panel granted request; it acts on the next call",
        "The panel denied request; it acts on the next call",
    ]


def test_a_decision_made_elsewhere_shows(panel: Panel, box: Sandbox) -> None:
    box.extensions["hello"].grants.grant("request")
    panel.draw()
    assert control(panel.widget, SENTENCE).value is True


def test_everything_optional_can_be_taken_back_at_once(page: Page, panel: Panel, box: Sandbox) -> None:
    page.change(control(panel.widget, SENTENCE), value=True)
    page.click(control(panel.widget, "Revoke all optional"))
    assert box.extensions["hello"].grants["request"].state == "denied"
    assert control(panel.widget, SENTENCE).value is False
    assert control(panel.widget, "Revoke all optional").disabled


def test_a_switch_of_an_extension_that_is_gone_says_so(page: Page, panel: Panel, box: Sandbox) -> None:
    switch = control(panel.widget, SENTENCE)
    box.unload("hello")
    page.change(switch, value=True)
    assert 'role="alert"' in shown(panel.widget)


def test_a_changed_entry_drops_its_grant_and_shows_the_difference(page: Page, panel: Panel, box: Sandbox) -> None:
    page.change(control(panel.widget, SENTENCE), value=True)
    wider: dict[str, object] = {**MANIFEST["permissions"][1], "allowedUrls": ["https://*"]}
    box.load(CELL, name="hello", manifest={"permissions": [wider]})
    panel.draw()
    html = shown(panel.widget)
    assert control(panel.widget, "Send GET requests to every public host").value is False
    assert "changed entry" in html
    assert "- allowedUrls: https://api.example.com/*" in html
    assert "+ allowedUrls: https://*" in html
    assert "Wide: every public host" in html


def test_undeclared_and_denied_are_told_apart(page: Page, panel: Panel, box: Sandbox) -> None:
    source = "try:\n    await exec('read-items', 'articles')\nexcept PermissionError:\n    pass"
    box.load(source, name="other")
    panel.draw()
    page.change(control(panel.widget, "Extension"), index=1)
    html = shown(panel.widget)
    assert "refused, undeclared" in html
    assert "read-items, 1 time. The manifest does not ask for it" in html
    assert "{ permission = &quot;read-items&quot;, role = &quot;reader&quot; }" in html


def test_it_follows_the_newest_extension_until_one_is_chosen(page: Page, panel: Panel, box: Sandbox) -> None:
    chooser = control(panel.widget, "Extension")
    box.load(CELL.replace('"ask"', '"second"'), name="second", manifest=MANIFEST)
    panel.draw()
    assert chooser.value == "second"
    page.change(chooser, index=0)
    box.load("1", name="third")
    panel.draw()
    assert chooser.value == "hello"


def test_an_extension_that_ended_can_do_nothing(panel: Panel, box: Sandbox) -> None:
    source = "def h(options):\n    while True: pass\nawait exec('register-operation', {'id': 'spin', 'handler': h})"
    box.load(source, name="spin", timeout=0.1)
    with pytest.raises(Exception, match="timed out"):
        box.run_operation("spin")
    assert ability(box.extensions["spin"]).startswith("Can do nothing: it has ended (")


def test_wildcards_come_first_and_carry_a_warning(box: Sandbox) -> None:
    access = box.store.access
    urls = (*(f"https://a{number}.example.com/*" for number in range(50)), "https://*", "https://*.example.org/*")
    permission = Permission("request", allowed_urls=urls)
    assert ordered_urls(permission)[:2] == ["https://*", "https://*.example.org/*"]
    assert warning(access, permission) == "Wide: every public host and every host that matches *.example.org"
    assert warning(access, Permission("request", allowed_urls=("https://api.example.com/*",))) == ""


def test_a_role_that_may_everything_carries_a_warning(box: Sandbox) -> None:
    access = box.store.access
    assert warning(access, Permission("delete-items", role="admin")) == "Wide: every item"
    assert warning(access, Permission("read-items", role="reader")) == ""
    assert warning(access, Permission("read-items", role="gone")) == ""


def test_what_a_role_may_do_is_said(box: Sandbox) -> None:
    assert reach(box.store.access, Permission("read-items", role="admin")) == "May read every item of every collection."
    assert reach(box.store.access, Permission("read-items", role="public")) == "May read nothing."
    assert "articles" in reach(box.store.access, Permission("read-items", role="reader"))


def test_a_host_that_looks_like_another_one_is_shown_as_what_it_is(page: Page, box: Sandbox) -> None:
    urls = ["https://\u0430pple.com/*", "https://*.\u0430pple.com/*", "/https:\\/\\/\u0430pple\\.com\\/.*/"]
    for optional in (False, True):
        entry = {"permission": "request", "allowedUrls": urls, "optional": optional}
        box.load("1", name=f"looks-{optional:d}", manifest={"permissions": [entry]})
    panel = Panel(box)
    try:
        html = shown(panel.widget)
        for place in (html, panel.static()):
            for url in (
                "https://xn--pple-43d.com/* (written ",
                "https://*.xn--pple-43d.com/* (written ",
                "\\x{430}pple",
            ):
                assert url in place
        assert "every host that matches *.xn--pple-43d.com" in html
    finally:
        panel.close()
    for part in box.extensions["looks-1"].view().parts:
        assert "xn--pple-43d.com (written " in part.text() or "\u0430" not in part.text()
        assert "xn--pple-43d.com (written " in part.html() or "\u0430" not in part.html()
