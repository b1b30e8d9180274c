"""Where the cursor stands in unfinished JavaScript."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.notebook.completion.javascript_cursor import place_of


@pytest.mark.parametrize("quote", "'\"`")
def test_an_unfinished_text_is_known_in_every_kind_of_quotes(quote: str) -> None:
    place = place_of(f"await exec({quote}read-items{quote}, {quote}art")
    assert place.text == "art"
    assert place.call is not None
    assert (place.call.callee, place.call.texts) == ("exec", ["read-items"])


@pytest.mark.parametrize("key", ["b", "'b'", '"b"'])
def test_keys_on_the_way_need_no_quotes(key: str) -> None:
    place = place_of(f"f(a, {{ {key}: [1, {{ c: {{ d")
    assert (place.path, place.key, place.text) == (("b", "[]", "c", ""), "d", None)


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("f({ ", ""),
        ("f({ a: 1, ", ""),
        ("f({ a: 1, bc", "bc"),
        ("f({ a: b", None),
        ("f({ a: { b: 1 }, c", "c"),
        ("f({ 'a'", None),
        ("f([a", None),
        ("f(a", None),
        ("a", None),
        ("f({ a }) + { b", "b"),
    ],
)
def test_a_name_may_be_a_key_where_an_object_waits_for_one(code: str, key: str | None) -> None:
    assert place_of(code).key == key


@pytest.mark.parametrize(
    "before",
    [
        "// it's { ( [ `\n",
        "/* it's { ( [ ` */",
        "# it's what Ctrl+/ wrote { (\n",
        "const r = /[('\"`{]/g;",
        "const t = `it's ${ [1, { a: ')' }] } {`;",
        "g(')]}', { a: 1 });",
        "const s = 'it\\'s {';",
    ],
)
def test_what_is_closed_a_comment_or_a_text_does_not_count(before: str) -> None:
    place = place_of(f"{before} f('x', 'y")
    assert place.text == "y"
    assert place.path == ()
    assert len(place.levels) == 1


def test_code_inside_of_a_template_is_code() -> None:
    place = place_of("const t = `a ${ f('x', { b")
    assert place.key == "b"
    assert place.call is not None
    assert place.call.texts == ["x"]


@pytest.mark.parametrize(
    ("code", "callee"),
    [
        ("rows.filter('", "rows.filter"),
        ("rows?.filter('", "rows.filter"),
        ("a.b.c('", "b.c"),
        ("f().filter('", ".filter"),
        ("router\n  .get('", "router.get"),
        ("await exec('", "exec"),
        ("if ('", "if"),
        ("1 + ('", ""),
    ],
)
def test_a_call_has_the_name_of_what_is_called_and_of_its_owner(code: str, callee: str) -> None:
    assert place_of(code).levels[-1].callee == callee


def test_nothing_is_called_inside_a_comment() -> None:
    assert place_of("exec(/* 'read").text is None


@given(st.text(alphabet="'\"`${}()[]\\/*#ab:,.\n ", max_size=60))
def test_no_text_is_an_error(code: str) -> None:
    place = place_of(code)
    assert place.text is None or place.key is None
