"""JavaScript and TypeScript in a notebook: every option of a cell, results, errors, decisions, as in Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from scopebox.errors import CancelledRun, ExtensionError, ExtensionSyntaxError, LimitError, ScopeboxError
from scopebox.extension.result import RunResult
from scopebox.notebook.background import BackgroundRun
from scopebox.sandbox.sandbox import Sandbox

from tests.shells import Notebook, left_as_it_was, shell_of_module
from tests.state import PATIENCE

__all__ = ["shell_of_module"]

HELLO = "%%sandbox directus-extension-hello --lang js"
REQUEST = """// /// sandbox
// permissions = [{ permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true }]
// ///
"""


@pytest.fixture
def book(shell_of_module: Notebook, tmp_path: Path) -> Iterator[Notebook]:
    with left_as_it_was(shell_of_module, tmp_path) as made:
        yield made


def test_the_value_is_the_last_expression_and_the_muted_line_names_the_language(book: Notebook) -> None:
    shown = book.fine(f"{HELLO}\nconst n = 20;\nconsole.log('printed');\nn + 1")
    assert isinstance(shown.value, RunResult)
    assert shown.value.value == 21
    assert shown.text.startswith("printed\n21\ndirectus-extension-hello · JavaScript · ")
    assert "directus-extension-hello · JavaScript · " in shown.html


def test_a_value_is_shown_as_javascript_writes_it(book: Notebook) -> None:
    assert book.fine(f'{HELLO}\n({{a: [null, true], b: "x"}})').text.startswith('{"a": [null, true], "b": "x"}\n')


def test_typescript_is_named_too(book: Notebook) -> None:
    shown = book.fine("%%sandbox typed --lang ts\nconst n: number = 1;\nn")
    assert shown.text.startswith("1\ntyped · TypeScript · ")


def test_the_setting_of_a_notebook_is_the_language_of_cells_that_say_none(book: Notebook) -> None:
    book.fine('%config ScopeboxMagics.lang = "js"')
    try:
        assert book.fine("%%sandbox hello\nlet x = [1];\nx.length").text.startswith("1\nhello · JavaScript · ")
        assert book.fine("%%sandbox hello --lang python\nlen([1, 2])").text.startswith("2\nhello · ")
    finally:
        book.fine('%config ScopeboxMagics.lang = "python"')


@pytest.mark.parametrize(
    ("ending", "source"), [("js", "let x = 3; x"), ("mjs", "let x = 3; x"), ("ts", "let x: number = 3; x")]
)
def test_the_ending_of_a_file_tells_its_language(book: Notebook, tmp_path: Path, ending: str, source: str) -> None:
    (tmp_path / f"hello.{ending}").write_text(source)
    assert book.fine(f"%sandbox --file hello.{ending}").text.startswith("3\nhello · ")
    assert book.box.load_file(tmp_path / f"hello.{ending}").result.value == 3


def test_a_cell_is_appended_in_the_language_of_the_extension(book: Notebook) -> None:
    book.fine(f"{HELLO}\nlet n = 20;\nconst twice = (x) => 2 * x;")
    assert book.fine(f"{HELLO} --append\ntwice(n)").text.startswith("40\n")
    shown = book.run("%%sandbox directus-extension-hello --append\n1")
    assert "directus-extension-hello is written in JavaScript, and this cell in Python" in shown.text
    assert "--lang js" in shown.text
    assert book.box.extensions["directus-extension-hello"].alive


def test_inputs_are_copied_and_reserved_names_refused_by_name(book: Notebook) -> None:
    book.names["data"] = {"rows": [1, None]}
    assert book.fine(f"{HELLO} --input data --input def=data\n[data.rows.length, def.rows[1]]").text.startswith(
        "[2, null]\n"
    )
    shown = book.run(f"{HELLO} --input class=data\n1")
    assert type(shown.error) is ScopeboxError
    assert "'class' cannot be the name of an input: JavaScript reserves it" in shown.text


def test_out_background_and_quiet_do_what_they_do(book: Notebook) -> None:
    book.fine(f"{HELLO} --out run --quiet\n6 * 7")
    assert book.names["run"].value == 42  # type: ignore[attr-defined]
    book.fine(f"{HELLO} --bg --out later\nawait exec('sleep', 1);\n[1]")
    later = book.names["later"]
    assert isinstance(later, BackgroundRun)
    assert later.result(PATIENCE).value == [1]
    assert "JavaScript" in later.view().text()


def test_an_error_has_the_line_and_the_column_of_the_cell(book: Notebook) -> None:
    shown = book.run(f"{HELLO}\nlet x = 1;\nfunction f() {{\n  return x.y.z;\n}}\nf();")
    assert isinstance(shown.error, ExtensionError)
    assert (shown.error.kind, shown.error.line) == ("TypeError", 4)
    lines = shown.text.split("\n")
    assert "TypeError: Cannot read properties of undefined (reading 'z')" in lines
    at = next(number for number, line in enumerate(lines) if line.startswith("--> 4 |   return x.y.z;"))
    assert lines[at + 1].strip() == "^"
    assert "  line 4, in f" in lines


def test_the_excerpt_begins_with_the_line_of_the_magic_as_it_was_written(book: Notebook) -> None:
    shown = book.run("%%sandbox hello --lang js\nlet = ;")
    assert isinstance(shown.error, ExtensionSyntaxError)
    assert "    1 | %%sandbox hello --lang js\n--> 2 | let = ;" in shown.text


@pytest.mark.parametrize("source", ["nope", "nope.a.b", "let y = nope + 1;", "(() => nope)()"])
def test_an_unknown_name_is_a_reference_error(book: Notebook, source: str) -> None:
    assert "ReferenceError: nope is not defined" in book.run(f"{HELLO}\n{source}").text


@pytest.mark.parametrize("source", ["def f(x):\n    return x", "x = None", "print('x')", "if x:\n    pass"])
def test_python_in_a_javascript_cell_is_named(book: Notebook, source: str) -> None:
    assert "without --lang js" in book.run(f"{HELLO}\n{source}").text


def test_a_call_is_refused_shown_and_granted(book: Notebook) -> None:
    book.box.mock("GET", "https://api.example.com/*", json={"temperature": 21})
    cell = f"{HELLO}\n{REQUEST}(await exec('request', 'https://api.example.com/now', {{output: 'json'}})).temperature"
    refused = book.run(cell)
    assert 'No permission to access "request"' in refused.text
    assert "%sandbox grant directus-extension-hello request" in refused.text
    book.fine("%sandbox grant directus-extension-hello request")
    assert book.fine(cell).text.startswith("21\n")


def test_a_refusal_that_was_caught_is_still_shown(book: Notebook) -> None:
    shown = book.fine(f"{HELLO}\nexec('read-items', 'articles').catch(() => 'caught')")
    assert "1 refused" in shown.text
    assert '✕ Refused: exec("read-items", "articles") (line 2)' in shown.text


@pytest.mark.parametrize("source", ["let x = (1", "let x = ", "function f() {", "import json"])
def test_an_error_at_the_end_of_the_text_is_shown_at_its_last_line(book: Notebook, source: str) -> None:
    shown = book.run(f"{HELLO}\n{source}\n\n")
    assert isinstance(shown.error, ExtensionSyntaxError)
    assert f"--> 2 | {source.rstrip()}" in shown.text


def test_an_endless_loop_ends_and_the_next_cell_runs(book: Notebook) -> None:
    shown = book.run(f"{HELLO} --timeout 0.2\nwhile (true) {{}}")
    assert isinstance(shown.error, LimitError)
    assert not isinstance(shown.error, CancelledRun)
    assert book.fine(f"{HELLO}\n1 + 1").text.startswith("2\n")


@pytest.mark.parametrize(
    "source",
    [
        "'x'.repeat(3e7).split('').map((x) => ({ x }))",
        "const kept = []; for (;;) kept.push({ ['key' + kept.length]: 1 })",
        "const kept = [], f = () => 1; for (;;) kept.push(f.bind(null, 1, 2))",
        "new Float64Array(1e6)",
    ],
)
def test_a_cell_that_runs_out_of_memory_says_so_and_how_to_have_more(book: Notebook, source: str) -> None:
    shown = book.run(f"{HELLO}\n{source}")
    assert isinstance(shown.error, ExtensionError | LimitError)
    assert "memory limit" in shown.text
    assert "--memory MIB raises the limit" in shown.text


def test_a_run_in_the_background_is_cancelled(book: Notebook) -> None:
    book.fine(f"{HELLO} --bg --out later --timeout 10\nwhile (true) {{}}")
    later = book.names["later"]
    assert isinstance(later, BackgroundRun)
    later.cancel()
    assert isinstance(later.result(PATIENCE).error, CancelledRun)
    assert book.fine(f"{HELLO}\n1 + 1").text.startswith("2\n")


def test_what_it_registers_is_served_listed_and_exported(book: Notebook) -> None:
    book.fine(
        f"{HELLO}\nexec('register-endpoint', {{path: '/hi/:name', method: 'GET', "
        "handler: ({url}) => ({status: 200, body: {url}})});\n"
        "exec('register-operation', {id: 'twice', handler: ({n}) => 2 * n});"
    )
    assert book.box.request("GET", "/directus-extension-hello/hi/ada").json() == {"url": "/hi/ada"}
    assert book.box.run_operation("twice", {"n": 21}) == 42
    listed = book.fine("%sandbox list")
    assert "JavaScript" in listed.text
    assert "JavaScript" in listed.html
    assert (
        "directus-extension-hello, in JavaScript: ✓ running" in book.fine("%sandbox list directus-extension-hello").text
    )
    assert "The code is JavaScript, as there" in book.fine("%sandbox export").text


def test_null_and_undefined_of_handlers_are_told_apart(book: Notebook) -> None:
    book.fine(
        f"{HELLO}\nfor (const [path, value] of [['/null', null], ['/nothing', undefined]])\n"
        "  exec('register-endpoint', {path, method: 'GET', handler: () => value});\n"
        "exec('register-endpoint', {path: '/empty', method: 'GET', handler: () => ({status: 200, body: null})});"
    )
    answers = {
        path: book.box.request("GET", f"/directus-extension-hello/{path}") for path in ("null", "nothing", "empty")
    }
    assert [answers[path].status_code for path in answers] == [500, 500, 200]
    messages = [record.message for record in book.box.log if record.level == "error"]
    assert "Cannot read properties of null (reading 'status')" in messages
    assert "Cannot read properties of undefined (reading 'status')" in messages
    assert answers["empty"].content == b""


def test_a_filter_of_a_delete_that_returns_null_deletes_nothing(book: Notebook) -> None:
    book.fine(f"{HELLO}\nexec('register-filter', {{event: 'comments.items.delete', handler: () => null}});")
    before = len(book.box.items("comments").read({"limit": -1}))
    with pytest.raises(ScopeboxError):
        book.box.items("comments").delete({"limit": 1})
    book.fine(f"{HELLO}\nexec('register-filter', {{event: 'comments.items.delete', handler: () => undefined}});")
    assert len(book.box.items("comments").read({"limit": -1})) == before
    book.box.items("comments").delete({"limit": 1})
    assert len(book.box.items("comments").read({"limit": -1})) == before - 1


@pytest.mark.parametrize(
    ("call", "place"),
    [
        ("exec('log', '\\ud800')", 'exec("log"): argument 2'),
        ("exec('log', { a: ['x', { b: '\\ud800' }] })", "exec(\"log\"): argument 2['a'][1]['b']"),
        ("exec('register-endpoint', { path: '/\\ud800', method: 'GET', handler: () => 1 })", "exec(\"register-endpoint\"): argument 2['path']"),
    ],
)  # fmt: skip
def test_text_with_half_a_surrogate_pair_is_named_with_its_place(box: Sandbox, call: str, place: str) -> None:
    with pytest.raises(ExtensionError) as caught:
        box.load(f"await {call}", name="half", language="js")
    assert caught.value.message == f"{place} is text with half a surrogate pair, which JSON does not know"
