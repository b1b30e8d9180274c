"""Whatever code does, it ends in an ordinary error within its limits, and the next cell works."""

from __future__ import annotations

import pytest
from scopebox.errors import LimitError
from scopebox.isolate.pool import IsolatePool
from scopebox.languages import LanguageName
from scopebox_guest.driver.values import MAX_DATA_DEPTH

from tests.isolates import Guest, cause, failure, value

OUT_OF_MEMORY = [
    "const kept = []; while (true) kept.push({})",
    "const kept = []; while (true) kept.push(new Uint8Array(1e6).fill(1))",
    "new Array(1e9).fill(1)",
    "'x'.repeat(2 ** 29)",
    "let all = Promise.resolve(); while (true) all = all.then((each) => each)",
    "JSON.stringify(Array(5e6).fill('abc'))",
    "await exec('echo', 'x'.repeat(3e7))",
    "console.log('x'.repeat(5e7))",
    "Promise.reject(Array(4e6).fill(1)); 1",
    "[...Array(1e8).keys()]",
    "'x'.repeat(3e7).split('').map((x) => ({ x }))",
    "Object.fromEntries(Array.from({ length: 3e5 }, (_, i) => ['key' + i, i]))",
    "/(a*)*b/.exec('a'.repeat(5e6))",
    "new Float64Array(1e6)",
]
OUT_OF_MEMORY_BY_SMALL_THINGS = [
    "let f = () => 0; for (;;) { const g = f, x = new Array(10); f = () => g() + x.length }",
    "const kept = []; for (;;) kept.push([1, 2, 3, {}])",
    "const kept = []; for (;;) kept.push({ ['key' + kept.length]: 1 })",
    "const kept = []; for (;;) kept.push(globalThis.s = (globalThis.s ?? '') + 'x' + kept.length)",
    "try { const kept = []; for (;;) kept.push({ ['key' + kept.length]: 1 }) } catch (e) { throw e }",
    "const kept = [], f = () => 1; for (;;) kept.push(f.bind(null, 1, 2))",
    "const kept = [], f = () => 1; for (;;) kept.push(f.bind(null, 1, 2, 3, 4, 5, 6, 7, 8, 9))",
]
TOO_DEEP = [
    "const f = () => f() + 1; f()",
    "const o = { get a() { return this.a } }; o.a",
    "let p = {}; for (let i = 0; i < 2e4; i++) p = new Proxy(p, {}); p.x",
    "JSON.parse('['.repeat(1e6))",
    "eval('('.repeat(1e6))",
    "const t = { get then() { return t.then } }; await t",
    "const f = async () => { await f() }; await f()",
    "const f = () => { try { f() } finally { Promise.reject(Error('no')) } }; f()",
    "let it = [1].values(); for (let i = 0; i < 1e5; i++) it = it.map((x) => x); it.next()",
    "let it = [1].values(); for (let i = 0; i < 1e5; i++) it = it.chunks(1); [...it]",
    (
        "const { next } = Object.getPrototypeOf(Iterator.from({ next() {} })); let it = Iterator.from({ next }); "
        "for (let i = 0; i < 1e5; i++) it = Iterator.from(Object.setPrototypeOf(it, { next })); it.next()"
    ),
    (
        "let O = await exec('fail').catch((e) => e.constructor); for (; O.name !== 'Object';) O = Object.getPrototypeOf(O.prototype).constructor; "
        "let it = O.keys({ a: 1 }).values(); for (let i = 0; i < 1e5; i++) it = it.map((x) => x); it.next()"
    ),
    "const g = async () => { throw Error('no') }; const f = () => { try { f() } finally { g() } }; f()",
]
DEEP_SOURCES = {
    "parentheses": "(",
    "brackets": "[",
    "blocks": "{",
    "signs": "!",
    "decrements": "- ",
    "conditions": "a?b:",
    "arrows": "a=>",
    "asynchronous arrows": "async a=>",
    "templates": "`${",
    "members": "a.",
    "conditional statements": "if(a)",
    "defaults": "function a(a=",
    "comparisons": "a<b",
    "types in types": "a<b<c,",
    "broken parameters": "( , ",
    "assertions": "<A>",
    "labels": "a:",
    "comments": "/**/",
    "patterns": "/(",
}
ENDLESS = [
    "while (true) {}",
    "while (true) { try { while (true) {} } catch {} }",
    "const f = () => Promise.resolve().then(f); await f()",
    "const f = () => { Promise.resolve().then(f) }; f()",
    "const t = { then(done) { done(t) } }; await t",
    "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    "({ get a() { while (true) {} } })",
    "throw { get message() { while (true) {} } }",
    "for (let i = 0; ; i++) Promise.reject(i)",
    "new Proxy({}, { ownKeys() { while (true) {} } })",
    "await exec('echo', { toJSON: 1, get a() { while (true) {} } })",
]


@pytest.fixture
def guest(pool: IsolatePool) -> Guest:
    return Guest(pool, language="js", memory=64)


class TestLimits:
    @pytest.mark.parametrize("source", OUT_OF_MEMORY)
    def test_out_of_memory_is_the_memory_error_and_what_is_let_go_is_free(self, guest: Guest, source: str) -> None:
        problem = guest.failure(source, busy=60.0, wall=60.0)
        assert (problem.kind, problem.message) == ("MemoryError", "the memory limit is reached")
        assert guest.value("1 + 1", append=False) == 2

    @pytest.mark.parametrize("source", TOO_DEEP)
    def test_what_is_too_deep_is_a_range_error(self, guest: Guest, source: str) -> None:
        problem = guest.failure(source, busy=60.0)
        assert (problem.kind, problem.message) == ("RangeError", "Maximum call stack size exceeded")

    @pytest.mark.parametrize("language", ["js", "ts"])
    @pytest.mark.parametrize("part", DEEP_SOURCES.values(), ids=DEEP_SOURCES)
    def test_no_source_is_so_deep_that_it_ends_a_guest(
        self, pool: IsolatePool, part: str, language: LanguageName
    ) -> None:
        guest = Guest(pool, language=language)
        for length in (1_000, 60_000, 400_000):
            guest.load(part * (length // len(part)) + "1", busy=60.0, wall=60.0)
        assert guest.value("1 + 1", append=False) == 2

    def test_a_source_that_is_too_deep_says_so_and_where(self, guest: Guest) -> None:
        for source, place in (("1;\n  " + "!" * 30_000 + "1", (2, 3)), ("1;\n" + "[" * 30_000, (2, 30_000))):
            problem = guest.failure(source)
            assert (problem.message, problem.line, problem.column) == ("The source is nested too deeply.", *place)
            assert problem.syntax
            assert "names of their own" in problem.hint

    def test_of_a_long_source_that_is_too_deep_no_place_is_looked_for(self, guest: Guest) -> None:
        problem = guest.failure("[" * 70_000)
        assert (problem.message, problem.line) == ("The source is nested too deeply.", 0)

    @pytest.mark.parametrize("source", ENDLESS)
    def test_what_has_no_end_is_ended(self, guest: Guest, source: str) -> None:
        assert isinstance(guest.error(source, busy=0.2, wall=2.0), LimitError)

    @pytest.mark.parametrize("source", OUT_OF_MEMORY_BY_SMALL_THINGS)
    @pytest.mark.parametrize("memory", range(16, 32))
    def test_whatever_the_last_page_is_taken_for_the_limit_is_what_is_said(
        self, pool: IsolatePool, memory: int, source: str
    ) -> None:
        guest = Guest(pool, language="js", memory=memory)
        try:
            said = guest.failure(source).kind
        except LimitError as error:  # not even the message found room
            said = str(error)
        assert "memory" in said.lower()

    def test_null_that_code_throws_itself_is_no_lack_of_memory(self, guest: Guest) -> None:
        guest.failure("new Array(1e9).fill(1)")
        for source in ("throw null", "Promise.reject(null); 1", "await exec('sleep', 1); throw null"):
            assert (guest.failure(source).kind, guest.failure(source).message) == ("Error", "null")

    def test_what_makes_an_iterator_of_another_and_bind_are_as_they_were(self, guest: Guest) -> None:
        source = (
            "class A { constructor(x, y) { this.x = [x, y, new.target === A] } }; const B = A.bind(null, 1); "
            "[[1, 2, 3].values().map((x) => x * 2).filter((x) => x > 2).drop(1).toArray(), "
            "Iterator.from({ n: 0, next() { return { value: this.n, done: this.n++ > 1 } } }).toArray(), "
            "new B(2).x, B.name, B.length, (function (a) { return [this.x, a] }).bind({ x: 1 }, 2)(), "
            "(() => 1).bind.name, (() => 1).bind.length, [].values().take(0).next.name]"
        )
        assert guest.value(source) == [[6], [0, 1], [1, 2, True], "bound A", 1, [1, 2], "bind", 1, "next"]

    def test_memory_that_runs_out_can_be_caught(self, guest: Guest) -> None:
        source = "try { new Array(1e9).fill(1) } catch (e) { e.message }"
        assert guest.value(source) == "out of memory"

    def test_a_rejection_that_nobody_handles_is_found_among_many_that_are_handled(self, guest: Guest) -> None:
        source = (
            "for (let i = 0; i < 5000; i++) Promise.reject(i).catch(() => 0);\nPromise.reject(new Error('lost')); 1"
        )
        assert guest.failure(source).message == "lost"


class TestDepth:
    """Data of every depth crosses in every way as data or as an ordinary error; what is too deep is shown shortened."""

    DEEP = "let x = {{}}; for (let i = 1; i < {depth}; i++) x = {{ x }}; "

    @pytest.mark.parametrize("depth", [50, 56, 57, 62, 63, 64, 65, 100, 999, 1_000, 1_001, 5_000, 100_000])
    def test_no_depth_harms_a_guest(self, guest: Guest, depth: int) -> None:
        deep = self.DEEP.format(depth=depth)
        result = guest.load(f"{{ {deep} x }}")
        assert (result.repr == "") == (depth <= MAX_DATA_DEPTH)
        for use in (
            "await exec('echo', x)",
            "throw x",
            "throw Object.assign(new Error('a'), { data: x })",
            "Promise.reject(x); 1",
            "await exec('register-operation', { id: 'b', handler: () => 1, x })",
        ):
            done = guest.load(f"{{ {deep} {use} }}")
            assert done.failure or depth <= MAX_DATA_DEPTH
        assert guest.load(f"{{ {deep} console.log(x) }}").failure is None
        guest.load(f"{{ {deep} await exec('register-operation', {{ id: 'a', handler: () => x }}) }}")
        assert value(guest.load("1", append=True)) == 1
        handler = sum(call.type == "register-operation" for call in guest.peer.calls)
        guest.invoke(handler, {})
        assert guest.value("1 + 1") == 2


class TestGlue:
    @pytest.mark.parametrize(
        "source",
        [
            "JSON.stringify = () => '[]'; JSON.parse = () => 1",
            "Object.prototype.toJSON = () => 'polluted'; Array.prototype.toJSON = () => 'polluted'",
            "Reflect.apply = Reflect.ownKeys = () => { throw 1 }; Array.isArray = () => false",
            "Object.keys = () => ['kind']; Object.defineProperty = () => 0",
            "Array.prototype[Symbol.iterator] = function* () { yield 'request' }",
            "String.prototype.slice = String.prototype.replaceAll = () => 'polluted'",
            "Promise.prototype.then = Promise.resolve = () => 0",
            "Error.prepareStackTrace = () => 'polluted'; Error.stackTraceLimit = 0",
            "Function.prototype.call = Function.prototype.apply = Function.prototype.bind = () => 0",
            "for (const n of Object.getOwnPropertyNames(globalThis)) if (n !== 'exec') try { delete globalThis[n] } catch {}",
        ],
    )
    def test_built_ins_that_are_replaced_change_nothing_of_a_call(self, guest: Guest, source: str) -> None:
        guest.load(f"const call = exec; {source}; call('log', 'a', 1, 'b')")
        assert [(call.type, call.args) for call in guest.peer.calls] == [("log", ["a", 1, "b"])]

    def test_setters_of_the_object_prototype_catch_nothing(self, guest: Guest) -> None:
        names = "'resolve reject call handler label stack reason status data hint 0 1 2'.split(' ')"
        source = (
            f"let caught = 0; for (const n of {names}) Object.defineProperty(Object.prototype, n, "
            "{ __proto__: null, configurable: true, set() { caught++ } }); "
            "await exec('log', 'x'); await exec('fail').catch(() => 0); console.log({ b: [1] }); caught"
        )
        assert guest.value(source) == 0

    def test_nothing_of_the_glue_is_found_from_outside(self, guest: Guest) -> None:
        source = (
            "[Object.getOwnPropertyNames(globalThis).filter((n) => /port|glue|slot|settle/i.test(n)), "
            "String(exec).includes('send'), Object.keys(exec), 'prototype' in console.log]"
        )
        assert guest.value(source) == [[], False, [], False]
        assert guest.failure("exec.caller").kind == "TypeError"

    def test_a_value_is_read_once(self, guest: Guest) -> None:
        source = "let n = 0; const o = { get a() { return ++n } }; [await exec('echo', o), n]"
        assert guest.value(source) == [[{"a": 1}], 1]
        assert guest.value("let m = 0; ({ get a() { return ++m } })") == {"a": 1}

    def test_what_an_isolate_lacks_is_not_there(self, guest: Guest) -> None:
        names = "fetch setTimeout require Buffer URL crypto structuredClone queueMicrotask atob performance navigator InternalError"
        assert guest.value(f"'{names}'.split(' ').filter((n) => typeof globalThis[n] !== 'undefined')") == []

    def test_guests_draw_other_random_numbers(self, pool: IsolatePool) -> None:
        guests = [Guest(pool, language="js") for _ in range(3)]
        assert len({str(each.value("[Math.random(), Math.random()]")) for each in guests}) == 3
        for each in guests:
            each.end()


class TestRuns:
    def test_a_handler_that_another_resumes_ends_with_its_own_result(self, guest: Guest) -> None:
        guest.load(
            "let wake;\n"
            "await exec('register-operation', { id: 'first', handler: () => new Promise((done) => { wake = done }) });\n"
            "await exec('register-operation', { id: 'second', handler: () => { wake('woken'); return 'second' } });"
        )

        async def both() -> list[object]:
            first, second = (
                guest.isolate.invoke(number, [{}], cause=cause(), wall=10.0, busy=5.0) for number in (1, 2)
            )
            return [value(await second), value(await first)]

        assert guest.pool.run(both()) == ["second", "woken"]

    def test_calls_that_nobody_awaits_are_part_of_the_run(self, guest: Guest) -> None:
        source = "exec('sleep', 30).then(() => exec('log', 'late')); 'returned'"
        assert guest.value(source) == "returned"
        assert guest.peer.types() == ["sleep", "log"]

    def test_a_thousand_failures_of_handlers_hide_no_later_one(self, guest: Guest) -> None:
        source = "await exec('register-operation', { id: 'a', handler: () => { for (let i = 0; i < 400; i++) Promise.reject(i) } })"
        guest.load(source)
        assert [failure(guest.invoke(1, {})).message for _ in range(4)] == ["0"] * 4

    def test_a_rejected_call_that_nobody_awaited_is_named(self, guest: Guest) -> None:
        problem = guest.failure("\nexec('never', 1n); 1")
        assert (problem.message, problem.line) == ("Do not know how to serialize a BigInt", 2)
        refused = guest.failure("exec('echo', 1); missing.then; exec('fail')")
        assert refused.message == "missing is not defined"
