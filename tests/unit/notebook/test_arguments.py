"""The arguments of the magics: words as in a shell, JSON without quotes."""

from __future__ import annotations

import json
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.error import UsageError
from scopebox.notebook.arguments import CellOptions, cell_parser, parse_cell, quoted_json

DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
WORDS = st.lists(st.text("abc-/.:=*", min_size=1, max_size=8), max_size=4)


@given(WORDS, st.lists(DATA, max_size=3) | st.dictionaries(st.text(), DATA, max_size=3), WORDS)
def test_json_between_words_is_one_argument(before: list[str], data: object, after: list[str]) -> None:
    text = json.dumps(data)
    assert shlex.split(quoted_json(" ".join([*before, text, *after]))) == [*before, text, *after]


@given(st.text("ab {}[]\"'", max_size=20))
def test_quoting_json_never_fails(line: str) -> None:
    quoted_json(line)


def test_what_is_quoted_already_stays() -> None:
    assert shlex.split(quoted_json("""run 'a {"b": 1}'""")) == ["run", 'a {"b": 1}']


def test_every_option_arrives() -> None:
    line = (
        "@scope/directus-extension-x --lang ts -m mine --type hook -g request -g read-items -d log -t 0.5 --wall 3 --memory 20 -o run "
        "-i a -i b=c --file 'a b.py' --append --bg -q"
    )
    assert parse_cell(line) == CellOptions(
        name="@scope/directus-extension-x",
        lang="ts",
        manifest="mine",
        type="hook",
        grant=("request", "read-items"),
        deny=("log",),
        timeout=0.5,
        wall=3.0,
        memory=20,
        out="run",
        input=("a", "b=c"),
        file="a b.py",
        append=True,
        bg=True,
        quiet=True,
    )


def test_nothing_is_everything_by_default() -> None:
    assert parse_cell("") == CellOptions()


@pytest.mark.parametrize("line", ["--gran x", "--time 3"])
def test_there_are_no_abbreviations(line: str) -> None:
    with pytest.raises(UsageError, match="there is no option"):
        parse_cell(line)


def test_every_option_has_help() -> None:
    parser = cell_parser()
    assert all(parser.action_of(option).help for option in parser.options())  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "says"),
    [("x" * 30_001, "30,001 characters, 30,000 are the limit"), ("-x " * 501, "501 words, 500 are the limit")],
)
def test_a_line_has_limits(line: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_cell(line)


def test_brackets_that_begin_no_json_stay_as_they_are() -> None:
    for line in (" [1," * 5_000, " [" * 10_000, " {" * 10_000, '{"a": ' * 3_000):
        assert quoted_json(line) == line
    assert quoted_json(f"{'[' * 5_000} [1, 2]") == f"{'[' * 5_000} '[1, 2]'"
