"""The permissions of an extension, and their switches."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import Sandbox
from scopebox.manifest.permission import Permission
from scopebox_widgets import Panel
from scopebox_widgets.sentences import ability, ordered_urls, reach, warning

from tests.unit.widgets.conftest import Page, control, shown

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
    assert "Read items as the role reader." in html
    assert "required, locked" in html
    with pytest.raises(LookupError):
        control(panel.widget, "Allow read-items")
    assert control(panel.widget, "Allow request").value is False


def test_a_row_says_what_is_allowed_exactly_and_what_the_author_claims(panel: Panel) -> None:
    html = shown(panel.widget)
    assert "Send GET requests to api.example.com." in html
    assert "https://api.example.com/*" in html
    assert "The author claims: <q>&lt;b&gt;Because&lt;/b&gt;</q>" in html
    assert "May read" in html


def test_a_tick_acts_on_the_next_call_and_is_written_down(page: Page, panel: Panel, box: Sandbox) -> None:
    with pytest.raises(Exception, match="No permission"):
        box.run_operation("ask")
    page.change(control(panel.widget, "Allow request"), value=True)
    assert box.run_operation("ask") == "hi"
    panel.draw()
    html = shown(panel.widget)
    assert "granted" in html
    assert "Used 1 time, refused 1 time." in html
    page.change(control(panel.widget, "Allow request"), value=False)
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
    assert control(panel.widget, "Allow request").value is True


def test_everything_optional_can_be_taken_back_at_once(page: Page, panel: Panel, box: Sandbox) -> None:
    page.change(control(panel.widget, "Allow request"), value=True)
    page.click(control(panel.widget, "Revoke all optional"))
    assert box.extensions["hello"].grants["request"].state == "denied"
    assert control(panel.widget, "Allow request").value is False
    assert control(panel.widget, "Revoke all optional").disabled


def test_a_switch_of_an_extension_that_is_gone_says_so(page: Page, panel: Panel, box: Sandbox) -> None:
    switch = control(panel.widget, "Allow request")
    box.unload("hello")
    page.change(switch, value=True)
    assert 'role="alert"' in shown(panel.widget)


def test_a_changed_entry_drops_its_grant_and_shows_the_difference(page: Page, panel: Panel, box: Sandbox) -> None:
    page.change(control(panel.widget, "Allow request"), value=True)
    wider: dict[str, object] = {**MANIFEST["permissions"][1], "allowedUrls": ["https://*"]}
    box.load(CELL, name="hello", manifest={"permissions": [wider]})
    panel.draw()
    html = shown(panel.widget)
    assert control(panel.widget, "Allow request").value is False
    assert "changed entry" in html
    assert "- allowedUrls: https://api.example.com/*" in html
    assert "+ allowedUrls: https://*" in html
    assert "Wide: every public host" in html


def test_undeclared_and_denied_are_told_apart(panel: Panel, box: Sandbox) -> None:
    source = "try:\n    await exec('read-items', 'articles')\nexcept PermissionError:\n    pass"
    box.load(source, name="other")
    panel.draw()
    html = shown(panel.widget)
    assert "refused, undeclared" in html
    assert "read-items, 1 time. The manifest does not ask for it" in html
    assert "{ permission = &quot;read-items&quot;, role = &quot;reader&quot; }" in html


def test_it_follows_the_newest_extension_until_one_is_chosen(page: Page, panel: Panel, box: Sandbox) -> None:
    chooser = control(panel.widget, "Extension")
    box.load("1", name="second")
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


def test_wildcards_come_first_and_carry_a_warning() -> None:
    urls = (*(f"https://a{number}.example.com/*" for number in range(50)), "https://*", "https://*.example.org/*")
    permission = Permission("request", allowed_urls=urls)
    assert ordered_urls(permission)[:2] == ["https://*", "https://*.example.org/*"]
    assert warning(permission) == "Wide: every public host and every host that matches *.example.org"
    assert warning(Permission("request", allowed_urls=("https://api.example.com/*",))) == ""


def test_what_a_role_may_do_is_said(box: Sandbox) -> None:
    assert reach(box.store.access, Permission("read-items", role="admin")) == "May read every item of every collection."
    assert reach(box.store.access, Permission("read-items", role="public")) == "May read nothing."
    assert "articles" in reach(box.store.access, Permission("read-items", role="reader"))
