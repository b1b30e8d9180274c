"""Rehearsals: an event or a row of operations, step by step."""

from __future__ import annotations

import asyncio

import pytest
from scopebox import Sandbox
from scopebox.rehearsal import Rehearsal, difference, emit_action, emit_filter, filled, run_operations

FILTERS = """
def trim(payload):
    return {**payload, "title": payload["title"].strip()}
def look(payload):
    return None
def slug(payload):
    return {**payload, "slug": payload["title"].lower()}
await exec("register-filter", {"event": "items.create", "handler": trim})
await exec("register-filter", {"event": "items.create", "handler": look})
await exec("register-filter", {"event": "articles.items.create", "handler": slug})
"""
OPERATIONS = """
def double(options):
    return {"number": options["number"] * 2}
def fail(options):
    raise ValueError("no")
await exec("register-operation", {"id": "double", "handler": double})
await exec("register-operation", {"id": "fail", "handler": fail})
"""


def filtered(box: Sandbox, payload: object) -> Rehearsal:
    return asyncio.run(emit_filter(box, "items.create", payload, {"collection": "articles"}))


def test_each_filter_is_a_step_with_what_it_made_of_the_payload(box: Sandbox) -> None:
    box.load(FILTERS, name="hello")
    done = filtered(box, {"title": " Hi "})
    assert [step.label for step in done.steps] == [
        "filter items.create",
        "filter items.create",
        "filter articles.items.create",
    ]
    assert [step.made for step in done.steps] == [
        {"title": "Hi"},
        {"title": "Hi"},
        {"title": "Hi", "slug": "hi"},
    ]
    assert done.result == {"title": "Hi", "slug": "hi"}
    assert done.result == box.emit_filter("items.create", {"title": " Hi "}, {"collection": "articles"})
    assert done.steps[0].difference() == '  {\n-   "title": " Hi "\n+   "title": "Hi"\n  }'
    assert done.steps[1].difference() == ""


def test_a_rehearsal_counts_as_a_use(box: Sandbox) -> None:
    box.load(FILTERS, name="hello")
    filtered(box, {"title": "Hi"})
    assert [hook.usage.calls for hook in box.hooks] == [1, 1, 1]


def test_a_filter_that_raises_is_the_last_step(box: Sandbox) -> None:
    box.load(FILTERS, name="hello")
    done = filtered(box, {"name": "Hi"})
    assert len(done.steps) == 1
    assert done.steps[0].error is done.error
    assert "title" in str(done.error)


def test_actions_are_called_and_waited_for(box: Sandbox) -> None:
    box.load(
        "async def h(payload, meta, context):\n    await exec('log', meta['event'])\n"
        "await exec('register-action', {'event': 'items.create', 'handler': h})",
        name="hello",
    )
    done = asyncio.run(emit_action(box, "items.create", {"key": 1}))
    assert [step.label for step in done.steps] == ["action items.create"]
    assert [record.message for record in box.log] == ["items.create"]


def test_each_operation_sees_the_data_of_those_before(box: Sandbox) -> None:
    box.load(OPERATIONS, name="hello")
    steps = [
        {"operation": "double", "options": {"number": "{{ $trigger.start }}"}},
        {"operation": "double", "key": "again", "options": {"number": "{{$last.number}}"}},
        {"operation": "double", "options": {"number": "{{ double.number }}"}},
    ]
    done = asyncio.run(run_operations(box, steps, {"start": 3}))
    assert [step.given for step in done.steps] == [{"number": 3}, {"number": 6}, {"number": 6}]
    assert done.result == {"number": 12}


def test_an_operation_that_fails_ends_the_row(box: Sandbox) -> None:
    box.load(OPERATIONS, name="hello")
    done = asyncio.run(run_operations(box, [{"operation": "fail"}, {"operation": "double"}]))
    assert len(done.steps) == 1
    assert done.error is not None
    assert done.error.message == "no"


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (["double"], "Step 1 has to be an object"),
        ([{"operation": "double", "opts": {}}], "Step 1 has the unknown key 'opts'"),
        ([{"operation": "dubble"}], "dubble"),
        ([{"operation": "double", "options": "{{ $last.a }}"}], "there is no 'a'"),
    ],
)
def test_what_is_no_step_is_an_error_that_says_what_would_be(box: Sandbox, steps: list[object], words: str) -> None:
    box.load(OPERATIONS, name="hello")
    with pytest.raises((TypeError, ValueError, LookupError), match=words.replace("$", r"\$")):
        asyncio.run(run_operations(box, steps, {}))


def test_templates_keep_types_alone_and_become_text_in_between() -> None:
    data = {"$last": {"n": 3, "items": [{"title": "Hi"}]}}
    assert filled(["{{ $last.n }}", "n={{ $last.n }}", {"t": "{{$last.items[0].title}}"}, 7], data) == [
        *(3, "n=3"),
        {"t": "Hi"},
        7,
    ]


def test_equal_data_have_no_difference() -> None:
    assert difference({"a": 1, "b": 2}, {"b": 2, "a": 1}) == ""
