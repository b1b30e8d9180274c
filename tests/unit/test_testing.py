"""The pytest plugin and its assertions, used as an author of an extension uses them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

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


JAVASCRIPT = """
await exec("log", "Hello");
await exec("request", "https://api.example.com/").catch(() => {});
await exec("register-operation", { id: "greet", handler: () => ({ text: "hi" }) });
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


@pytest.mark.parametrize("ending", ["js", "mjs", "ts"])
def test_a_file_of_another_language_is_tested_the_same_way(sandbox: Sandbox, tmp_path: Path, ending: str) -> None:
    (tmp_path / f"directus-extension-hello.{ending}").write_text(JAVASCRIPT)
    extension = sandbox.load_file(tmp_path / f"directus-extension-hello.{ending}")
    assert extension.language.name == ("ts" if ending == "ts" else "js")
    assert_called(sandbox, "log", times=1)
    assert_refused(sandbox, "request", "undeclared")
    assert_logged(sandbox, "Hello")
    assert_registered(sandbox, "operation greet")


def test_a_text_is_tested_in_its_language(sandbox: Sandbox) -> None:
    sandbox.load(JAVASCRIPT, name="directus-extension-hello", language="js")
    assert sandbox.run_operation("greet", {}) == {"text": "hi"}
