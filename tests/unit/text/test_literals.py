"""Foreign values as text: under a budget, cut with a count, and nothing else in the product lays them out."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.journal.log import Log
from scopebox.text.literals import (
    BUDGET,
    DEPTH,
    ENTRIES,
    inline,
    json_inline,
    json_lines,
    json_text,
    literal,
    record_text,
)
from scopebox.workbench.tryout import Rehearsal, Step, difference

from tests.growth import quick

ROOT: Final = Path(__file__).parents[3]
WRITERS: Final = (literal, inline, json_text, json_inline, json_lines)
JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def deep(levels: int, value: object = 1) -> object:
    """A value inside of so many objects."""
    for _ in range(levels):
        value = {"k": value}
    return value


LARGE: Final[dict[str, object]] = {
    "long texts deep inside": deep(50, [["a " * 1000] * 48 for _ in range(40)]),
    "a million entries": ["a"] * 1_000_000,
    "a million empty objects": [{}] * 1_000_000,
    "many keys": {str(number): number for number in range(200_000)},
    "long keys": {"k" * 1_000_000 + str(number): 1 for number in range(4)},
    "one text": "x " * 2_000_000,
    "a text that becomes longer": "\x00\U000e0041" * 1_000_000,
    "many lines": "\n" * 1_000_000,
    "containers without end": [[[[[[[[[[[[[]] * 50] * 50] * 50] * 50] * 50] * 50] * 50] * 50] * 50] * 50] * 50],
    "a large number": 10**100_000,
    "bytes": b"\x00" * 4_000_000,
    "kept as text": msgspec.Raw(b'{"a":[' + b"1," * 100_000 + b"1]}"),
}


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", LARGE)
def test_whatever_the_size_of_a_value_writing_it_costs_the_same(write: Callable[[object], str], name: str) -> None:
    assert len(write(LARGE[name])) <= BUDGET
    assert quick(lambda: write(LARGE[name]))


@given(JSON)
def test_what_fits_is_written_whole(value: object) -> None:
    assert ast.literal_eval(literal(value)) == value
    assert json.loads(json_text(value)) == value
    assert json.loads(json_lines(value)) == value
    assert ast.literal_eval(inline(value, BUDGET)) == value
    assert "\n" not in inline(value, BUDGET)


def test_what_is_left_out_is_counted() -> None:
    assert literal(list(range(ENTRIES + 10))).endswith("\n  …(10 more)\n]")
    assert literal({str(number): number for number in range(ENTRIES + 10)}).endswith("\n  …(10 more)\n}")
    assert "…(8,000 more)…" in literal("x" * 10_000)
    assert "{…(1 more)}" in literal(deep(DEPTH + 1))
    assert "…" not in literal(deep(DEPTH))
    assert inline(["x" * 30] * 100).endswith("more)]")


def test_what_fits_into_a_line_stands_in_a_line() -> None:
    assert literal({"a": [1, 2, {"b": None}], "c": "x"}) == "{'a': [1, 2, {'b': None}], 'c': 'x'}"
    assert json_text({"a": [1, True]}) == '{"a": [1, true]}'
    assert literal([]) == "[]"
    assert inline((1,)) == "(1,)"
    assert literal({"text": "x" * 90, "list": [1]}) == "{\n  'text': '" + "x" * 90 + "',\n  'list': [1]\n}"


def test_numbers_and_words_share_lines() -> None:
    lines = literal(list(range(45))).split("\n")
    assert lines[0] == "["
    assert lines[1].startswith("  0, 1, 2, ")
    assert len(lines) == 4
    assert max(map(len, lines)) <= 100


def test_each_entry_has_its_own_line_where_lines_are_compared() -> None:
    assert json_lines({"b": 1, "a": [2]}) == '{\n  "a": [\n    2\n  ],\n  "b": 1\n}'


@dataclass(frozen=True)
class Held:
    """Holds foreign data."""

    name: str
    data: object
    note: str = ""

    __repr__ = record_text


def test_a_record_is_written_with_its_fields() -> None:
    assert repr(Held("x", {"on": date(2026, 1, 2)})) == "Held(name='x', data={'on': datetime.date(2026, 1, 2)})"
    assert inline(ValueError("no")) == "ValueError('no')"
    assert inline(object()) == "<object>"


def test_the_repr_of_what_holds_foreign_data_is_cut() -> None:
    value = LARGE["long texts deep inside"]
    log = Log(100)
    for _ in range(20):
        log.write("info", "hello", "\u202e" * 100_000)
    step = Step("filter x", "hello", value, value, 0.1)
    for holder in (Held("x" * 100_000, value), step, Rehearsal((step,), value), log, log[0]):
        shown = repr(holder)
        assert len(shown) < 15_000
        assert "\u202e" not in shown


def test_a_difference_is_found_in_what_can_be_shown() -> None:
    value = LARGE["long texts deep inside"]
    for before, after in ((value, [value]), (list(range(100_000)), list(range(1, 100_000)))):
        assert 0 < len(difference(before, after)) < 2 * BUDGET
        assert quick(partial(difference, before, after))
    assert difference({"a": 1, "b": 2}, {"b": 2, "a": 1}) == ""
    assert difference({"a": 1, "b": 2}, {"a": 1, "b": 3}) == '  {\n    "a": 1,\n-   "b": 2\n+   "b": 3\n  }'
    assert "too long to be shown" in difference([0] * 100, [*[0] * 99, 1])


# Where a repr or a layout is allowed, and why. Everything else goes through the writer.
ALLOWED: Final = {
    ("literals.py", "_scalar"): "the writer itself: numbers and dates",
    ("javascript.py", "number_text"): "the digits of a float",
    ("panel.py", "outputs"): "the panel's own repr, which is cut",
    ("writing.py", "json_text"): "a manifest, bounded where it is read",
    ("writing.py", "package"): "a manifest, bounded where it is read",
    ("account.py", "json"): "an account, for programs; bounded where its package is read",
    ("secret_file.py", "keep"): "the user's own secrets, which a file of JSON holds",
    ("export.py", "_files"): "a package.json, bounded where its manifest is read",
    ("app_half.py", "app_half"): "the options of an operation, bounded where its text is read",
    ("__init__.py", "__getattr__"): "a name in the notebook's own source",
    ("languages.py", "language_of"): "a name in the notebook's own source",
    ("kept.py", "query_text"): "a query, bounded before it is written out",
    ("levels.py", "not_loaded"): "one of five words",
    ("levels.py", "too_low"): "one of five words",
    ("sandbox.py", "accept_isolation"): "one of five words",
    ("url.py", "check_characters"): "a single character",
    (
        "rights.py",
        "_rules",
    ): "a rule of an access, bounded where that is read: what tells it from others, and nobody sees",
}


def _functions(tree: ast.AST, name: str = "") -> Iterator[tuple[str, ast.AST]]:
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else name
        yield inner, node
        yield from _functions(node, inner)


def _is_cut(node: ast.expr) -> bool:
    """Whether an expression is the beginning of a text: ``text[:80]``."""
    return isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.upper is not None


def _lays_out(node: ast.AST) -> bool:
    match node:
        case ast.FormattedValue(conversion=conversion):
            return conversion in (ord("r"), ord("a")) and not _is_cut(node.value)
        case ast.Call(func=ast.Name(id="repr" | "ascii" | "pformat" | "pprint"), args=[shown, *_]):
            return not _is_cut(shown)
        case ast.Call(func=ast.Name(id="map"), args=[ast.Name(id="repr"), *_]):
            return True
        case ast.Call(func=ast.Attribute(attr="pformat" | "pprint" | "ndiff")):
            return True
        case ast.Call(func=ast.Attribute(attr="dumps" | "format"), keywords=keywords):
            return any(keyword.arg == "indent" for keyword in keywords)
        case _:
            return False


def test_nothing_but_the_writer_lays_out_a_value() -> None:
    found = {
        (path.name, function): f"{path.name}:{node.lineno} in {function}"  # type: ignore[attr-defined]
        for folder in ("kernel_ext/scopebox", "widgets")
        for path in (ROOT / folder).rglob("*.py")
        for function, node in _functions(ast.parse(path.read_text("utf-8")))
        if _lays_out(node)
    }
    assert sorted(text for place, text in found.items() if place not in ALLOWED) == []
    assert sorted(set(ALLOWED) - set(found)) == []
