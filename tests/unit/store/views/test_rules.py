"""Filters in words."""

from __future__ import annotations

import pytest
from scopebox.store.views.rules import RULE, rule_words

from tests.growth import quick


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({}, ""),
        ({"status": {"_eq": "published"}}, 'status = "published"'),
        ({"status": "published"}, 'status = "published"'),
        ({"organisation": {"_eq": "$CURRENT_USER.organisation"}}, "organisation = $CURRENT_USER.organisation"),
        ({"author": {"country": {"_in": ["NL", "BE"]}}}, 'author.country in ["NL", "BE"]'),
        ({"_and": [{"a": {"_gt": 1}}, {"b": {"_null": True}}]}, "a > 1 and b is null"),
        ({"a": {"_gte": 1, "_lt": 5}}, "a ≥ 1 and a < 5"),
        (
            {"_and": [{"a": {"_eq": 1}}, {"_or": [{"b": {"_nnull": True}}, {"c": {"_eq": 2}, "d": {"_neq": 3}}]}]},
            "a = 1 and (b is not null or (c = 2 and d ≠ 3))",
        ),
        ({"_or": [{"a": {"_empty": False}}, {"b": {"_null": False}}]}, "a is not empty or b is not null"),
        ({"comments": {"_some": {"likes": {"_gt": 3}, "by": {"_eq": "x"}}}}, 'some comments with (likes > 3 and by = "x")'),
        ({"comments": {"_none": {"spam": {"_eq": True}}}}, "no comments with spam = true"),
        ({"year(born)": {"_nbetween": [1900, 2000]}}, "year(born) is not between [1900, 2000]"),
        ({"name": {"_nicontains": "x"}}, 'name does not contain (any case) "x"'),
        ({"name": {"_nstarts_with": "x"}}, 'name does not start with "x"'),
        ({"blocks": {"item:hero": {"title": {"_regex": "^A"}}}}, 'blocks.item:hero.title matches "^A"'),
        ({"place": {"_of_tomorrow": 1}}, "place of tomorrow 1"),
        ({"_and": []}, "everything"),
        ({"_or": []}, "nothing"),
    ],
)  # fmt: skip
def test_a_rule_is_said_in_words(rule: dict[str, object], words: str) -> None:
    assert rule_words(rule) == words


def deep(levels: int) -> dict[str, object]:
    rule: dict[str, object] = {"a": {"_eq": 1}}
    for _ in range(levels):
        rule = {"a": rule}
    return rule


@pytest.mark.parametrize(
    "rule",
    [
        {"_and": [{"a": {"_eq": 1}}] * 200_000},
        {"_and": [{}] * 200_000},
        {f"f{number}": {"_eq": 1} for number in range(200_000)},
        deep(900),
        {"x" * 10**6: {"_eq": "y" * 10**6}},
        {"a": {"_in": list(range(10**6))}},
        {"a": {"_" + "o" * 10**6: 1}},
    ],
)
def test_of_a_rule_without_end_the_beginning_is_said(rule: dict[str, object]) -> None:
    words = rule_words(rule)
    assert "…" in words
    assert len(words) < 2 * RULE
    assert quick(lambda: rule_words(rule))


def test_what_cannot_be_seen_is_made_visible() -> None:
    words = rule_words({"a\x1b[2J": {"_eq": "\u202e$"}, "b": {"_eq": "$\u202e"}})
    assert words.isprintable()
