"""JavaScript and TypeScript in a Python cell: said where it fails, and never of what is Python."""

from __future__ import annotations

import pytest
from scopebox_guest.engine import SourceError
from scopebox_guest.python.other_languages import MAX_LINES, other_language

from tests.growth import worse_than_linear
from tests.language_guest import Guest

JAVASCRIPT = [
    "const x = 1",
    "let x = 1;",
    "f = (x) => x",
    "function f() {}",
    "import { log } from 'directus:api';",
    "export default (router) => {\n  router.get('/', () => ({ status: 200 }));\n};",
    "// a comment",
    "if (x) {\n  y();\n}",
    "x = new Date()",
    "await exec('log', `now ${x}`)",
    "for (let i = 0; i < 3; i++) {\n  await exec('log', i);\n}",
    "try {\n  a()\n} catch (error) {\n}",
    "// %%sandbox hello\n\nconst { data } = await exec('read-items', 'articles');",
    "throw new Error('no');",
    "console.log('x');",
    "await exec('log', 'a');\nundefined",
]
TYPESCRIPT = [
    "const x: number = 1",
    "interface Article { title: string }",
    "type Key = string;\nlet key: Key;",
    "import type { Router } from 'directus:api';",
    "function f(text: string): void {}",
    "const x = y as Article;",
    "enum Kind { One }",
]
PYTHON = [
    "def f(x)\n    return x",
    "x = 1\nx +",
    "items = await exec('read-items', 'articles')\n[item for item in items if item['draft'] == true]",
    "async def handler(request):\n    return {'status': 200, 'body': null}\nawait handler({})",
    "class Point:\n    x: float\nundefined",
    "import json\nconsole.log(json.dumps(1))",
    "for n in range(3)\n    print(n)",
    "a = 7 // 2\nb = a //",
    "text = 'const x = 1; // in a text'\nprint(txet)",
    "itmes",
    "exec('log', mesage)",
]


def hint_of(source: str) -> str:
    guest = Guest()
    error = guest.fails(source)
    return error.hint if isinstance(error, SourceError) else guest.interpreter.hint(error)


@pytest.mark.parametrize("source", JAVASCRIPT)
def test_javascript_in_a_python_cell_is_named_with_the_option(source: str) -> None:
    assert hint_of(source).startswith("This is JavaScript: add --lang js.")


@pytest.mark.parametrize("source", TYPESCRIPT)
def test_typescript_is_told_from_javascript(source: str) -> None:
    assert hint_of(source).startswith("This is TypeScript: add --lang ts.")


@pytest.mark.parametrize("source", PYTHON)
def test_python_with_a_slip_is_python(source: str) -> None:
    assert "--lang" not in hint_of(source)


def test_a_manifest_in_front_tells_nothing() -> None:
    manifest = '# /// sandbox\n# permissions = [{ permission = "log" }]\n# ///\n'
    assert other_language(manifest) == ""
    assert other_language(f"{manifest}const x = 1;") == "js"


def test_what_comes_late_is_not_looked_at() -> None:
    assert other_language("\n" * MAX_LINES + "const x = 1;") == ""


def test_looking_takes_time_as_the_text_is_long() -> None:
    assert worse_than_linear(other_language, atoms=("x", "\n", "=>\n", "if (\n", '"', ") {\n")) == []
