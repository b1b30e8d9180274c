"""The tables of what is registered, and the forms to try it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import ipywidgets
import pytest
from scopebox import Sandbox
from scopebox_widgets import Panel
from scopebox_widgets.registrations import KINDS

from tests.isolates import until
from tests.unit.widgets.conftest import Page, control, shown, walk

CELL = """
def hello(request):
    return {"status": 201, "body": {"text": request["body"]}}
def broken(request):
    raise ValueError("<b>no</b>")
def slug(payload):
    return {**payload, "slug": payload["title"].lower()}
def shout(options):
    return {"text": options.get("text", "").upper()}
await exec("register-endpoint", {"path": "/hello", "method": "POST", "handler": hello})
await exec("register-endpoint", {"path": "/broken", "method": "GET", "handler": broken})
await exec("register-filter", {"event": "items.create", "handler": slug})
await exec("register-action", {"event": "somewhere.else", "handler": slug})
await exec("register-operation", {"id": "shout", "handler": shout})
"""


@pytest.fixture
def panel(page: Page, box: Sandbox) -> Iterator[Panel]:
    box.load(CELL, name="hello")
    made = Panel(box)
    made.open("Registered")
    yield made
    made.close()


def section(panel: Panel, number: int) -> ipywidgets.Widget:
    return panel.views[1].widget.children[1 + number]


def tries(part: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """The buttons in the rows of a section."""
    return [each for each in walk(part) if getattr(each, "description", "") == "Try"]


def unfold(page: Page, part: ipywidgets.Widget) -> ipywidgets.Widget:
    """A section whose form is open."""
    page.change(next(each for each in walk(part) if isinstance(each, ipywidgets.ToggleButton)), value=True)
    return part


def test_the_tables_say_what_is_there_and_how_it_fared(panel: Panel, box: Sandbox) -> None:
    assert "/hello/hello" in shown(section(panel, 0))
    assert "never called" in shown(section(panel, 0))
    box.request("GET", "/hello/broken")
    panel.draw()
    html = shown(section(panel, 0))
    assert "✕</span> failed" in html or "✕</span> 500" in html
    assert "&lt;b&gt;no&lt;/b&gt;" in html
    assert " ms" in html
    assert "never fires here" in shown(section(panel, 1))
    assert "shout" in shown(section(panel, 2))


def test_the_filter_narrows_all_tables(page: Page, panel: Panel) -> None:
    page.change(control(panel.widget, "Filter"), value="BROK")
    assert "Endpoints (1 of 2)" in shown(section(panel, 0))
    assert "Nothing matches the filter." in shown(section(panel, 1))


def test_a_request_shows_status_headers_body_and_time(page: Page, panel: Panel) -> None:
    form = unfold(page, section(panel, 0))
    assert control(form, "Path").value == "/hello/hello"
    page.change(control(form, "Body"), value="<i>hi</i>")
    page.click(control(form, "Send"))
    html = shown(form)
    assert "201 Created" in html
    assert "&lt;i&gt;hi&lt;/i&gt;" in html
    assert "content-type" in html


def test_a_row_opens_its_form_filled_in_and_folds_the_others(page: Page, panel: Panel) -> None:
    endpoints, hooks, operations = (section(panel, number) for number in range(3))
    folded = [part.children[-1].layout for part in (endpoints, hooks, operations)]
    assert [layout.display for layout in folded] == ["none"] * 3
    page.click(tries(endpoints)[1])
    assert (control(endpoints, "Method").value, control(endpoints, "Path").value) == ("GET", "/hello/broken")
    assert [layout.display for layout in folded] == [None, "none", "none"]
    page.click(tries(hooks)[1])
    assert (control(hooks, "Kind").value, control(hooks, "Event").value) == ("action", "somewhere.else")
    assert [layout.display for layout in folded] == ["none", None, "none"]
    page.change(control(operations, "Steps"), value="[]")
    page.click(tries(operations)[0])
    assert '"operation": "shout"' in control(operations, "Steps").value
    assert [layout.display for layout in folded] == ["none", "none", None]


def test_the_last_error_is_whole_in_the_form(page: Page, panel: Panel, box: Sandbox) -> None:
    box.request("GET", "/hello/broken")
    panel.draw()
    page.click(tries(section(panel, 0))[1])
    assert "Its last error: " in shown(section(panel, 0))


def test_only_requests_with_a_body_ask_for_one(page: Page, panel: Panel) -> None:
    form = unfold(page, section(panel, 0))
    assert control(form, "Body").layout.display is None
    page.change(control(form, "Method"), index=0)
    assert control(form, "Method").value == "GET"
    assert control(form, "Body").layout.display == "none"


def test_a_request_may_be_sent_in_the_name_of_a_role(page: Page, panel: Panel) -> None:
    form = unfold(page, section(panel, 0))
    page.change(control(form, "Path"), value="/items/articles?limit=1")
    page.change(control(form, "Method"), index=0)
    page.click(control(form, "Send"))
    assert "403 Forbidden" in shown(form)
    page.change(control(form, "As"), index=[name for name, _ in control(form, "As").options].index("editor"))
    page.click(control(form, "Send"))
    assert "200 OK" in shown(form)
    page.change(control(form, "Path"), value="users")
    page.click(control(form, "Send"))
    assert "Path has to begin with a slash" in shown(form)


def test_where_nothing_is_registered_stands_a_cell_that_registers_something(page: Page, empty: Sandbox) -> None:
    panel = Panel(empty)
    panel.open("Registered")
    html = shown(panel.views[1].widget)
    assert html.count("Nothing is registered. A cell that registers one") == 3
    assert "<th" not in html
    for number, kind in enumerate(KINDS):
        first, _, rest = kind.cell.partition("\n")
        assert first == "%%sandbox hello"
        empty.load(rest, name=f"made-{number}")
        assert len(kind.entries(empty)) == 1
    panel.close()


def test_an_event_shows_what_each_filter_made_of_it(page: Page, panel: Panel) -> None:
    form = unfold(page, section(panel, 1))
    page.change(control(form, "Payload"), value='{"title": "Hello"}')
    page.click(control(form, "Emit"))
    html = shown(form)
    assert "filter items.create" in html
    assert '<span class="sbx-added">+   &quot;slug&quot;: &quot;hello&quot;,</span>' in html
    assert "Result" in html


def test_an_event_may_be_emitted_in_the_name_of_a_role(page: Page, panel: Panel, box: Sandbox) -> None:
    box.load(
        "async def h(payload, context):\n    await exec('log', str(context['accountability']['role']))\n"
        "await exec('register-action', {'event': 'items.create', 'handler': h})",
        name="who",
    )
    form = unfold(page, section(panel, 1))
    page.change(control(form, "Kind"), index=1)
    page.change(control(form, "Event"), value="items.create")
    page.change(control(form, "As role"), index=1)
    page.click(control(form, "Emit"))
    assert "Called." in shown(form)
    assert [record.message for record in box.log][-1] == box.store.access.for_role("admin").role


@pytest.mark.parametrize(
    ("place", "words", "said"),
    [
        ((0, "Headers", "Send"), "nonsense", "Write it as &#x27;Name: value&#x27;"),
        ((1, "Payload", "Emit"), "{title: 'x'}", "Payload is not JSON: line 1, column 2"),
        ((1, "Payload", "Emit"), "[" * 100_000, "Payload is nested too deeply"),
        ((1, "Payload", "Emit"), "1" * 5_000, "Payload has a number that is too long"),
        ((1, "Meta", "Emit"), "[]", "Meta has to be an object"),
        ((2, "Steps", "Run"), "{}", "Steps has to be a list of steps"),
        ((2, "Trigger", "Run"), "x", "Trigger is not JSON"),
    ],
    ids=["headers", "payload", "deep-payload", "long-number", "meta", "steps", "trigger"],
)
def test_what_is_wrong_with_a_field_is_said_in_its_form_in_place_of_the_answer_before(
    page: Page, panel: Panel, place: tuple[int, str, str], words: str, said: str
) -> None:
    number, label, button = place
    form = unfold(page, section(panel, number))
    if number == 2:
        page.click(control(form, "Add as a step"))
    page.click(control(form, button))
    assert 'data-sbx="answer"' in shown(form)
    field = control(form, label)
    before = field.value
    page.change(field, value=words)
    page.click(control(form, button))
    assert said in shown(form)
    assert shown(form).count('data-sbx="answer"') == 1
    assert "sbx-invalid" in field._dom_classes
    page.change(field, value=before)
    page.click(control(form, button))
    assert said not in shown(form)
    assert "sbx-invalid" not in field._dom_classes


def test_a_step_is_added_to_steps_that_can_be_read_alone(page: Page, panel: Panel) -> None:
    form = unfold(page, section(panel, 2))
    page.change(control(form, "Steps"), value="{")
    page.click(control(form, "Add as a step"))
    assert "Steps is not JSON" in shown(form)
    assert control(form, "Steps").value == "{"


def test_what_was_said_belongs_to_its_tab(page: Page, panel: Panel) -> None:
    page.click(control(unfold(page, section(panel, 1)), "Emit"))
    assert "the answer is below the form" in shown(panel.widget)
    panel.open("Log")
    assert "the answer is below the form" not in shown(panel.widget)


def test_a_row_of_operations_shows_what_each_was_given_and_made(page: Page, panel: Panel) -> None:
    form = unfold(page, section(panel, 2))
    page.click(control(form, "Add as a step"))
    steps = '[{"operation": "shout", "options": {"text": "a"}}, {"operation": "shout", "options": {"text": "{{$last.text}}b"}}]'
    page.change(control(form, "Steps"), value=steps)
    page.click(control(form, "Run"))
    html = shown(form)
    assert html.count("operation shout") == 2
    assert "&quot;AB&quot;" in html


def test_an_error_of_what_was_tried_is_the_answer(page: Page, panel: Panel, box: Sandbox) -> None:
    form = unfold(page, section(panel, 2))
    page.change(control(form, "Steps"), value='[{"operation": "gone"}]')
    page.click(control(form, "Run"))
    assert 'role="alert"' in shown(form)
    assert not control(form, "Run").disabled


def test_a_click_does_not_wait_for_the_extension(page: Page, box: Sandbox) -> None:
    async def work() -> tuple[str, str]:
        await box.aload(
            "async def slow(options):\n    await exec('sleep', 100)\n    return 'late'\n"
            "await exec('register-operation', {'id': 'slow', 'handler': slow})",
            name="slow",
        )
        panel = Panel(box)
        panel.open("Registered")
        form = unfold(page, section(panel, 2))
        page.click(control(form, "Run"))
        at_once = shown(form)
        await until(lambda: not control(form, "Run").disabled)
        panel.close()
        return at_once, shown(form)

    at_once, later = asyncio.run(work())
    assert "Running" in at_once
    assert "late" in later


def test_two_hundred_registrations_come_in_pages(page: Page, box: Sandbox) -> None:
    lines = [f"await exec('register-endpoint', {{'path': '/p{n}', 'method': 'GET', 'handler': h}})" for n in range(200)]
    box.load("\n".join(["def h(request):\n    return {}", *lines]), name="many")
    panel = Panel(box)
    panel.open("Registered")
    assert "rows 1 to 25 of 200" in shown(section(panel, 0))
    page.click(control(section(panel, 0), "Next"))
    assert "rows 26 to 50 of 200" in shown(section(panel, 0))
    assert "/many/p30" in shown(section(panel, 0))
    panel.close()
