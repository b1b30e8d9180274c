"""None from a Python filter: where JavaScript's null would differ, the result says so once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.extension.none_returned import NOTE, parsed, returns_none
from scopebox.sandbox.sandbox import Sandbox

CELL = """
def check(payload):
    {body}
await exec("register-filter", {{"event": "items.create", "handler": check}})
"""


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        yield made


@pytest.mark.parametrize(
    "source",
    [
        CELL.format(body="return None"),
        CELL.format(body="if payload:\n        return None\n    return payload"),
        "async def default(filter):\n    @filter('items.create')\n    async def check(payload):\n        return None\n",
        "def check(payload):\n    return None\ndef default(filter, action):\n    filter('items.create', check)\n",
    ],
)
def test_a_filter_that_says_none_is_found(source: str) -> None:
    assert returns_none(parsed(source))


@pytest.mark.parametrize(
    "source",
    [
        CELL.format(body="return"),
        CELL.format(body="pass"),
        CELL.format(body="def inner():\n        return None\n    return payload"),
        "def helper():\n    return None\n" + CELL.format(body="return payload"),
        "list(filter(None, [1]))",
        "def check(", "x" * 60_000, "(" * 20_000,
    ],
)  # fmt: skip
def test_anything_else_is_not(source: str) -> None:
    assert not returns_none(parsed(source))


def test_the_result_says_it_once(box: Sandbox) -> None:
    assert NOTE in box.load(CELL.format(body="return None"), name="hello").result.warnings
    assert box.load("1", name="hello", append=True).result.warnings == ()
    assert box.load(CELL.format(body="return payload"), name="other").result.warnings == ()


def test_null_of_a_javascript_filter_takes_the_place_of_the_payload(box: Sandbox) -> None:
    box.load("exec('register-filter', {event: 'a.b', handler: () => null})", name="null", language="js")
    assert box.emit_filter("a.b", {"a": 1}) is None
    box.load("exec('register-filter', {event: 'a.b', handler: () => undefined})", name="null", language="js")
    assert box.emit_filter("a.b", {"a": 1}) == {"a": 1}
