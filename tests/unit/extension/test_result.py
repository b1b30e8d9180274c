"""The result of a cell: what its muted line says."""

from __future__ import annotations

import gc

import pytest
from scopebox import Sandbox, Settings
from scopebox.chains.chain import Chain
from scopebox.errors import ExtensionError, IsolationError, ScopeboxError
from scopebox.extension.result import MAX_WARNINGS, RunResult, refusals, result_of
from scopebox.journal.outcomes import MAX_OUTCOME_BYTES, Kept, Outcome, pack
from scopebox.journal.trace import Trace
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES


@pytest.mark.parametrize(("language", "title"), [("js", "JavaScript"), ("ts", "TypeScript")])
def test_the_muted_line_names_the_language_as_text_and_as_html(language: str, title: str) -> None:
    shown = RunResult("hello", kept=Kept(Outcome(pack(b"1"))), language=LANGUAGES[language]).view()  # type: ignore[index] # a name of one
    assert f"hello · {title}" in shown.text()
    assert f"hello · {title}" in shown.html()


def test_nobody_is_told_that_python_is_python() -> None:
    assert "Python" not in RunResult("hello", language=DEFAULT_LANGUAGE).view().text()


def test_a_run_that_did_not_begin_has_a_language_too() -> None:
    assert result_of(IsolationError("no"), "hello", LANGUAGES["ts"]).language is LANGUAGES["ts"]


@pytest.mark.parametrize("value", [b'{"a":[null,true,"x"]}', b'[{"a":null},{"a":[true]}]'])
def test_a_value_is_written_as_its_language_writes_it(value: bytes) -> None:
    javascript = RunResult("hello", kept=Kept(Outcome(pack(value))), language=LANGUAGES["js"]).view()
    python = RunResult("hello", kept=Kept(Outcome(pack(value)))).view()
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


def refuse(trace: Trace, line: int, arguments: str = "[") -> None:
    record = trace.start(1, 0, "x", "request", arguments=arguments, line=line)
    trace.finish(record, "refused", reason="undeclared", message="No", hint="Ask for it.")


def test_of_many_refusals_only_those_that_are_shown_are_laid_out() -> None:
    trace = Trace(10_000)
    for line in (*range(9_000), 0):
        refuse(trace, line, Unread("[") if line >= MAX_WARNINGS else "[")
    lines = refusals(RunResult("hello", trace.span(0, 1)))
    assert lines[0].words == 'Refused: exec("request") (line 0, 2 times)\nNo\nAsk for it.'
    assert lines[-1].words == "… 8,980 more refusals, see %sandbox trace"
    assert len(lines) == MAX_WARNINGS + 1


ASKED = {"permissions": [{"permission": "request", "allowedUrls": ["https://b.test/*"]}]}


@pytest.mark.parametrize("characters", [10, 1_500])
def test_a_refusal_that_ended_the_run_is_told_once_however_long_it_is(box: Sandbox, characters: int) -> None:
    with pytest.raises(ExtensionError) as caught:
        box.load(f"await exec('request', 'https://a.test/' + 'x' * {characters})", name="long", manifest=ASKED)
    assert caught.value.call is not None
    assert isinstance(caught.value.result, RunResult)
    assert refusals(caught.value.result) == []


# What repeats itself after more than 32 KiB cannot be compressed.
NOISE = (
    "import random\nprint(''.join(chr(random.randrange(0x10000, 0x1ffff)) for _ in range(20_000)) * {times})\n{times}"
)


def printing(box: Sandbox, times: int) -> RunResult:
    return box.load(NOISE.format(times=times), name="loud").result


def test_a_result_whose_room_was_needed_says_so_and_still_has_its_summary(box: Sandbox) -> None:
    first = printing(box, 25)
    large = [printing(box, 25) for _ in range(5)]
    assert large[-1].value == 25
    assert len(large[-1].stdout) == large[-1].printed == 500_001
    for look in ("value", "raw", "stdout", "registered", "warnings"):
        with pytest.raises(ScopeboxError, match="no longer kept") as caught:
            getattr(first, look)
        assert "Run the cell again" in caught.value.hint
    shown = first.view().text()
    assert "no longer kept" in shown
    assert "printed 500,001 characters" in shown
    assert shown in repr(first.view())


def test_many_full_runs_are_kept_in_a_bounded_number_of_bytes(box: Sandbox) -> None:
    results = [printing(box, 10) for _ in range(20)]
    outcomes = [result.kept.outcome for result in results]
    kept = [outcome for outcome in outcomes if outcome is not None]
    assert sum(outcome.size for outcome in kept) <= MAX_OUTCOME_BYTES
    assert outcomes[-1] is kept[-1]


def test_a_result_keeps_no_call_and_no_line_that_trace_and_log_have_dropped() -> None:
    with Sandbox(settings=Settings(trace_capacity=100, log_capacity=100)) as box:
        cell = "for i in range(60): await exec('log', str(i))"
        first = box.load(cell, name="first").result
        assert (len(first.calls), len(first.logs)) == (60, 60)
        assert "60 calls" in first.view().text()
        box.load(cell, name="second")
        assert (len(first.calls), len(first.logs)) == (40, 40)
        assert "the trace and the log no longer reach back to its start" in first.view().text()
        box.trace.clear()
        assert first.calls == ()
        assert "40 calls" not in first.view().text()


def test_what_was_printed_is_kept_once_and_only_where_somebody_listens(box: Sandbox) -> None:
    before = set(chains())
    for _ in range(3):
        box.load(
            "print('x' * 100_000)\nasync def say(_):\n print('y' * 100_000)\nawait exec('register-operation', {'id': 'say', 'handler': say})",
            name="says",
        )
        box.run_operation("say")
    assert all(chain.output is None for chain in chains() if chain not in before)


def chains() -> list[Chain]:
    return [entry for entry in gc.get_objects() if isinstance(entry, Chain)]
