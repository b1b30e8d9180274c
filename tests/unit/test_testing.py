"""The pytest plugin and its assertions, used as an author of an extension uses them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from scopebox.sandbox.sandbox import Sandbox
from scopebox.testing import assert_called, assert_logged, assert_refused, assert_registered, calls

SOURCE = """
await exec("log", "Hello")
try:
    await exec("request", "https://api.example.com/")
except PermissionError:
    pass
await exec("register-operation", {"id": "greet", "handler": lambda data: {"text": "hi"}})
"""


@pytest.fixture
def loaded(sandbox: Sandbox) -> Sandbox:
    sandbox.load(SOURCE, name="directus-extension-hello")
    return sandbox


def test_each_test_starts_fresh(sandbox: Sandbox) -> None:
    assert (len(sandbox.log), len(sandbox.trace), dict(sandbox.extensions)) == (0, 0, {})
    sandbox.items("articles").delete({"limit": -1})
    assert sandbox.items("articles").read() == []


def test_and_leaves_the_next_test_alone(sandbox: Sandbox) -> None:
    assert sandbox.items("articles").read({"limit": 1}) != []


def test_assertions_hold_for_what_happened(loaded: Sandbox) -> None:
    assert_called(loaded, "log", times=1)
    assert_refused(loaded, "request", "undeclared")
    assert_logged(loaded, "Hello")
    assert_registered(loaded, "operation greet")
    assert [record.type for record in calls(loaded)] == ["log", "request", "register-operation"]


@pytest.mark.parametrize(
    ("assertion", "arguments", "said"),
    [
        (assert_called, ("log", 2), 'exec("log") was called 1 times, not 2 times'),
        (assert_called, ("request",), 'exec("request") was called 0 times, not at least once'),
        (assert_refused, ("log",), 'No call of exec("log") was refused'),
        (assert_refused, ("request", "denied"), "was refused as denied"),
        (assert_logged, ("Goodbye",), "No log message contains 'Goodbye'"),
        (assert_registered, ("operation greed",), "operation greet"),
    ],
)
def test_a_failed_assertion_says_what_there_is(
    loaded: Sandbox, assertion: Callable[..., None], arguments: tuple[object, ...], said: str
) -> None:
    with pytest.raises(pytest.fail.Exception, match=said.replace("(", r"\(").replace(")", r"\)")):
        assertion(loaded, *arguments)
