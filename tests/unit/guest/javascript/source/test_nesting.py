"""How deeply a text is nested is known before anything reads it that takes memory for each level."""

from __future__ import annotations

import pytest
from scopebox_guest.javascript.source.nesting import beyond, deepest
from scopebox_guest.javascript.source.tokens import tokens


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("((((", 3),
        ("([{<a", 3),
        ("a<b,c<b,c<b,c<b", 13),
        ("a<b<c,a<b<d", 9),
        ("`${`${f((", 8),
        ("(()=>(((a", 7),
    ],
)
def test_the_first_bracket_within_too_many_is_found(text: str, place: int) -> None:
    assert beyond(text, 3) == place


@pytest.mark.parametrize(
    "text",
    [
        "((()))" * 9,
        "A<B<C<D>>>;" * 9,
        "a < b;" * 9,
        "if (a < b) { c }\n" * 9,
        "x = a < b\n" * 9,
        "const a = b < c\n" * 9,
        "a << b <= c " * 9,
        "a < 1 && b < 2 || " * 9,
        "a = '((<';" * 9,
        'a = "\\"((<";' * 9,
        "// ((<\n" * 9,
        "/* ((< */" * 9,
        "/* ((((((",
        ")" * 9 + "]>}" * 9,
    ],
)
def test_what_is_closed_compared_or_said_in_texts_is_not_nested(text: str) -> None:
    assert beyond(text, 3) is None


@pytest.mark.parametrize(
    ("text", "place"),
    [("a;\n((b", 4), ("a; !!!b", 3), ("f(1); a ? b : a ? b : c", 6), ("[[1], [[2]]]", 7), ("", 0)],
)
def test_the_deepest_place_is_the_innermost_bracket_or_the_begin_of_the_longest_row(text: str, place: int) -> None:
    assert deepest(tokens(text)) == place
