"""A mistake in a JavaScript or TypeScript cell is an error with its place and its mend; one that Python shares, in Python as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox import Sandbox
from scopebox.errors import ScopeboxError
from scopebox.languages import LanguageName

FILTER = """await exec('register-filter', {
  event: 'items.create'
  handler: async (data) => data
});
"""


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


@pytest.mark.parametrize(
    ("language", "source", "line", "hint"),
    [
        ("js", FILTER, 3, "A comma is missing at the end of line 2."),
        ("ts", FILTER.replace("data)", "data: Item<A>): Promise<Item>"), 3, "A comma is missing at the end of line 2."),
        ("js", "const f = () => {\n  g({\n", 2, "add `});` and `};` at its end"),
        ("ts", "const f = (a: A): void => {\n  g({ a: 1 as any\n", 2, "add `});` and `};` at its end"),
        ("js", "\nconst a: number = 1;", 2, "This is TypeScript"),
        ("js", "def f(x):\n  return x", 1, "This is Python"),
        ("ts", "let a = 1;\nenum A { B }", 2, "Write an object instead"),
        ("ts", "const a: number = 1;\n// é\nconst b: A = fetch('x');", 3, 'exec("request", url)'),
        ("js", "import axios from 'axios';", 0, 'exec("request", url)'),
        ("js", "#comment", 1, "A comment begins with //"),
        ("js", "\nawait exec('register-endpont', { path: '/', method: 'GET', handler: () => 1 });", 2, "is the execution type written"),
        ("python", "await exec('register_filter', {'event': 'items.read', 'handler': lambda items: items})", 1, "is the execution type written"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_its_mend(
    box: Sandbox, language: LanguageName, source: str, line: int, hint: str
) -> None:
    with pytest.raises(ScopeboxError) as caught:
        box.load(source, name="mistaken", language=language)
    assert hint in caught.value.hint
    assert getattr(caught.value, "line", 0) in (line, None)


@pytest.mark.parametrize("language", ["js", "ts"])
def test_lines_that_jupyterlab_comments_out_are_comments(box: Sandbox, language: LanguageName) -> None:
    loaded = box.load("# const a = `;\nconst b = 1;\n  # }\nb + 1", name="commented", language=language)
    assert loaded.result.value == 2


@pytest.mark.parametrize("language", ["js", "ts"])
def test_an_environment_that_is_not_there_is_noted_below_the_result(box: Sandbox, language: LanguageName) -> None:
    loaded = box.load("[process.env.API_KEY, process.env.NODE_ENV]", name="reading", language=language)
    assert any("process.env.API_KEY" in warning for warning in loaded.result.warnings)
