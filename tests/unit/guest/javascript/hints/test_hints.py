"""A mistake is answered with its mend."""

from __future__ import annotations

import pytest
from scopebox_guest.javascript.hints.hints import runtime_hint, syntax_hint
from scopebox_guest.javascript.source.comments import without_hash_comments

FILTER = """await exec('register-filter', {
	event: 'items.create'
	handler: async (data) => {
		await exec('log', 'An item is about to be created');
		return data;
	}
});
"""
ENDPOINT = """/// <reference types="@directus/extensions/api.d.ts" />

export default (router                       ) => {
    router.get("/hello", () => {
        return { status: 200, body: "Hello World" };
"""
REQUEST = """import { request } from 'directus:api';

const getRequest = await request('https://directus.io');

const postRequest = await request('https://directus.io', {
  method: 'POST',
  headers: { Authorization: 'Bearer 1234567890' },
  body: { key: 'value' }
"""


@pytest.mark.parametrize(
    ("kind", "message", "hint"),
    [
        ("RangeError", "The number cannot be converted to a BigInt because it is not an integer", "Round it before"),
        ("RangeError", "Maximum BigInt size exceeded", ""),
        ("TypeError", "Cannot mix BigInt and other types, use explicit conversions", "Make both the same"),
        ("TypeError", "Do not know how to serialize a BigInt", "JSON has no BigInt"),
        ("TypeError", "Class constructor H cannot be invoked without 'new'", "Write new before the name"),
        ("TypeError", "A SharedArrayBuffer cannot grow here", "Take an ArrayBuffer"),
    ],
)
def test_a_hint_is_of_what_went_wrong(kind: str, message: str, hint: str) -> None:
    found = runtime_hint(kind, message, "")
    assert hint in found
    assert bool(found) == bool(hint)


class TestCommas:
    @pytest.mark.parametrize(
        ("source", "line", "column", "expected"),
        [
            (FILTER, 3, 2, "A comma is missing at the end of line 2."),
            (FILTER.replace("\n", "\r\n"), 3, 2, "A comma is missing at the end of line 2."),
            (FILTER.replace("'items.create'", "'items.create' // which"), 3, 2, "at the end of line 2"),
            (FILTER.replace("create'\n", "create'\n\n/* { */\n"), 5, 2, "at the end of line 2"),
            ("f({\n  a: [1]\n  b: 2 })", 3, 3, "at the end of line 2"),
            ("f({\n  a: { b: 1 }\n  ...c })", 3, 3, "at the end of line 2"),
            ("f({\n  a: `x${y}`\n  'b': 2 })", 3, 3, "at the end of line 2"),
            ("f({\n  a: true\n  b })", 3, 3, "at the end of line 2"),
            ("f({\n  a() {}\n  b() {} })", 3, 3, "at the end of line 2"),
            ("f([\n  { a: 1 }\n  { a: 2 }\n])", 3, 3, "at the end of line 2"),
            ("f('log'\n  text)", 2, 3, "at the end of line 1"),
            ("f('log' 'text')", 1, 9, "in line 1 before 'text'"),
            ("f({ a: 1 b: 2 })", 1, 10, "in line 1 before b"),
            ("const o = { a: 1\n  b: 2 }", 0, 0, "at the end of line 1"),
        ],
    )
    def test_a_missing_comma_is_named_with_its_place(self, source: str, line: int, column: int, expected: str) -> None:
        assert expected in syntax_hint(source, line, column, "Unexpected token")

    @pytest.mark.parametrize(
        ("source", "line", "column"),
        [
            ("{\n  a()\n  b( = 1)\n}", 3, 6),
            ("if (a\n  instanceof B) { = }", 2, 19),
            ("f(async function\n name() { = })", 2, 11),
            ("class A {\n  x = 1\n  y = = 2\n}", 3, 7),
            ("const a = `\n{ b: 1\n c: 2 }\n`; = 3", 4, 4),
            ("const a = /{ b 'c'/; = 3", 1, 22),
            ("for (const a of b) { = }", 1, 22),
        ],
    )
    def test_no_comma_is_asked_for_where_none_belongs(self, source: str, line: int, column: int) -> None:
        assert "comma" not in syntax_hint(source, line, column, "Unexpected token")


class TestEnds:
    @pytest.mark.parametrize(
        ("source", "line", "column", "expected"),
        [
            (ENDPOINT, 5, 53, "The text ends before the { of line 4 is closed: add `});` and `};` at its end."),
            (REQUEST, 8, 25, "The text ends before the { of line 5 is closed: add `});` at its end."),
            ("function f() {\n  if (a) {\n    g([1, 2", 3, 12, "add `]);` and `}` and `}` at its end"),
            ("const a = {\n  b: {", 2, 7, "add `}` and `};`"),
            ("f(`${a", 1, 7, "is closed"),
            ("const f = () => {", 0, 0, "add `};`"),
            ("f(" * 100, 1, 201, "and 99 brackets before it"),
        ],
    )
    def test_a_text_that_ends_too_soon_is_told_what_to_add(
        self, source: str, line: int, column: int, expected: str
    ) -> None:
        assert expected in syntax_hint(source, line, column, "Unexpected end of input")

    @pytest.mark.parametrize(
        ("source", "line", "column", "expected"),
        [
            ("f())", 1, 4, "The ) in line 1 closes nothing"),
            ("const a = [1, 2;", 1, 16, "The [ of line 1 is not closed: add ]."),
            ("f({ a: 1 ;\n", 1, 10, "is not closed: add }"),
            ("f([1, 2);", 1, 8, "The [ of line 1 is not closed before the ) in line 1: add ]."),
            ("f(1,\ng(2);\nh();", 2, 5, "The ( of line 1 is not closed: add )."),
            ("f('abc);", 1, 3, "The text in quotes in line 1 has no end: add '."),
            ("f(`abc);\n", 1, 3, "The text in backticks that begins in line 1 has no end"),
            ("a()\n/* b", 2, 1, "The comment that begins in line 2 has no end: add */."),
        ],
    )
    def test_what_is_not_closed_is_named(self, source: str, line: int, column: int, expected: str) -> None:
        assert expected in syntax_hint(source, line, column, "Unexpected token")

    @pytest.mark.parametrize("inside", ["'{'", '"("', "`[ ${'}'} (`", "/[{(]/", "/* ( */ 1", "a / 2 / b"])
    def test_brackets_in_texts_and_comments_do_not_count(self, inside: str) -> None:
        assert syntax_hint(f"x = {inside};\ny = = 1", 2, 5, "Unexpected token '='") == ""


class TestLanguages:
    @pytest.mark.parametrize(
        "line",
        [
            "def f(x):",
            "async def f():",
            "if x == 1:",
            "for x in range(3):",
            "else:",
            "elif x:",
            "try:",
            "except ValueError as error:",
            "class A:",
            "import json",
            "import json as j",
            "from x import y",
            "f = lambda x: x + 1",
            'print(f"{x}")',
            "with a as b:",
        ],
    )
    @pytest.mark.parametrize("language", ["js", "ts"])
    def test_python_is_recognised(self, line: str, language: str) -> None:
        assert syntax_hint(f"a()\n{line}\n  pass", 2, 1, "x", language) == (
            f"This is Python: run the cell without --lang {language}."
        )

    @pytest.mark.parametrize(
        "line",
        [
            "const x: number = 1",
            "function f(a: string) {}",
            "interface A { x: 1 }",
            "export interface A {}",
            "type A = string",
            "import type { A } from 'x'",
            "x as any",
            "enum A { B }",
            "const f = (): Promise<void> => {}",
            "export default (router: SandboxEndpointRouter) => {",
            "class A { } private x = 1".partition("} ")[2],
        ],
    )
    def test_typescript_is_recognised_in_javascript(self, line: str) -> None:
        assert syntax_hint(line, 1, 5, "expecting ';'") == "This is TypeScript: run the cell with --lang ts."
        assert "--lang" not in syntax_hint(line, 1, 5, "expecting ';'", "ts")

    @pytest.mark.parametrize(
        "line",
        [
            "if (a) { b: 1",
            "a ? b : c =",
            "switch (a) { case 1: b =",
            "{ as: 1, x = }",
            "import a from 'b' =",
            "for (const a in b) =",
        ],
    )
    def test_javascript_is_taken_for_nothing_else(self, line: str) -> None:
        assert "--lang" not in syntax_hint(line, 1, len(line), "Unexpected token")


@pytest.mark.parametrize(
    ("source", "column", "message", "expected"),
    [
        ("function f() { await g() }", 22, "expecting ';'", "async"),
        ("const f = () => { const x = await g(); }", 35, "expecting ';'", "async"),
        ("return 1", 1, "return not in a function", "last expression"),
        ("let a; let a;", 13, "invalid redefinition of lexical identifier", "already"),
        ("let a; let a;", 13, "Identifier 'a' has already been declared", "already"),
        ("!pip install x", 6, "expecting ';'", "no shell"),
        ("%config x", 1, "unexpected token in expression: '%'", "no shell"),
        ("let a = “x”", 9, "unexpected character", "straight quotes"),
        ("if (a and b) {}", 7, "expecting ')'", "&&"),
        ("return <div>a</div>", 8, "x", "JSX"),
        ("#comment", 1, "x", "//"),
        ("a() # comment", 5, "x", "//"),
        ("", 0, "x", ""),
    ],
)
def test_typical_mistakes_of_syntax_have_hints(source: str, column: int, message: str, expected: str) -> None:
    hint = syntax_hint(source, 1 if column else 0, column, message)
    assert expected in hint
    assert bool(hint) == bool(expected)


@pytest.mark.parametrize(
    ("kind", "message", "line", "expected"),
    [
        ("ReferenceError", "fetch is not defined", "await fetch(url)", 'exec("request"'),
        ("ReferenceError", "'fetch' is not defined", "", 'exec("request"'),
        ("ReferenceError", "axios is not defined", "", 'exec("request"'),
        ("ReferenceError", "setTimeout is not defined", "", 'exec("sleep"'),
        ("ReferenceError", "setInterval is not defined", "", "loop"),
        ("ReferenceError", "require is not defined", "const fs = require('fs')", "directus:api"),
        ("ReferenceError", "module is not defined", "module.exports = f", "export default"),
        ("ReferenceError", "exports is not defined", "", "export default"),
        ("ReferenceError", "Buffer is not defined", "", "Uint8Array"),
        ("ReferenceError", "URL is not defined", "", "encodeURIComponent"),
        ("ReferenceError", "URLSearchParams is not defined", "", "encodeURIComponent"),
        ("ReferenceError", "crypto is not defined", "", "service"),
        ("ReferenceError", "TextEncoder is not defined", "", "Uint8Array"),
        ("ReferenceError", "Intl is not defined", "", "toFixed"),
        ("ReferenceError", "WebAssembly is not defined", "", "JavaScript"),
        ("ReferenceError", "document is not defined", "", "no page"),
        ("ReferenceError", "window is not defined", "", "no page"),
        ("ReferenceError", "log is not defined", "", "import { log }"),
        ("ReferenceError", "services is not defined", "", "read-items"),
        ("ReferenceError", "res is not defined", "", "return { status"),
        ("ReferenceError", "print is not defined", "print(1)", "without --lang js"),
        ("ReferenceError", "None is not defined", "x = None", "null"),
        ("ReferenceError", "consol is not defined", "", "Did you mean console?"),
        ("ReferenceError", "order is not defined", "", "--input order"),
        (
            "TypeError",
            "Cannot read properties of undefined (reading 'json')",
            "res.status(200).json({})",
            "return { status",
        ),
        ("TypeError", "res.send is not a function", "  res.send('x')", "return { status"),
        ("TypeError", "Cannot read properties of undefined (reading 'page')", "req.query.page", "no query"),
        ("TypeError", "cannot read property 'id' of undefined", "request.params.id", "no params"),
        ("TypeError", "Cannot read properties of undefined (reading 'x')", "new services.ItemsService()", "read-items"),
        (
            "TypeError",
            "Cannot convert undefined or null to object",
            "filter('items.create', (payload, { collection }) => {",
            "one argument",
        ),
        (
            "TypeError",
            "Cannot read properties of undefined (reading 'accountability')",
            "if (context.accountability.admin) {",
            "one argument",
        ),
        ("TypeError", "items.map is not a function", "items.map((item) => item.id)", "await"),
        ("TypeError", "value is not iterable", "for (const item of exec('read-items', 'a', {})) {", "await"),
        ("TypeError", "#<Promise> could not be cloned.", "", "await"),
        ("DataCloneError", "() => {} could not be cloned.", "", "data only"),
        (
            "Error",
            'Imports other than "directus:api" are prohibited in API extension sandboxes',
            'import axios from "axios"',
            'exec("request"',
        ),
        ("Error", 'Imports other than "directus:api" are prohibited in API extension sandboxes', "", "bundler"),
        ("SyntaxError", "Could not find export 'lgo' in module 'directus:api'", "", "log, sleep and request"),
        ("SyntaxError", "Could not find export 'default' in module 'directus:api'", "", "with braces"),
        (
            "TypeError",
            "Cannot read properties of undefined (reading 'a')",
            "x.y.a",
            "x.y is undefined: there is no y in x.",
        ),
        ("Error", "fetch failed", "throw new Error('fetch failed')", ""),
    ],
)
def test_typical_mistakes_at_run_time_have_hints(kind: str, message: str, line: str, expected: str) -> None:
    hint = runtime_hint(kind, message, line)
    assert expected in hint
    assert bool(hint) == bool(expected)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ("const numbers = await request('https://numbers.example')", "numbers.data"),
        ("numbers=await request ('https://numbers.example')", "numbers.data"),
        ("const more = await request('https://numbers.example'), numbers = request('x')", "await"),
        ("const numbers = exec('read-items', 'numbers', {})", "await"),
    ],
)
def test_a_method_of_what_request_returned_leads_to_its_data(made: str, expected: str) -> None:
    hint = runtime_hint("TypeError", "numbers.join is not a function", "numbers.join(', ')", "js", made)
    assert expected in hint
    assert ("await" in hint) == (expected == "await")


@pytest.mark.parametrize(
    ("parameters", "source", "expected"),
    [
        ("(data, { env })", "const key = env.TEXT_TOKEN;", "no env. A key stays outside of the code: %sandbox secret TEXT_TOKEN"),
        ("(data, { env: all })", "const city = env.CITY;", "no env. An extension has no files, processes or environment"),
        ("(data, { services, getSchema })", "", "no services. An isolate gets no services"),
        ("(payload, meta, { database })", "", "no database. An isolate gets no services"),
        ("(data, { logger })", "", "no logger. Write await exec"),
        ("(payload, { collection })", "", "With exec("),
    ],
)  # fmt: skip
def test_a_context_that_is_taken_apart_is_answered_by_what_handlers_get(
    parameters: str, source: str, expected: str
) -> None:
    message, line = "Cannot convert undefined or null to object", f"handler: async {parameters} => {{"
    hint = runtime_hint("TypeError", message, line, "js", f"{line}\n{source}")
    assert expected in hint
    assert "one argument" in hint


def test_the_parameters_of_the_export_itself_are_told_apart_from_those_of_a_handler() -> None:
    line = "export default ({ filter }, { services }) => {"
    hint = runtime_hint("TypeError", "Cannot convert undefined or null to object", line, "js", line)
    assert hint.startswith("A default export gets one argument")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("node:fs/promises", "no files"),
        ("lodash", "a bundler"),
        ("@directus/extensions-sdk", "export default"),
        ("axios/lib", 'exec("request"'),
    ],
)
def test_a_refused_import_is_answered_by_its_module(name: str, expected: str) -> None:
    message = 'Imports other than "directus:api" are prohibited in API extension sandboxes'
    source = f"import {{ log }} from 'directus:api';\nimport a from '{name}';"
    assert expected in runtime_hint("Error", message, "", "js", source)


class TestHashComments:
    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("# a\nb()", "   \nb()"),
            ("  # don't `\nb()", "           \nb()"),
            ("a()\r\n#\r\n\t# ${\r\nb()", "a()\r\n \r\n\t    \r\nb()"),
            ("a()\n#", "a()\n "),
        ],
    )
    def test_they_become_spaces(self, source: str, expected: str) -> None:
        assert without_hash_comments(source) == expected

    @pytest.mark.parametrize(
        "source",
        [
            "#!/usr/bin/env node\na()",
            "class A {\n  #x = 1;\n  f() { return\n#x in this; }\n}",
            "const a = `\n# Title\n${b}\n# More\n`;",
            "/*\n# a\n*/",
            "#comment\na()",
            "a() # b",
        ],
    )
    def test_everything_else_stays(self, source: str) -> None:
        assert without_hash_comments(source) == source


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "[{(",
        "f({ a: 1\n",
        "'\\\n\"\\\n",
        "`${",
        "/[",
        "/*",
        "# `\n",
        "a b ",
        "{ a: 'x' 'y' } ",
        "<",
        "}",
        "x: string",
        "\\",
        " ",
    ],
)
def test_hostile_text_is_answered_whatever_it_is(piece: str) -> None:
    source = piece * (60_000 // len(piece))
    assert isinstance(syntax_hint(source, 1, 1, "x" * 100_000), str)
    assert isinstance(syntax_hint(source * 10, 10**9, 10**9, source), str)
    assert isinstance(runtime_hint(source, source, source), str)
    assert len(without_hash_comments(source)) == len(source)
