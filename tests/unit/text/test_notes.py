"""Notes: each said once, many of one kind with their number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scopebox.text.notes import MAX_MEANT, MAX_NOTES, Notes


def test_a_line_is_said_once() -> None:
    notes = Notes()
    for line in ("a", "b", "a"):
        notes.add(line)
    assert notes.lines == ["a", "b"]


@pytest.mark.parametrize(
    ("thing", "number", "line"),
    [
        ("relation to x", 1, "1 relation to x: gone (p.0)"),
        ("relation to x", 3, "3 relations to x: gone (p.0, p.1, p.2)"),
        ("relation to x", 1200, "1,200 relations to x: gone (p.0, p.1, p.2 and 1,197 more)"),
        ("policy", 2, "2 policies: gone (p.0, p.1)"),
        ("key", 2, "2 keys: gone (p.0, p.1)"),
    ],
)
def test_many_of_one_kind_are_one_note_with_their_number(thing: str, number: int, line: str) -> None:
    notes = Notes()
    for at in range(number):
        notes.count(thing, "gone", f"p.{at}")
    assert notes.lines == [line]


def test_no_more_is_kept_than_anybody_reads() -> None:
    notes = Notes()
    for at in range(MAX_NOTES + 5):
        notes.count("thing", f"of kind {at}", "here")
    assert notes.full
    assert len(notes.lines) == MAX_NOTES + 1
    assert notes.lines[-1] == "5 more notes are left out"


def test_what_was_meant_is_looked_for_a_few_times_alone() -> None:
    notes, looked = Notes(), 0

    def known() -> Iterator[str]:
        nonlocal looked
        looked += 1
        yield "articles"

    assert [notes.meant("artcles", known()) for _ in range(1_000)] == ["articles"] * MAX_MEANT + [""] * (
        1_000 - MAX_MEANT
    )
    assert looked == MAX_MEANT
