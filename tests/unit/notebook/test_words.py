"""The words of a line: quotes as in a shell, JSON without any around it, and no quote that is lost."""

from __future__ import annotations

import json
import shlex
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scopebox.notebook.words import QuotesError, words

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no failure
DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.lists(st.text("abc-/.:=*", min_size=1, max_size=8), max_size=4)


@patient
@given(WORDS, st.lists(DATA, max_size=3) | st.dictionaries(st.text(), DATA, max_size=3), WORDS)
def test_json_between_words_is_one_argument(before: list[str], data: object, after: list[str]) -> None:
    text = json.dumps(data)
    assert words(" ".join([*before, text, *after])) == [*before, text, *after]


@patient
@given(st.lists(DATA, max_size=3) | st.dictionaries(st.text(), DATA, max_size=3))
def test_json_as_a_value_within_a_word_keeps_its_quotes(data: object) -> None:
    path = f"/items/articles?filter={json.dumps(data)}&limit=1"
    assert words(f"GET {path} x") == ["GET", path, "x"]


@patient
@given(st.text("ab {}[]=-\"'\\\\", max_size=20))
def test_a_line_has_words_or_an_error_about_its_quotes(line: str) -> None:
    with suppress(QuotesError):
        assert all(isinstance(word, str) for word in words(line))


@patient
@given(st.text("ab /{}[]=-\"'\\\\", max_size=20))
def test_only_quotes_around_words_are_taken_away(text: str) -> None:
    assert words(f"a {shlex.quote(text)} b") == ["a", text, "b"]


def quotes(text: str) -> int:
    return text.count('"') + text.count("'")


@patient
@given(st.lists(st.text("ab?={\"'", min_size=1, max_size=6), min_size=1, max_size=3))
def test_no_quote_within_a_word_is_lost(texts: list[str]) -> None:
    line = " ".join(f"/{text}" for text in texts)
    try:
        found = words(line)
    except QuotesError:
        assert quotes(line)
    else:
        assert quotes("".join(found)) == quotes(line)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("run 'a {\"b\": 1}'", ["run", 'a {"b": 1}']),
        ('mock GET https://x/* "sunny, 21 degrees"', ["mock", "GET", "https://x/*", "sunny, 21 degrees"]),
        ("--file='a b.py' -H'X: y' --out=\"z\"", ["--file=a b.py", "-HX: y", "--out=z"]),
        ('--meta={"a": "b c"} \'\'', ['--meta={"a": "b c"}', ""]),
        ('"say \\"hi\\"" a\\ b', ['say "hi"', "a b"]),
    ],
)
def test_quotes_are_those_of_a_shell(line: str, found: list[str]) -> None:
    assert words(line) == found


@pytest.mark.parametrize(
    ("line", "mended"),
    [
        ('GET /a?search="b c"&d=1 x', "GET '/a?search=\"b c\"&d=1' x"),
        ('GET "/a?filter={"b":1}"', "GET '/a?filter={\"b\":1}'"),
        ("GET /a?search=it's", 'GET "/a?search=it\'s"'),
        ("run x {'a': 'b'} --y", 'run x {"a": "b"} --y'),
        ('run x {a: "b"}', 'run x {"a": "b"}'),
        ('run x a="b"', 'run x {"a": "b"}'),
        ('x --input a="b"', "x --input 'a=\"b\"'"),
        ("run {}'", 'run "{}\'"'),
        ('run "x', ""),
    ],
)
def test_a_line_is_shown_as_it_should_be(line: str, mended: str) -> None:
    with pytest.raises(QuotesError) as raised:
        words(line)
    assert raised.value.mended == mended
    if mended:
        words(mended)


def test_brackets_that_begin_no_json_stay_as_they_are() -> None:
    for line in (" [1," * 5_000, " [" * 10_000, " {" * 10_000, "=[" * 10_000):
        assert words(line) == line.split()
    assert words(f"{'[' * 5_000} [1, 2]") == ["[" * 5_000, "[1, 2]"]


def test_what_is_written_without_quotes_is_read_in_one_piece() -> None:
    class Line(str):
        """A line that counts the characters that are looked at one by one."""

        __slots__ = ()
        looked = 0

        def __getitem__(self, place: object) -> str:
            Line.looked += isinstance(place, int)
            return str.__getitem__(self, place)  # type: ignore[index]

    for text in ("{[" * 14_000, "," * 28_000, '"' + "a" * 28_000 + '"', "[" * 28_000, "GET /items/" + "a.{" * 9_000):
        Line.looked = 0
        assert "".join(words(Line(text))) == text.replace('"', "").replace(" ", "")
        assert Line.looked < 200


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (r"a\ b c", ["a b", "c"]),
        (r"\"a b", ['"a', "b"]),
        (r'"a\"b\\c\d" e', [r'a"b\c\d', "e"]),
        (r"'a\"b' c\\", [r"a\"b", "c\\"]),
        (r"""'\"' b '\\'""", [r"\"", "b", r"\\"]),
        ('--query={"a": 1} b', ['--query={"a": 1}', "b"]),
        (r"\={1 a={2", ["={1", "a={2"]),
    ],
)
def test_a_backslash_stands_for_the_next_character(line: str, found: list[str]) -> None:
    assert words(line) == found
