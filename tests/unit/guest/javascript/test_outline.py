"""What the text of a cell says, without running any of it."""

from __future__ import annotations

import pytest
from scopebox_guest.engine import SourceError
from scopebox_guest.javascript.outline import outline
from scopebox_guest.javascript.outlined import Outline

from tests.growth import grows_with

API = ("log", "request", "sleep")


def read(source: str, *, typescript: bool = False, name: str = "index") -> Outline:
    return outline(source, typescript=typescript, api=API, name=name)


@pytest.mark.parametrize(
    ("exported", "built"),
    [
        ("export default (router) => {}", "var index = (router) => {};"),
        ("export default (router) => {};", "var index = (router) => {};"),
        ("export default function (router) {}", "function index (router) {}"),
        ("export default async function named(router) {}", "async function named(router) {}"),
        ("export default { id: 'x', handler }", "var index = { id: 'x', handler };"),
        ("export default a;\nconst a = 1;", "\nconst a = 1;"),
    ],
)
def test_a_default_export_goes_to_the_end_as_a_bundler_writes_it(exported: str, built: str) -> None:
    name = "named" if "named" in built else "a" if "const a" in built else "index"
    assert read(exported).built == f"{built}\n\nexport {{ {name} as default }};\n"


def test_a_name_that_is_taken_is_not_taken_again() -> None:
    assert "var index$1 = () => index;" in read("const index = 1;\nexport default () => index;").built


def test_what_is_imported_and_not_used_is_left_out() -> None:
    found = read("import { log, request as ask } from 'directus:api';\nexport default () => log('x');")
    assert found.built.startswith("import { log } from 'directus:api';\n")
    assert [each.names for each in found.imports] == [{"log": "log"}]


def test_calls_of_exec_are_found_with_their_lines_and_what_they_are_about() -> None:
    found = read(
        "exec('read-items', 'articles');\nexec('register-filter', { event: 'a.items.read', handler: (a, b) => a });\n"
        "pattern.exec('x');\nexec(name, 1);"
    )
    assert [(call.name, call.line, call.about, call.parameters) for call in found.calls] == [
        ("read-items", 1, "articles", 0),
        ("register-filter", 2, "a.items.read", 2),
        ("", 4, "", 0),
    ]
    assert found.execs == 3


@pytest.mark.parametrize(
    "handler",
    [
        "({ text, times: n = 2 }) => text",
        "(data) => data.text + data['times']",
        "function (data) { const { text, times } = data; return text; }",
        "run",
    ],
)
def test_the_options_of_an_operation_are_what_its_handler_reads(handler: str) -> None:
    found = read(f"export default {{ id: 'x', handler: {handler} }};\nfunction run(data) {{ return data.text + data.times; }}")  # fmt: skip
    assert [option.name for option in found.options["x"]] == ["text", "times"]


def test_what_a_directus_lacks_is_found_with_its_line() -> None:
    found = read("console.log(1);\ntry {} catch (error) { error.status; other.status; }\nconst a = '{{secret.KEY}}';")
    assert [(use.name, use.line) for use in found.lost] == [("console", 1), ("error.status", 2), ("secret", 3)]


def test_types_are_blanked_and_what_is_more_is_refused() -> None:
    found = read("const a: number = 1;\nexport default () => a;", typescript=True)
    assert found.javascript.startswith("const a         = 1;")
    assert found.source.startswith("const a: number = 1;")
    with pytest.raises(SourceError):
        read("enum A { B }", typescript=True)


def test_places_are_those_of_characters() -> None:
    found = read("const a = 'ä🙂';\nimport { log } from 'directus:api';\nlog(a);")
    (statement,) = found.imports
    assert found.javascript[statement.start : statement.end] == "import { log } from 'directus:api';"


def test_types_that_stand_in_no_function_are_found_where_they_stand() -> None:
    source = "// ä🙂\nimport type { A } from 'directus:api';\nexport type B = A; type C = B\nconst b: B = 1;\nf(); { type D = B; }\ndeclare global {}\nnamespace N { type E = B; }\n"
    found = read(source, typescript=True)
    assert [source[span.start : span.end] for span in found.types] == [
        "import type { A } from 'directus:api';", "export type B = A;", "declare global {}", "namespace N { type E = B; }",
    ]  # fmt: skip


def test_what_the_parser_misreads_leaves_without_its_types() -> None:
    found = read("const a: number = 1;\nconst b = [1 2];", typescript=True)
    assert found.source == found.javascript


def test_very_many_types_leave_without_them() -> None:
    found = read("".join(f"export type A{number} = 1;\n" for number in range(100)), typescript=True)
    assert found.source == found.javascript
    assert found.types == []


@pytest.mark.parametrize(
    "piece",
    [
        "import { log } from 'directus:api';\n",
        "log(log);\n",
        "a.log().",
        "try {} catch (e) { e.status;",
        "exec(",
        "f({ handler: ",
        "const [a] = [",
    ],
    ids=["imports", "uses", "chain", "catches", "calls", "handlers", "patterns"],
)
def test_reading_grows_with_the_text(piece: str) -> None:
    head = "import { log, request as r } from 'directus:api';\n"
    assert grows_with(read, head + piece * (5_000 // len(piece)), head + piece * (20_000 // len(piece)))
