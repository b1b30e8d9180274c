"""Somebody tries what extensions registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.panel_demo import open_tab, show

if TYPE_CHECKING:
    from tests.browser.lab import Lab


def test_a_request_an_event_and_a_row_of_operations(lab: Lab) -> None:
    panel = show(lab, "trying.ipynb")
    open_tab(panel, "Registered")
    answers = panel.locator("[data-sbx=answer]")

    panel.get_by_role("button", name="Send", exact=True).click()
    expect(answers).to_contain_text("503")
    expect(answers).to_contain_text('"weather": "not granted yet"')
    expect(panel.locator("[data-sbx=endpoints]")).to_contain_text("directus-extension-weather")

    panel.get_by_label("Payload").fill('{"title": "Hello World"}')
    panel.get_by_role("button", name="Emit", exact=True).click()
    expect(answers).to_have_count(2)
    expect(answers.nth(1).locator(".sbx-added").first).to_contain_text('"slug": "hello-world"')

    steps = '[{"operation": "shout", "options": {"text": "good morning, everybody"}}, '
    steps += '{"operation": "shorten", "options": {"text": "{{ $last.text }}"}}]'
    panel.get_by_label("Steps").fill(steps)
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(answers).to_have_count(3)
    expect(answers.nth(2)).to_contain_text('"text": "GOOD MORNING, EVERYB"')

    panel.get_by_label("Payload").fill("{")
    panel.get_by_role("button", name="Emit", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("Payload is not JSON")
