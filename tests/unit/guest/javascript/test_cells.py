"""Cells and handlers in JavaScript, in real isolates."""

from __future__ import annotations

import pytest
from scopebox.isolate.pool import IsolatePool

from tests.isolates import Guest, failure, until, value


@pytest.fixture
def guest(pool: IsolatePool) -> Guest:
    return Guest(pool, language="js")


class TestCells:
    @pytest.mark.parametrize(
        ("source", "result"),
        [
            ("1 + 1", 2),
            ("await Promise.resolve('x')", "x"),
            ("Promise.resolve(Promise.resolve(5))", 5),
            ("const a = [1, 2]; ({ a })", {"a": [1, 2]}),
            ("if (true) { 'branch' }", "branch"),
            ("typeof exec", "function"),
            ("process.env.NODE_ENV", "production"),
            ("process.env.HOME", None),
        ],
    )
    def test_the_last_expression_is_the_value(self, guest: Guest, source: str, result: object) -> None:
        assert guest.value(source) == result

    def test_null_and_undefined_are_told_apart(self, guest: Guest) -> None:
        assert [guest.load(source).null for source in ("null", "undefined", "0", "[null]")] == [
            True,
            False,
            False,
            False,
        ]

    def test_declarations_stay_for_cells_that_are_appended(self, guest: Guest) -> None:
        guest.load("const a = 1; let b = 2; var c = 3; function d() { return 4 } class E {}")
        assert guest.value("[a, b, c, d(), typeof E]", append=True) == [1, 2, 3, 4, "function"]

    def test_inputs_are_globals(self, guest: Guest) -> None:
        assert guest.value("[x, y.z]", inputs={"x": "text", "y": {"z": None}}) == ["text", None]

    def test_typescript_runs_without_its_types(self, pool: IsolatePool) -> None:
        assert Guest(pool, language="ts").value("const a: number = 1; a as unknown") == 1

    def test_a_module_has_no_value(self, guest: Guest) -> None:
        done = guest.load("import { log } from 'directus:api';\nlog('x');\nexport const a = 1;")
        assert (value(done), done.null) == (None, False)


FILLING = """const held = [], text = 'x'.repeat(2000000);
let said = '';
for (let count = 0; count < 64 && !said; count++) {
  held.push(new Uint8Array(1048576).fill(1));
  try { await exec('create-items', text); } catch (error) { said = error.message; }
}
held.length = 0;
said"""


class TestCalls:
    def test_a_call_that_finds_no_memory_is_an_error_like_others(self, guest: Guest) -> None:
        assert guest.value(FILLING) in {
            "no memory for the arguments of the call",
            "no memory for the result of the call",
            "out of memory",
        }
        assert guest.value("await exec('echo', said.length > 0)", append=True) == [True]

    def test_exec_is_a_promise_of_the_answer(self, guest: Guest) -> None:
        assert guest.value("await exec('echo', 1, { a: [null] })") == [1, {"a": [None]}]

    @pytest.mark.parametrize(
        "source", ["exec('fail')", "exec(5)", "exec('echo', () => 1)", "exec('echo', 5n)", "exec('echo', '\\ud800')"]
    )
    def test_whatever_is_wrong_rejects(self, guest: Guest, source: str) -> None:
        assert guest.value(f"const p = {source}; await p.catch(() => 'rejected')") == "rejected"

    def test_several_calls_run_at_once(self, guest: Guest) -> None:
        source = "await Promise.all([exec('sleep', 20), exec('echo', 1), exec('echo', 2)])"
        assert guest.value(source) == [None, [1], [2]]

    def test_an_error_of_a_call_tells_reason_and_status(self, guest: Guest) -> None:
        source = "try { await exec('fail') } catch (e) { [e.message, e.reason, e.status, e.data, Object.keys(e)] }"
        assert guest.value(source) == ["not granted", "denied", 403, {"a": 1}, []]

    def test_the_line_of_a_call_is_that_of_the_cell(self, guest: Guest) -> None:
        guest.load("\n\nawait exec('echo')")
        assert [call.line for call in guest.peer.calls] == [3]

    def test_a_rejection_that_nobody_handles_is_the_failure(self, guest: Guest) -> None:
        problem = guest.failure("Promise.reject(new TypeError('lost')); 1")
        assert (problem.kind, problem.message, problem.line) == ("TypeError", "lost", 1)

    def test_a_rejection_that_is_handled_late_is_none(self, guest: Guest) -> None:
        assert guest.value("const p = Promise.reject(1); await exec('echo'); await p.catch(() => 2)") == 2

    def test_the_console_prints(self, guest: Guest) -> None:
        guest.load("console.log('a', 1, { b: [undefined, null, 'c'] })")
        assert guest.peer.printed == "a 1 { b: [ undefined, null, 'c' ] }\n"


class TestErrors:
    @pytest.mark.parametrize(
        ("source", "kind", "message"),
        [
            ("missing", "ReferenceError", "missing is not defined"),
            ("const a = {}; a.b.c", "TypeError", "Cannot read properties of undefined (reading 'c')"),
            ("const a = {}; a.b()", "TypeError", "a.b is not a function"),
            ("throw { message: 'obj' }", "Error", "obj"),
            ("throw 'text'", "Error", "text"),
            ("throw null", "Error", "null"),
            ("throw { a: [1] }", "Error", "{ a: [ 1 ] }"),
            ("throw [1]", "Error", "[ 1 ]"),
            ("throw () => 1", "Error", "[Function (anonymous)]"),
            ("throw { get message() { throw 1 } }", "Error", "{ message: <a value that cannot be shown> }"),
            ("Promise.reject({ a: 1 }); 1", "Error", "{ a: 1 }"),
            ("throw new Error()", "Error", ""),
        ],
    )
    def test_kind_and_message_are_those_of_v8(self, guest: Guest, source: str, kind: str, message: str) -> None:
        problem = guest.failure(source)
        assert (problem.kind, problem.message) == (kind, message)

    def test_frames_name_functions_and_lines(self, guest: Guest) -> None:
        problem = guest.failure("function inner() { throw new Error('x') }\nconst outer = () => inner();\n\nouter()")
        assert [(frame.function, frame.line) for frame in problem.frames] == [("<cell>", 4), ("outer", 2), ("inner", 1)]

    def test_a_mistake_in_writing_has_line_and_column(self, guest: Guest) -> None:
        problem = guest.failure("const a = 1;\nlet b = ;")
        assert (problem.kind, problem.syntax, problem.line, problem.column) == ("SyntaxError", True, 2, 9)


class TestModules:
    @pytest.mark.parametrize(
        "source",
        [
            "import{log}from'directus:api';var a=1;export{a as b}",
            "'use strict';import{log}from'directus:api';log('x')",
            "/*! licence */import*as api from'directus:api'",
            "var a=1;export{a as default};",
            "const a = 1\nexport default a",
            "export const f = async () => 1; await f()",
        ],
    )
    def test_a_bundle_is_a_module_however_it_is_laid_out(self, guest: Guest, source: str) -> None:
        assert value(guest.load(source)) is None

    @pytest.mark.parametrize(
        ("source", "line", "column"),
        [
            ("import { log } from 'directus:api';\n\nlog('x' 5)", 3, 9),
            ("const a = ;\n// export nothing", 1, 11),
            ("// import nothing\nlet a = 1;\nlet a = 2;", 3, 7),
            ("export default (router) => {\n  router.get('/', () => 1\n}", 3, 1),
        ],
    )
    def test_the_mistake_of_a_module_is_told_at_its_place(
        self, guest: Guest, source: str, line: int, column: int
    ) -> None:
        problem = guest.failure(source)
        assert (problem.syntax, problem.line, problem.column) == (True, line, column)


class TestHandlers:
    def test_a_handler_is_called_with_what_its_style_says(self, guest: Guest) -> None:
        guest.load(
            "await exec('register-filter', { event: 'a', handler: (p, m) => [p, m] });\n"
            "await exec('register-filter', { event: 'a', handler: (p, m, c) => [p, m, c] });\n"
            "await exec('register-filter', { event: 'a', handler: function () { return [...arguments] } });"
        )
        args = [{"p": 1}, {"m": 1}, {"c": 1}]
        merged = {"m": 1, "c": 1}
        assert value(guest.invoke(1, *args)) == [{"p": 1}, merged]
        assert value(guest.invoke(2, *args)) == args
        assert value(guest.invoke(3, *args)) == [{"p": 1}, merged, {"c": 1}]

    def test_state_of_the_module_lives_between_calls(self, guest: Guest) -> None:
        guest.load("let n = 0; await exec('register-operation', { id: 'a', handler: () => ++n });")
        assert [value(guest.invoke(1, {})), value(guest.invoke(1, {}))] == [1, 2]

    def test_what_cannot_be_cloned_is_the_failure_of_the_handler(self, guest: Guest) -> None:
        guest.load("await exec('register-operation', { id: 'a', handler: () => ({ f: () => 1 }) });")
        assert failure(guest.invoke(1, {})).message == "() => 1 could not be cloned."


class TestDefaultExports:
    @pytest.mark.parametrize(
        ("kind", "source", "message"),
        [
            ("endpoint", "export default 5", "extensionExport is not a function"),
            ("endpoint", "const a = 1", "extensionExport is not a function"),
            (
                "endpoint",
                "export default (router) => { router.get(5, () => 1) }",
                "Route path has to be of type string",
            ),
            (
                "endpoint",
                "export default (router) => { router.get('/', 5) }",
                "Route handler has to be of type function",
            ),
            ("hook", "export default ({ init }) => { init('x') }", "init is not a function"),
            ("hook", "export default ({ filter }) => { filter(5) }", "Filter event has to be of type string"),
            ("hook", "export default ({ action }) => { action('a') }", "Action handler has to be of type function"),
            ("operation", "export default 5", "extensionExport is not an object"),
            ("operation", "export default { id: 5 }", "Operation config id has to be of type string"),
        ],
    )
    def test_a_wrong_one_fails_in_the_words_of_directus(
        self, guest: Guest, kind: str, source: str, message: str
    ) -> None:
        assert guest.failure(source, style="api", type=kind).message == message

    def test_a_router_registers_routes(self, guest: Guest) -> None:
        guest.load(
            "export default (router) => { router.post('/x', (r) => ({ body: r }) ) }", style="api", type="endpoint"
        )
        assert [(call.type, call.args) for call in guest.peer.calls] == [
            ("register-endpoint", [{"path": "/x", "method": "POST", "style": "router", "handler": {"handler": 1}}])
        ]
        assert value(guest.invoke(1, {"a": 1})) == {"body": {"a": 1}}

    def test_only_the_api_can_be_imported(self, guest: Guest) -> None:
        words = 'Imports other than "directus:api" are prohibited in API extension sandboxes'
        assert guest.failure("import fs from 'node:fs'").message == words
        assert guest.value("await import('os').catch((e) => e.message)") == words


def test_what_a_handler_returned_is_let_go_once_it_is_told(guest: Guest) -> None:
    guest.load("await exec('register-operation', { id: 'x', handler: () => 'x'.repeat(3_000_000) })")
    sizes = []
    for _ in range(8):
        assert guest.invoke(1, {}).failure is None
        sizes.append(guest.isolate.process.size_bytes())
    guest.pool.run(until(lambda: guest.isolate.process.size_bytes() - sizes[1] < 3_000_000))  # it tells first
