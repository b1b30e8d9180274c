"""Names in messages: what was probably meant, or what there is."""

from __future__ import annotations

import pytest
from scopebox.text.messages import MAX_LISTED_NAMES, hint, listed, quote, remedy


@pytest.mark.parametrize(
    ("known", "words"),
    [
        (["items", "log"], "did you mean items?"),
        (["log", "sleep", "request"], "there are log, sleep and request"),
        (["log", "sleep"], "there are log and sleep"),
        (["log"], "there is only log"),
        ([], "there is none"),
    ],
)
def test_a_remedy_is_the_closest_name_or_what_there_is(known: list[str], words: str) -> None:
    assert remedy("itmes", known) == words


def test_a_hint_is_the_same_as_a_sentence() -> None:
    assert hint("itmes", ["items"]) == "Did you mean items?"
    assert hint("itmes", ["log", "sleep"]) == "There are log and sleep."


def test_other_words_can_stand_in_place_of_the_list() -> None:
    assert remedy("itmes", ["items"], "create it first") == "did you mean items?"
    assert hint("itmes", ["log"], "Create it first.") == "Create it first."


def test_foreign_names_are_made_visible_and_are_not_listed_without_end() -> None:
    assert remedy("it\x1bems", ["it\x1bem"]) == "did you mean it\\x1bem?"
    many = [f"name{number}" for number in range(MAX_LISTED_NAMES + 5)]
    assert listed(many).endswith("name19 and 5 more")
    assert len(remedy("x", ["y" * 10_000])) < 300


def test_what_is_quoted_cannot_break_out_of_its_quotes() -> None:
    assert quote('a"b\n') == '"a\\"b\\n"'
