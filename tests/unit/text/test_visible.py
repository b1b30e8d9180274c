"""Foreign text for people."""

from __future__ import annotations

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.text.visible import clean, escape, shorten, visible

UNSEEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcödé, 漢字, 👍", "plain, ünïcödé, 漢字, 👍"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("granted\u202eyadot\u202c", "granted\\u202eyadot\\u202c"),
        ("a\u200bb\ufeff", "a\\u200bb\\ufeff"),
        ("a\u2028b\u2029", "a\\u2028b\\u2029"),
        ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u3164", "\\u3164"),
    ],
)
def test_what_cannot_be_seen_is_written_as_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_may_stay_lines() -> None:
    assert visible("one\n\ttwo\r", lines=True) == "one\n\ttwo\\r"


def test_a_pile_of_accents_is_counted_instead_of_drawn() -> None:
    assert visible("x" + "\u0300" * 20_000) == "x" + "\u0300" * 4 + "…(19,996 more accents)"
    assert visible("e\u0301\u0323") == "e\u0301\u0323"


@given(st.text())
def test_nothing_unseen_is_left(text: str) -> None:
    assert not any(unicodedata.category(character) in UNSEEN_CATEGORIES for character in visible(text))


@given(st.text(), st.integers(3, 50))
def test_shortening_keeps_head_and_tail_and_says_how_much_it_left_out(text: str, limit: int) -> None:
    shown = shorten(text, limit)
    if len(text) <= limit:
        assert shown == text
    else:
        assert shown.startswith(text[: limit - limit // 3])
        assert shown.endswith(text[-(limit // 3) :])
        assert f"…({len(text) - limit:,} more)…" in shown


def test_a_megabyte_becomes_a_line() -> None:
    assert len(clean("\x1b" * 1_000_000)) < 2_000


@given(st.text(max_size=200))
def test_escaped_text_is_text(text: str) -> None:
    shown = escape(text)
    assert not set("<>\"'") & set(shown)
    assert html.unescape(shown) == visible(text)


@pytest.mark.parametrize("count", [100, 4_000, 8_000, 100_000])
def test_what_is_written_as_escapes_is_no_longer_than_it_may_be_whatever_it_was(count: int) -> None:
    assert len(clean("\u202e" * count, 20_000, lines=True)) <= 20_100
