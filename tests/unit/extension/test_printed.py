"""What a cell printed, as it is shown: at once as far as it goes, and never more than one can read."""

from __future__ import annotations

from typing import Final

import pytest
from scopebox.extension.printed import MAX_PRINTED_CHARACTERS, MAX_PRINTED_LINES, PrintedText, printed

TEXTS: Final = {
    "one line": "a\n",
    "an open line": "a\nb",
    "nothing": "",
    "empty lines": "\n\n\n",
    "as many lines as are shown": "".join(f"{n}\n" for n in range(MAX_PRINTED_LINES)),
    "many lines": "".join(f"line {n}\n" for n in range(5_000)),
    "a line of dots": "." * 1_000,
    "what cannot be seen": "\x1b[2J\u202e\n" * 10,
}


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("size", [1, 7, 1_000, 100_000])
@pytest.mark.parametrize("name", TEXTS)
def test_however_it_comes_it_is_shown_as_if_it_had_come_at_once(name: str, size: int) -> None:
    text, shown = TEXTS[name], PrintedText()
    first = "".join(map(shown.first, pieces(text, size)))
    assert first + shown.rest(text) == printed(text)


def test_what_comes_is_shown_at_once() -> None:
    shown = PrintedText()
    assert shown.first("one\ntw") == "one\ntw"
    assert shown.first("o\n") == "o\n"
    assert shown.rest("one\ntwo\n") == ""


def test_a_line_without_its_end_gets_one() -> None:
    shown = PrintedText()
    assert shown.first("...") == "..."
    assert shown.rest("...") == "\n"


def test_what_was_cut_is_shown_behind_what_came_first() -> None:
    shown = PrintedText()
    shown.first("one\n")
    assert shown.rest("one\n… 7 more characters were printed and cut") == "… 7 more characters were printed and cut\n"


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "\n" * 1_000_000, "\u202e" * 300_000, "a\u0300" * 300_000],
    ids=["wide", "lines", "unseen", "accents"],
)
@pytest.mark.parametrize("size", [100, 8_000])
def test_a_flood_shows_no_more_while_it_comes_than_at_the_end(text: str, size: int) -> None:
    shown = PrintedText()
    first = [shown.first(piece) for piece in pieces(text, size)]
    assert sum(map(len, first)) + len(shown.rest(text)) < 2 * MAX_PRINTED_CHARACTERS
    assert not any(first[-10:])
