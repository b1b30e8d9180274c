"""Generated JavaScript: values, plain and hostile, and texts of modules and of types."""

from __future__ import annotations

import json

from hypothesis import strategies as st

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
data = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
)
"""JSON data that JavaScript holds as they are."""

_HALVES = st.sampled_from(["'\\ud800'", "'a\\udfff'", "'\\u0000'", "'\\u2028'", "'\\x1b[2J'"])
_ODD = st.sampled_from(
    [
        "undefined", "NaN", "-Infinity", "-0", "1n", "Symbol('s')", "Symbol.iterator", "() => 1", "function f() {}", "class A {}",
        "async () => 1", "(function* () { yield 1 })()", "new Date(NaN)", "new Date(0)", "/a(b)/g", "new Map([[1, 2]])",
        "new Set([1])", "new WeakMap()", "new Uint8Array(3)", "new ArrayBuffer(4)", "new Proxy({}, {})", "new Proxy([], {})",
        "Promise.resolve(1)", "Object(1n)", "new String('x')", "new Number(1)", "Object.create(null)", "globalThis", "exec", "console",
        "new Error('e')", "new AggregateError([new Error('e')], 'm')", "JSON", "Math", "[, 1]", "Array(3)", "arguments?.length",
        "(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy })()",
        "(() => { const o = {}; o.o = o; return o })()", "(() => { const l = []; l.push(l); return l })()",
        "(() => { const l = []; l.length = 1e4; return l })()",
    ]
)  # fmt: skip
_PROPERTIES = st.sampled_from(
    ["message", "name", "stack", "toString", "toJSON", "then", "length", "constructor", "reason", "status", "data", "hint", "kind",
     "handler", "event", "id", "path", "method", "body", "a", "__proto__", "[Symbol.toPrimitive]", "[Symbol.iterator]", "cause"]
)  # fmt: skip
_TRAPS = st.sampled_from(
    ["get", "has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "apply", "construct", "set"]
)


def _objects(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    plain = st.builds("{}: {}".format, _PROPERTIES.filter(lambda name: name != "__proto__"), inner)
    getter = st.builds("get {}() {{ return {} }}".format, _PROPERTIES, inner)
    thrower = st.builds("get {}() {{ throw {} }}".format, _PROPERTIES, inner)
    entries = st.lists(plain | getter | thrower, max_size=4)
    literal = entries.map(lambda given: f"({{ {', '.join(given)} }})")
    listed = st.lists(inner, max_size=3).map(lambda given: f"[{', '.join(given)}]")
    assigned = st.builds("Object.assign(new Error({}), {})".format, inner, literal)
    trapped = st.builds("new Proxy(function () {{}}, {{ {}() {{ return {} }} }})".format, _TRAPS, inner)
    throwing = st.builds("new Proxy({{}}, {{ {}() {{ throw {} }} }})".format, _TRAPS, inner)
    return literal | listed | assigned | trapped | throwing


literals = data.map(lambda value: f"({json.dumps(value)})")
expressions = st.recursive(literals | _ODD | _HALVES, _objects, max_leaves=6)
"""Expressions of whatever JavaScript has for values, with getters, proxies and conversions that lie or throw."""

_PIECES = [
    "import ", "export ", "default ", "from ", "{ log }", "* as api", "'directus:api'", "'node:fs'", '"directus:api"', ";", "\n", " ", "import(",
    ")", "import.meta", "const a = 1", "let b", "async ", "function ", "function* ", "=> ", "(", "{", "}", "[", "]", "`", "${", "/", "//", "/*", "*/",
    "await ", "yield ", "class A ", "extends ", "static ", "#x", "@dec ", "with { type: 'json' }", "exec('log', 'x')", "router.get('/', ", "1", "'x'",
    ",", ".", "?.", "??=", "...", "=", ": string", ": number", "<T>", " as any", " satisfies X", "!", "interface A ", "type T = ", "enum E ", "namespace N ",
    "declare ", "abstract ", "private ", "readonly ", "\ufeff", "\u2028", "\0", "#!x", "<!--", "-->", "///", "/// sandbox", "var undefined", "label: ",
]  # fmt: skip
texts = st.lists(st.sampled_from(_PIECES) | words, max_size=14).map("".join)
"""Texts in the alphabet of modules and of types, most of which mean nothing."""
