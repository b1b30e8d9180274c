"""Least privilege in the panel."""

from __future__ import annotations

from scopebox import Sandbox
from scopebox_widgets import Panel

from tests.unit.widgets.conftest import Page, control, shown

MANIFEST = {
    "permissions": [
        {"permission": "read-items", "role": "reader"},
        {"permission": "request", "allowedUrls": ["https://*"]},
    ]
}


def test_it_suggests_a_smaller_manifest_and_leaves_the_choice(page: Page, box: Sandbox) -> None:
    box.mock("GET", "https://api.example.com/*", text="hi")
    box.load("await exec('request', 'https://api.example.com/v1/x')", name="hello", manifest=MANIFEST)
    panel = Panel(box)
    panel.open("Least privilege")
    html = shown(panel.views[5].widget)
    assert "1 of 2 permissions was never used and 1 could be narrower." in html
    assert "https://* could be https://api.example.com/v1/*" in html
    assert "This rests on 1 run with 1 call" in html
    assert "Nothing is changed by itself" in html
    assert 'allowedUrls = ["https://api.example.com/v1/*"]' in control(panel.widget, "To copy").value
    assert box.extensions["hello"].grants["request"].permission.allowed_urls == ("https://*",)
    panel.close()


def test_without_any_call_it_suggests_nothing(page: Page, box: Sandbox) -> None:
    box.load("1", name="hello", manifest=MANIFEST)
    panel = Panel(box)
    panel.open("Least privilege")
    assert "Nothing is known yet" in shown(panel.views[5].widget)
    assert control(panel.widget, "To copy").layout.display == "none"
    panel.close()
