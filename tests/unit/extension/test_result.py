"""The result of a cell: what its muted line says."""

from __future__ import annotations

import pytest
from scopebox import Sandbox
from scopebox.errors import ExtensionError, IsolationError
from scopebox.extension.result import MAX_WARNINGS, RunResult, refusals, result_of
from scopebox.journal.records import CallRecord
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES


@pytest.mark.parametrize(("language", "title"), [("js", "JavaScript"), ("ts", "TypeScript")])
def test_the_muted_line_names_the_language_as_text_and_as_html(language: str, title: str) -> None:
    shown = RunResult("hello", b"1", language=LANGUAGES[language]).view()  # type: ignore[index] # a name of one
    assert f"hello · {title}" in shown.text()
    assert f"hello · {title}" in shown.html()


def test_nobody_is_told_that_python_is_python() -> None:
    assert "Python" not in RunResult("hello", language=DEFAULT_LANGUAGE).view().text()


def test_a_run_that_did_not_begin_has_a_language_too() -> None:
    assert result_of(IsolationError("no"), "hello", LANGUAGES["ts"]).language is LANGUAGES["ts"]


@pytest.mark.parametrize("value", [b'{"a":[null,true,"x"]}', b'[{"a":null},{"a":[true]}]'])
def test_a_value_is_written_as_its_language_writes_it(value: bytes) -> None:
    javascript = RunResult("hello", value, language=LANGUAGES["js"]).view()
    python = RunResult("hello", value).view()
    assert "None" not in javascript.text() + javascript.html()
    assert "null" in javascript.text()
    assert "None" in python.text()


def test_the_error_that_is_kept_of_a_filter_holds_nothing_that_was_at_work(box: Sandbox) -> None:
    cell = """
def no(*_):
    raise ValueError("no")
await exec("register-filter", {"event": "items.read", "handler": no})
try:
    await exec("read-items", "articles", {"query": {"limit": 1}})
except Exception as error:
    print(error)
"""
    box.load(cell, name="failing", manifest={"permissions": [{"permission": "read-items", "role": "admin"}]})
    (hook,) = box.hooks
    assert hook.usage.last_error == "no"
    assert hook.usage.error is not None
    assert hook.usage.error.__traceback__ is None


def test_what_is_kept_of_a_missing_key_says_what_it_is(box: Sandbox) -> None:
    cell = 'await exec("register-operation", {"id": "keyed", "handler": lambda options: options["text"]})'
    box.load(cell, name="keyed")
    with pytest.raises(ExtensionError):
        box.run_operation("keyed", {})
    (operation,) = box.operations
    assert operation.usage.last_error == list(box.log)[-1].message == "KeyError: 'text'"


class Unread(str):
    """Arguments that were cut, which nobody may lay out."""

    __slots__ = ()

    def removeprefix(self, prefix: str, /) -> str:
        raise AssertionError(f"laid out: {prefix}{self}")


def refused(line: int, arguments: str = "[") -> CallRecord:
    return CallRecord(line, 0.0, 1, 0, "x", "request", arguments, line, "refused", "undeclared", "No", "Ask for it.")


def test_of_many_refusals_only_those_that_are_shown_are_laid_out() -> None:
    calls = [refused(line, Unread("[") if line >= MAX_WARNINGS else "[") for line in range(9_000)]
    lines = refusals(RunResult("hello", calls=(*calls, refused(0))))
    assert lines[0].words == 'Refused: exec("request") (line 0, 2 times)\nNo\nAsk for it.'
    assert lines[-1].words == "… 8,980 more refusals, see %sandbox trace"
    assert len(lines) == MAX_WARNINGS + 1
