"""The arguments of the magics: words as in a shell, JSON without quotes."""

from __future__ import annotations

import pytest
from IPython.core.error import UsageError
from scopebox.notebook.arguments import CellOptions, HelpWanted, cell_parser, parse_cell


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


@pytest.mark.parametrize("line", ["--help", "-h", "directus-extension-x --lang js --help"])
def test_help_is_an_option_of_the_cell(line: str) -> None:
    with pytest.raises(HelpWanted, match="Examples:\n  %%sandbox directus-extension-hello\n"):
        parse_cell(line)


def test_a_line_whose_quotes_would_be_lost_is_shown_as_it_should_be() -> None:
    with pytest.raises(UsageError, match=r"^%%sandbox: quotes within a word .*: %%sandbox x --input 'a=\"b\"'$"):
        parse_cell('x --input a="b"')
    with pytest.raises(UsageError) as raised:
        parse_cell('x"' * 10_000)
    assert len(str(raised.value)) < 3_000
