"""``%%sandbox``: what a cell shows, keeps and raises."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from scopebox.errors import CancelledRun, ExtensionError, GrantError, LimitError, ManifestError
from scopebox.extension.result import RunResult
from scopebox.notebook.background import BackgroundRun

from tests.shells import Notebook, left_as_it_was, shell_of_module
from tests.state import PATIENCE, eventually

shell = shell_of_module

MANIFEST = """# /// sandbox
# permissions = [
#   { permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true },
#   { permission = "read-items", role = "reader" },
# ]
# ///
"""


@pytest.fixture
def book(shell: Notebook, tmp_path: Path) -> Iterator[Notebook]:
    with left_as_it_was(shell, tmp_path) as made:
        yield made


def test_the_value_of_a_cell_is_its_last_expression(book: Notebook) -> None:
    shown = book.fine("%%sandbox directus-extension-hello\nn = 20\nn + 1")
    assert isinstance(shown.value, RunResult)
    assert shown.value.value == 21
    assert shown.text.startswith("21\ndirectus-extension-hello · ")


def test_the_result_shows_registrations_calls_and_logs_below_the_value(book: Notebook) -> None:
    shown = book.fine(
        '%%sandbox directus-extension-hello\nawait exec("register-operation", {"id": "a", "handler": lambda data: 1})\n'
        'await exec("log", "written")\n[1, 2]'
    )
    value, registered, tried, summary, *log = shown.text.strip().split("\n")
    assert value == "[1, 2]"
    assert registered == "✓ operation a"
    assert tried == "try: %sandbox run a {}"
    assert summary.startswith("directus-extension-hello · 2 calls · ")
    assert log == ["log:", "  written"]


def test_what_a_cell_prints_is_printed(book: Notebook) -> None:
    assert book.fine("%%sandbox hello\nprint('one')\nprint('two')").text.startswith("one\ntwo\nhello · ")


def test_a_cell_without_a_name_says_so(book: Notebook) -> None:
    assert "directus-extension-untitled (the cell has no name)" in book.fine("%%sandbox\n1").text


def test_the_result_is_kept_under_a_name(book: Notebook) -> None:
    book.fine("%%sandbox hello --out run\n'text'")
    assert book.names["run"].value == "text"  # type: ignore[attr-defined]


def test_the_result_of_a_failed_cell_is_kept_as_well(book: Notebook) -> None:
    shown = book.run("%%sandbox hello --out run\nawait exec('log', 'before')\n1 / 0")
    run = book.names["run"]
    assert isinstance(run, RunResult)
    assert run.error is shown.error
    assert [record.message for record in run.logs] == ["before"]
    assert "division by zero" in repr(run.view())


def test_a_failed_cell_shows_what_it_printed_and_logged(book: Notebook) -> None:
    shown = book.run("%%sandbox hello\nprint('printed')\nawait exec('log', 'logged')\n1 / 0")
    assert "printed\n" in shown.text
    assert "  logged\n" in shown.text
    assert "ended by ZeroDivisionError" in shown.text


def test_the_line_of_the_magic_is_line_one(book: Notebook) -> None:
    error = book.run("%%sandbox hello\nx = 1\nx / 0").error
    assert isinstance(error, ExtensionError)
    assert error.line == 3


def test_an_inline_manifest_and_a_grant_are_for_this_run(book: Notebook) -> None:
    cell = f"%%sandbox hello --grant request\n{MANIFEST}"
    states = []
    for line in (cell, cell.replace(" --grant request", "")):
        book.fine(line)
        states.append(book.box.extensions["hello"].grants["request"].state)
    assert states == ["granted", "denied"]


def test_denying_what_is_required_runs_nothing(book: Notebook) -> None:
    shown = book.run(f"%%sandbox hello --deny read-items\n{MANIFEST}print('ran')")
    assert isinstance(shown.error, GrantError)
    assert "ran" not in shown.text.split("\n")


def test_a_manifest_may_be_a_variable(book: Notebook) -> None:
    book.names["mine"] = {"permissions": [{"permission": "read-items", "role": "reader"}]}
    shown = book.fine('%%sandbox hello -m mine\nlen(await exec("read-items", "articles", {"query": {"limit": 3}}))')
    assert shown.text.startswith("3\n")


def test_a_manifest_may_be_a_file(book: Notebook) -> None:
    package = {"directus:extension": {"type": "endpoint", "sandbox": {"enabled": True, "requestedScopes": {"log": {}}}}}
    Path("package.json").write_text(json.dumps(package))
    book.fine(
        "%%sandbox hello -m package.json\nfrom directus.api import log\nlog('x')\n"
        "def default(router):\n    router.get('/a', lambda request: {'status': 200, 'body': 'b'})"
    )
    assert [entry.path for entry in book.box.endpoints] == ["/hello/a"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--manifest nope.toml", '"nope.toml" is neither a file nor a manifest'),
        ("--manifest https://a.test/x.toml", '"https://a.test/x.toml" is a URL'),
        (
            "--manifest nope",
            'The manifest "nope" is not a variable of this notebook\nMake it in a cell before this one.',
        ),
        ("--input opne", 'The input "opne" is not a variable of this notebook\nMake it in a cell before this one.'),
        ("--timeout -1", "timeout has to lie between 0.01 and 10, not -1.0\ntimeout: seconds of processor time"),
        ("--memory 1", "memory has to lie between 8 and 1024, not 1\nmemory: MiB"),
    ],
)
def test_a_wrong_option_is_named_as_it_was_written(book: Notebook, line: str, said: str) -> None:
    assert said in book.run(f"%%sandbox a {line}\n1").text


def test_two_manifests_are_an_error(book: Notebook) -> None:
    book.names["mine"] = {}
    assert isinstance(book.run(f"%%sandbox hello -m mine\n{MANIFEST}").error, ManifestError)


def test_an_input_is_copied_under_its_name_or_another(book: Notebook) -> None:
    book.names.update(limit=3, words=["a"])
    shown = book.fine("%%sandbox hello --input words -i n=limit\nwords.append('b')\n[words, n]")
    assert shown.text.startswith("[['a', 'b'], 3]\n")
    assert book.names["words"] == ["a"]


def test_a_variable_that_does_not_exist_is_named_with_its_close_match(book: Notebook) -> None:
    book.names["limit"] = 3
    assert "Did you mean limit?" in book.run("%%sandbox hello --input limmit\n1").text


def test_an_appended_cell_runs_beside_the_first(book: Notebook) -> None:
    book.fine(f"%%sandbox hello\n{MANIFEST}seen = ['first']")
    assert book.fine("%%sandbox hello --append\nseen + ['second']").text.startswith("['first', 'second']\n")


def test_appending_to_nothing_is_an_error(book: Notebook) -> None:
    assert "Run the cell without --append first." in book.run("%%sandbox hello --append\n1").text


def test_a_quiet_cell_shows_nothing_but_refusals(book: Notebook) -> None:
    assert book.fine("%%sandbox hello --quiet\nprint(1)\nawait exec('log', '2')\n3").text == ""
    shown = book.fine(
        "%%sandbox hello --quiet\ntry:\n    await exec('read-items', 'articles')\nexcept PermissionError:\n    pass"
    )
    assert shown.text.startswith('✕ Refused: exec("read-items", "articles") (line 3)\n')


def test_a_refusal_that_was_caught_is_shown_once_with_a_count(book: Notebook) -> None:
    shown = book.fine(
        "%%sandbox hello\nfor n in range(3):\n    try:\n        await exec('read-items', 'articles')\n"
        "    except PermissionError:\n        pass"
    )
    assert '✕ Refused: exec("read-items", "articles") (line 4, 3 times)' in shown.text
    assert '{ permission = "read-items", role = "reader" }' in shown.text
    assert shown.text.count("Refused:") == 1


def test_the_refusal_that_ended_a_cell_is_told_by_the_error_alone(book: Notebook) -> None:
    assert "Refused:" not in book.run("%%sandbox hello\nawait exec('read-items', 'articles')").text


def test_a_file_runs_in_place_of_the_cell(book: Notebook) -> None:
    Path("directus-extension-filed.py").write_text(f"{MANIFEST}x = 1\nx / 0\n")
    error = book.run("%sandbox --file directus-extension-filed.py --grant request").error
    assert isinstance(error, ExtensionError)
    assert (error.extension, error.line) == ("directus-extension-filed", 8)


def test_a_file_that_never_ends_is_refused(book: Notebook) -> None:
    os.mkfifo("pipe.py")
    for path in ("pipe.py", "/dev/zero"):
        assert (
            f'"{path}" cannot be read: it is a pipe or a device, not a file' in book.run(f"%sandbox --file {path}").text
        )
    with Path("large.py").open("wb") as file:
        file.truncate(2**30)
    assert '"large.py" cannot be read: it has more than 4,000,000 bytes' in book.run("%sandbox --file large.py").text


def test_a_file_and_code_exclude_each_other(book: Notebook) -> None:
    Path("a.py").write_text("1")
    assert "Keep one of them." in book.run("%%sandbox --file a.py\n1").text
    assert book.fine("%%sandbox --file a.py\n# no code").text.startswith("1\na · ")


def test_a_cell_in_the_background_returns_a_handle(book: Notebook) -> None:
    shown = book.fine("%%sandbox hello --bg --out later\nawait exec('sleep', 50)\n'done'")
    later = book.names["later"]
    assert isinstance(later, BackgroundRun)
    assert "runs in the background" in shown.text
    assert later.result(PATIENCE).value == "done"
    assert book.fine("later").text.startswith("'done'\n")


def test_a_failure_in_the_background_is_in_the_result(book: Notebook) -> None:
    book.fine("%%sandbox hello --bg --out later\n1 / 0")
    later = book.names["later"]
    assert isinstance(later, BackgroundRun)
    assert isinstance(later.result(PATIENCE).error, ExtensionError)
    assert "ZeroDivisionError: division by zero" in book.fine("later").text


def test_a_cell_in_the_background_can_be_cancelled(book: Notebook) -> None:
    book.fine("%%sandbox hello --bg --out later --wall 60\nawait exec('sleep', 50000)")
    later = book.names["later"]
    assert isinstance(later, BackgroundRun)
    later.cancel()
    assert isinstance(later.result(PATIENCE).error, CancelledRun)


def test_what_a_cell_had_printed_is_there_as_soon_as_it_is_cancelled(book: Notebook) -> None:
    book.fine("%%sandbox hello --bg --out later --wall 60\nprint('é' * 3)\nawait exec('sleep', 50000)")
    later = book.names["later"]
    assert isinstance(later, BackgroundRun)
    assert eventually(lambda: "ééé" in later.view().text(), True)
    later.cancel()
    result = later.result(PATIENCE)
    assert (result.stdout, result.printed) == ("ééé\n", 4)
    assert later.view().text().startswith("ééé\nCancelledRun: The run was cancelled\nhello · printed 4 characters · ")
    assert later.result(PATIENCE) is result


def test_limits_come_from_the_options_and_else_from_the_configuration(book: Notebook) -> None:
    book.fine("%config Sandbox.timeout = 0.05")
    try:
        assert isinstance(book.run("%%sandbox hello\nwhile True:\n    pass").error, LimitError)
        assert "0.07 s" in book.run("%%sandbox hello --timeout 0.07\nwhile True:\n    pass").text
    finally:
        book.fine("%config Sandbox.timeout = 1.0")


def test_a_limit_out_of_range_is_refused_by_the_configuration(book: Notebook) -> None:
    with pytest.raises(Exception, match="timeout has to lie between"):
        book.magics.session.config.timeout = 99


def test_braces_in_the_body_are_never_expanded(book: Notebook) -> None:
    book.names["x"] = "expanded"
    assert book.fine("%%sandbox hello\n'{x} $x'").text.startswith("'{x} $x'\n")


def test_a_million_lines_are_cut_with_a_count(book: Notebook) -> None:
    shown = book.fine("%%sandbox hello\nfor n in range(300000):\n    print(n)")
    assert len(shown.text) < 30_000
    assert "more lines (RunResult.stdout has what was kept)" in shown.text
    assert "more characters were printed and cut" in shown.text


def test_a_large_value_is_cut_with_a_count(book: Notebook) -> None:
    shown = book.fine("%%sandbox hello --out run\n['x' * 1000] * 2000")
    assert len(shown.text) < 21_000
    assert len(shown.html) < 50_000
    assert "…(1,980 more)" in shown.text
    assert len(book.names["run"].value) == 2000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--grnat x", 'UsageError: %%sandbox: there is no option "--grnat"; did you mean --grant?'),
        ("hello there", 'UsageError: %%sandbox: "there" is one argument too many'),
        ("--timeout soon", 'UsageError: %%sandbox: --timeout takes a number, not "soon"'),
        ("--type panel", 'UsageError: %%sandbox: --type takes hook, endpoint or operation, not "panel"'),
        ("--lang javascript", 'UsageError: %%sandbox: --lang takes python, js or ts, not "javascript"'),
        ("--out 1x", 'UsageError: %%sandbox: --out: "1x" is not a variable name'),
        ("'hello", "UsageError: %%sandbox: the quotes do not match (No closing quotation)"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(book: Notebook, line: str, message: str) -> None:
    assert book.run(f"%%sandbox {line}\n1").text.startswith(message)


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=1>", 'x"onclick="1', "trusted\u202enoisnetxe-", "__proto__", "Hello"]
)
def test_a_hostile_name_runs_nothing_and_is_shown_in_plain_characters(book: Notebook, name: str) -> None:
    shown = book.run(f"%%sandbox '{name}'\nprint('ran')")
    assert isinstance(shown.error, ManifestError)
    assert "\u202e" not in shown.text
    assert "ran\n" not in shown.text
