"""Somebody tries what extensions registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.panel_demo import labelled, open_tab, show, unfolded

if TYPE_CHECKING:
    from tests.browser.lab import Lab


def test_a_request_an_event_and_a_row_of_operations(lab: Lab) -> None:
    panel = show(lab, "trying.ipynb")
    open_tab(panel, "Registered")
    answers = panel.locator("[data-sbx=answer]")

    unfolded(panel, 0).get_by_role("button", name="Send", exact=True).click()
    expect(answers).to_contain_text("503")
    expect(answers).to_contain_text('"weather": "not granted yet"')
    expect(panel.locator("[data-sbx=endpoints]")).to_contain_text("/directus-extension-weather/today")

    panel.locator(".sbx-section").nth(1).get_by_role("button", name="Try", exact=True).first.click()
    expect(panel.get_by_role("status")).to_contain_text("the form below the table is filled in")
    expect(labelled(panel, "Event")).to_have_value("items.create")
    panel.get_by_label("Payload").fill('{"title": "Hello World"}')
    panel.get_by_role("button", name="Emit", exact=True).click()
    expect(answers).to_have_count(2)
    expect(answers.nth(1).locator(".sbx-added").first).to_contain_text('"slug": "hello-world"')

    steps = '[{"operation": "shout", "options": {"text": "good morning, everybody"}}, '
    steps += '{"operation": "shorten", "options": {"text": "{{ $last.text }}"}}]'
    unfolded(panel, 2)
    panel.get_by_label("Steps").fill(steps)
    panel.get_by_role("button", name="Run", exact=True).click()
    expect(answers).to_have_count(3)
    expect(answers.nth(2)).to_contain_text('"text": "GOOD MORNING, EVERYB"')

    unfolded(panel, 1)
    panel.get_by_label("Payload").fill("{")
    panel.get_by_role("button", name="Emit", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("Payload is not JSON")
