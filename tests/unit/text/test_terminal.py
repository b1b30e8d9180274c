"""What is said on a terminal rules none."""

from __future__ import annotations

import pytest
from scopebox.text.terminal import MAX_CHARACTERS, complain, say

NAME = "\x1b[31mRED\u202e\x9b2J\ud800"
SEEN = "\\x1b[31mRED\\u202e\\x9b2J\\ud800"


def test_what_cannot_be_seen_is_made_visible_on_both_ways(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"loaded {NAME}\nserving")
    complain(f"error: {NAME}\nA hint.")
    assert tuple(capsys.readouterr()) == (f"loaded {SEEN}\\nserving\n", f"error: {SEEN}\nA hint.\n")


def test_no_more_is_said_at_once_than_anybody_reads(capsys: pytest.CaptureFixture[str]) -> None:
    say("a" * 10**6)
    complain("a" * 10**6)
    assert all(len(text) < MAX_CHARACTERS + 100 for text in capsys.readouterr())
