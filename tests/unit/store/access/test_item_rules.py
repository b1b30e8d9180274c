"""The rules of one who asks are read once as far as they are the same for anybody, and counted each time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from scopebox.errors import DirectusError
from scopebox.store import bounds
from scopebox.store.access import lasting_rules
from scopebox.store.access.access import Access
from scopebox.store.access.item_rules import ItemRules
from scopebox.store.access.lasting_rules import LastingRules
from scopebox.store.access.records import Accountability
from scopebox.store.access.variables import Variables

NOW = datetime(2024, 1, 31, tzinfo=UTC)
LONG = {"size": {"_in": [*range(100)]}}
MINE = {"_and": [LONG, {"owner": {"_eq": "$CURRENT_USER"}}]}


def rules(lasting: LastingRules, user: str = "u") -> ItemRules:
    """Return what reads the rules of a user."""
    return ItemRules(Variables(Access(), Accountability(user=user), NOW), lasting)


def test_a_long_rule_without_variables_is_read_once() -> None:
    lasting = LastingRules()
    first = rules(lasting).parse(LONG)
    again = rules(lasting, "other")
    assert again.parse(LONG) is first
    assert again.values == 101 + 1


def test_a_rule_with_variables_is_read_for_each_who_asks() -> None:
    lasting = LastingRules()
    one, other = (rules(lasting, user).parse(MINE) for user in ("u", "v"))
    assert one["_and"][1] == {"owner": {"_eq": "u"}}  # type: ignore[index]
    assert other["_and"][1] == {"owner": {"_eq": "v"}}  # type: ignore[index]


def test_what_was_read_once_counts_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MAX_RULE_VALUES", 250)
    lasting = LastingRules()
    reader = rules(lasting)
    for _ in range(2):
        reader.parse(LONG)
    with pytest.raises(DirectusError, match="There are 306 values in rules and presets, 250 are the limit"):
        reader.parse(LONG)


def test_variables_are_counted() -> None:
    """Each is found, and told to a database, by every call."""
    moments = {"at": {"_in": [f"$NOW(-{days} days)" for days in range(600)]}}
    reader = rules(LastingRules())
    reader.parse(moments)
    with pytest.raises(DirectusError, match="There are 1,200 variables in rules, 1,000 are the limit"):
        reader.parse(moments)


def test_the_values_of_a_list_are_cast_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cast: list[str] = []

    def noted(type_: str, items: list[object], *, part: bool) -> object:
        cast.append(type_)
        return type_, items, part

    monkeypatch.setattr(lasting_rules, "as_list", noted)
    lasting = LastingRules()
    days: list[object] = ["2024-01-01"] * 20
    first = lasting.listed("date", days, part=False)
    assert lasting.listed("date", days, part=False) is first
    lasting.listed("string", days, part=False)
    lasting.listed("date", [*days], part=False)
    assert cast == ["date", "string", "date"]


def test_words_for_moments_are_told_anew() -> None:
    lasting = LastingRules()
    words: list[object] = ["today", "now"] * 10
    assert lasting.listed("timestamp", words, part=False) is not lasting.listed("timestamp", words, part=False)
