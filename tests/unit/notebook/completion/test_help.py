"""Shift+Tab in a cell: what a function takes, in the cell's own language."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
from IPython.core.interactiveshell import InteractiveShell
from scopebox.languages import LANGUAGES, Language
from scopebox.notebook.completion.help import MAX_CELL_CHARACTERS, Help, help_at
from scopebox.notebook.session import Session
from scopebox.vocabulary import EXECUTION_TYPES

from tests.growth import grows_with

CURSOR = "|"
SESSION = cast("Session", SimpleNamespace(magics_config=SimpleNamespace(lang="python")))


def helped(text: str, language: str = "js") -> str:
    before, _, after = text.partition(CURSOR)
    return help_at(before, after, LANGUAGES[language])  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("await ex|ec('read-items', 'articles')", "await exec('read-items', collection, { query })"),
        ("await |exec('log', 'x')", "await exec('log', message)"),
        ("await exec('up|date-items')", "await exec('update-items', collection, { query, data })"),
        ("await exec('request', |", "await exec('request', url, { method, headers, body, output })"),
        ("await exec(`register-filter`, { event: |", "await exec('register-filter', { event, handler })"),
        ("await exec(|", "await exec(type, …): what the manifest asks for and was granted"),
        ("await exec('no|", "await exec(type, …): what the manifest asks for and was granted"),
        ("import { lo|g } from 'directus:api';", "log(message)"),
        ("lo|g('x')", "log(message)"),
        ("await sleep(|", "await sleep(milliseconds)"),
        ("await request('https://a.test', { |", "await request(url, { method, headers, body })"),
        ("export default (rou|ter) => {", "router.get(path, handler)"),
        ("router.po|st('/')", "router.get(path, handler)"),
        ("router.get('/', |", "router.get(path, handler)"),
        ("filter('items.create', |", "filter(event, handler)"),
        ("act|ion('items.create')", "action(event, handler)"),
    ],
)
def test_the_signature_is_that_of_javascript(text: str, first: str) -> None:
    for language in ("js", "ts"):
        assert helped(text, language).split("\n")[0] == first


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ('await ex|ec("read-items", "articles")', 'await exec("read-items", collection, {"query"})'),
        ("from directus.api import lo|g", "log(message)"),
        ("await request(|", 'await request(url, {"method", "headers", "body"})'),
        ("def default(rou|ter):", "router.get(path, handler)"),
        ("router.get('/', |", "router.get(path, handler)"),
    ],
)
def test_in_python_it_is_that_of_python(text: str, first: str) -> None:
    assert helped(text, "python").split("\n")[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "rows.fil|ter(row => row)",
        "request|.body",
        "const log| = 1",
        "x|",
        "JSON.parse(|",
        "",
        "// exec(|",
        "`exec(|",
        "(|",
    ],
)
def test_what_only_has_such_a_name_is_left_to_ipython(text: str) -> None:
    assert helped(text) == ""


@pytest.mark.parametrize("name", EXECUTION_TYPES)
def test_every_execution_type_has_an_example_in_every_language(name: str) -> None:
    assert f"await exec('{name}', " in helped(f"exec('{name}|")
    assert f'await exec("{name}", ' in helped(f'exec("{name}|', "python")


class Kernel:
    """What is asked for help."""

    def do_inspect(self, code: str, cursor_pos: int, detail_level: int = 0, omit_sections: object = ()) -> object:
        return {"status": "ok", "found": False, "data": {}, "metadata": {}}


def asked(kernel: Kernel, cell: str) -> str:
    at = cell.index(CURSOR)
    answer = kernel.do_inspect(cell.replace(CURSOR, "", 1), at, 0, set())
    assert isinstance(answer, dict)
    return str(answer["data"].get("text/plain", ""))


def test_the_kernel_answers_for_cells_until_it_is_left() -> None:
    kernel = Kernel()
    shell = cast("InteractiveShell", SimpleNamespace(kernel=kernel))
    given = Help(SESSION)
    given.attach(shell)
    assert "collection, { query })" in asked(kernel, "%%sandbox x --lang js\nawait ex|ec('read-items'")
    assert 'collection, {"query"})' in asked(kernel, "%%sandbox x\nawait ex|ec('read-items'")
    for other in ("await ex|ec('log')", "%%sandbox ex|ec", "%%time\nex|ec('log')", "|%%sandbox\nexec"):
        assert asked(kernel, other) == ""
    assert asked(kernel, f"%%sandbox\nex|ec('log')\n{' ' * MAX_CELL_CHARACTERS}") == ""
    given.detach(shell)
    assert asked(kernel, "%%sandbox x\nawait ex|ec('read-items'") == ""
    given.detach(shell)


def test_a_shell_without_a_kernel_is_left_alone() -> None:
    shell = cast("InteractiveShell", SimpleNamespace())
    Help(SESSION).attach(shell)
    Help(SESSION).detach(shell)
    assert vars(shell) == {}


def test_an_error_within_is_no_error_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> str:
        raise RuntimeError

    kernel = Kernel()
    given = Help(SESSION)
    given.attach(cast("InteractiveShell", SimpleNamespace(kernel=kernel)))
    monkeypatch.setattr(given, "at", broken)
    assert asked(kernel, "%%sandbox x\nex|ec('log')") == ""


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@pytest.mark.parametrize("atom", ["(", "{a:", "a.", "a-", "`${", "'", "/", "\n"])
def test_help_takes_time_as_the_text_is_long(atom: str, language: Language) -> None:
    small, large = (atom * (size // len(atom)) for size in (2_000, 8_000))
    assert grows_with(lambda text: help_at(text, text, language), small, large)
