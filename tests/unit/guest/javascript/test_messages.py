"""Errors of the engine are told in V8's words, at what the source names."""

from __future__ import annotations

import pytest
from scopebox.isolate.pool import IsolatePool
from scopebox_guest.javascript.messages import in_words_of_v8

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


def test_a_message_that_nobody_knows_stays_as_it_is() -> None:
    for message in ("something else", "x" * 10_000, "", "'' is read only"):
        assert in_words_of_v8(message, "", 5) == message
