"""Regular expressions of rules: how many of them are tried."""

from __future__ import annotations

import pytest
from scopebox.store.query import patterns
from scopebox.store.query.patterns import Re2


def test_of_many_different_ones_the_first_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "MAX_PATTERNS", 3)
    with Re2() as re2:
        for _ in range(2):
            assert [re2.complaint(text) for text in ("a", "b", "(")][:2] == ["", ""]
        assert re2.complaint("(")
        assert re2.complaint("c") == "3 others stand before it, which are the limit"
        assert not re2.complaint("a")
