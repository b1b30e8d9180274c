"""Errors of the engine are told in V8's words, at what the source names."""

from __future__ import annotations

import pytest
from scopebox.isolate.pool import IsolatePool
from scopebox_guest.javascript.messages import NO_SUPER, in_words_of_v8, of_source_in_words_of_v8

from tests.isolates import Guest

CASES = [
    ("undefined.x", "TypeError", "Cannot read properties of undefined (reading 'x')"),
    ("let a = null; a.b = 1", "TypeError", "Cannot set properties of null (setting 'b')"),
    ("const a = 1; a = 2", "TypeError", "Assignment to constant variable."),
    (
        "(() => { 'use strict'; const a = Object.freeze({ b: 1 }); a.b = 2 })()",
        "TypeError",
        "Cannot assign to read only property 'b' of object",
    ),
    ("later; let later = 1", "ReferenceError", "Cannot access 'later' before initialization"),
    ("const a = 1; const a = 2", "SyntaxError", "Identifier 'a' has already been declared"),
    ("const o = {}; o.f()", "TypeError", "o.f is not a function"),
    ("const o = { a: {} }; o.a.f(1, 2)", "TypeError", "o.a.f is not a function"),
    ("const o = {}; new o.F()", "TypeError", "o.F is not a function"),
    ("new (() => 1)()", "TypeError", "not a constructor"),
    ("[1].map(5)", "TypeError", "the argument of map() is not a function"),
    ("'abc'.repeat(-1)", "RangeError", "Invalid count value"),
    ("new Array(-1)", "RangeError", "Invalid array length"),
    ("let s = 'x'; while (true) s += s", "RangeError", "Invalid string length"),
    ("const a = {}; a.a = a; JSON.stringify(a)", "TypeError", "Converting circular structure to JSON"),
    ("JSON.stringify(5n)", "TypeError", "Do not know how to serialize a BigInt"),
    ("1n + 1", "TypeError", "Cannot mix BigInt and other types, use explicit conversions"),
    ("new Date(NaN).toISOString()", "RangeError", "Invalid time value"),
    ("decodeURIComponent('%')", "URIError", "URI malformed"),
    ("[].reduce((a) => a)", "TypeError", "Reduce of empty array with no initial value"),
    ("JSON.parse(undefined)", "SyntaxError", '"undefined" is not valid JSON'),
    ("return 1", "SyntaxError", "Illegal return statement"),
    ("const a = ;", "SyntaxError", "Unexpected token ';'"),
    ("const a = (", "SyntaxError", "Unexpected end of input"),
    ("const a = 'b", "SyntaxError", "Invalid or unexpected token"),
    ("class H {} H()", "TypeError", "Class constructor H cannot be invoked without 'new'"),
    ("Promise()", "TypeError", "Promise constructor cannot be invoked without 'new'"),
    ("Map()", "TypeError", "Constructor Map requires 'new'"),
    ("class A {} class B extends A { constructor() { this.y = 1 } } new B()", "ReferenceError", NO_SUPER),
    ("(1).toFixed(200)", "RangeError", "toFixed() digits argument must be between 0 and 100"),
    ("BigInt(1.5)", "RangeError", "The number cannot be converted to a BigInt because it is not an integer"),
    ("1n << 100000000n", "RangeError", "Maximum BigInt size exceeded"),
    ("Math.max(1n)", "TypeError", "Cannot convert a BigInt value to a number"),
    ("new SharedArrayBuffer(8, { maxByteLength: 16 })", "TypeError", "A SharedArrayBuffer cannot grow here"),
    ("new RegExp('(')", "SyntaxError", "Invalid regular expression: Unterminated group"),
    ("const [q] = null", "TypeError", "null is not iterable"),
    ("new Proxy({}, null)", "TypeError", "Cannot create proxy with a non-object as target or handler"),
    ("Object.defineProperty(1, 'a', {})", "TypeError", "the argument of defineProperty() is not an object"),
    ("new WeakMap().set(1, 1)", "TypeError", "Invalid value used as weak map key"),
    ("throw new Error('not an object')", "Error", "not an object"),
    ("await Promise.any([Promise.reject(1)])", "AggregateError", "All promises were rejected"),
    ("eval('a b')", "SyntaxError", "expecting ';'"),
    ("a b", "SyntaxError", "Unexpected identifier 'b'"),
    ("a 'b'", "SyntaxError", "Unexpected string"),
    ("a 5", "SyntaxError", "Unexpected number"),
    ("const class = 1", "SyntaxError", "Unexpected token 'class'"),
    ("x++ ++", "SyntaxError", "Unexpected token '++'"),
    ("{ a: 1, b: }", "SyntaxError", "Unexpected token ':'"),
    ("/(/", "SyntaxError", "Invalid regular expression: Unterminated group"),
    ("1 = 2", "SyntaxError", "Invalid left-hand side in assignment"),
    ("break", "SyntaxError", "Illegal break statement"),
]


@pytest.fixture(scope="module")
def guest(sandbox_pool: IsolatePool) -> Guest:
    return Guest(sandbox_pool, language="js")


@pytest.mark.parametrize(("source", "kind", "message"), CASES)
def test_a_typical_mistake_is_told_as_v8_tells_it(guest: Guest, source: str, kind: str, message: str) -> None:
    problem = guest.failure(f"{{ {source} }}" if kind != "SyntaxError" else source)
    assert (problem.kind, problem.message) == (kind, message)


def test_in_a_long_line_the_call_at_the_column_is_named() -> None:
    line = "a.b();" * 20_000 + "c.d();" + "e.f();" * 20_000
    assert in_words_of_v8("not a function", line, 6 * 20_000 + 2) == "c.d is not a function"


def test_of_what_stands_where_the_compiler_stopped_one_token_is_told() -> None:
    line = "a" * 20_000 + " b" + " c" * 20_000
    assert of_source_in_words_of_v8("expecting ';'", line, 20_002) == "Unexpected identifier 'b'"
    assert of_source_in_words_of_v8("expecting ';'", "a", 2) == "Unexpected end of input"


@pytest.mark.parametrize("before", ["", "'éé'; ", "/* 😀 */ "])
def test_the_column_of_a_mistake_is_that_of_its_character(guest: Guest, before: str) -> None:
    problem = guest.failure(f"{before}a b")
    assert (problem.message, problem.column) == ("Unexpected identifier 'b'", len(before) + 3)


def test_a_message_that_nobody_knows_stays_as_it_is() -> None:
    for message in ("something else", "x" * 10_000, "", "'' is read only"):
        assert in_words_of_v8(message, "", 5) == message
