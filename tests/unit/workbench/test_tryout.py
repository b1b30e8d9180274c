"""Trying events and operations step by step: what each step made, and how much of that is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from scopebox.errors import LimitError
from scopebox.sandbox.sandbox import Sandbox
from scopebox.workbench import tryout

FILTERS = """
const grow = (payload) => ({ ...payload, %s });
for (let i = 0; i < %d; i++) exec('register-filter', { event: 'a.b', handler: grow });
"""
OPERATION = "exec('register-operation', { id: 'grow', handler: (options) => ({ options, %s }) });"
NESTED = "lists: Array(60).fill(JSON.parse('['.repeat(50) + ']'.repeat(50)))"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


def emit(box: Sandbox, payload: object) -> tryout.Rehearsal:
    async def work() -> tryout.Rehearsal:
        return await tryout.emit_filter(box, "a.b", payload)

    return asyncio.run(work())


def run(box: Sandbox, count: int) -> tryout.Rehearsal:
    async def work() -> tryout.Rehearsal:
        steps = [{"operation": "grow", "key": f"step {number}"} for number in range(count)]
        return await tryout.run_operations(box, steps)

    return asyncio.run(work())


def test_each_filter_is_a_step_and_what_one_makes_is_given_to_the_next(box: Sandbox) -> None:
    box.load(FILTERS % ("n: (payload.n ?? 0) + 1", 3), name="hello", language="js")
    done = emit(box, {"title": "x"})
    assert [step.made for step in done.steps] == [{"title": "x", "n": number} for number in (1, 2, 3)]
    assert [step.given for step in done.steps[1:]] == [step.made for step in done.steps[:-1]]
    assert all(later.given is step.made for step, later in zip(done.steps, done.steps[1:], strict=False))
    assert (done.result, done.error) == ({"title": "x", "n": 3}, None)


def test_a_filter_that_returns_nothing_makes_what_it_was_given(box: Sandbox) -> None:
    source = "exec('register-filter', { event: 'a.b', handler: () => %s });"
    box.load(source % "undefined", name="nothing", language="js")
    assert [step.made for step in emit(box, {"title": "x"}).steps] == [{"title": "x"}]
    box.load(source % "null", name="nothing", language="js")
    assert [step.made for step in emit(box, {"title": "x"}).steps] == [None]


def test_steps_with_much_data_end_it_and_say_so(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tryout, "MAX_KEPT", 2**20)
    box.load(FILTERS % (NESTED, 10), name="hello", language="js")
    done = emit(box, {"title": "x"})
    assert isinstance(done.error, LimitError)
    assert done.error.kind == "memory"
    assert done.error.message == "What all steps were given and made takes more than 1 MiB of memory together"
    assert 1 <= len(done.steps) < 10
    assert done.steps[-1].error is done.error
    assert done.steps[-1].difference() == ""
    assert isinstance(box.emit_filter("a.b", {"title": "x"}), dict), "which keeps no steps"


def test_operations_with_much_data_end_the_row_and_say_so(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tryout, "MAX_KEPT", 2**20)
    box.load(OPERATION % NESTED, name="hello", language="js")
    done = run(box, 10)
    assert isinstance(done.error, LimitError)
    assert 1 < len(done.steps) < 10
    assert (done.steps[-1].made, done.steps[-1].error) == (None, done.error)
    assert isinstance(done.steps[0].made, dict)


def test_a_row_of_operations_says_what_each_made(box: Sandbox) -> None:
    box.load(OPERATION % "n: 1", name="hello", language="js")
    done = run(box, 2)
    assert [(step.label, step.extension, step.given, step.made) for step in done.steps] == [
        ("operation grow", "hello", {}, {"options": {}, "n": 1}),
    ] * 2
    assert (done.result, done.error) == ({"options": {}, "n": 1}, None)
