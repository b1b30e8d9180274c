from __future__ import annotations

from collections.abc import Mapping

import pytest
from scopebox.errors import DirectusError
from scopebox.store.errors import failed_validation
from scopebox.store.writing.validation import Patterns, Required, failures_of

MISSING: dict[str, object] = {}


def types(rule: Mapping[str, object], payload: Mapping[str, object]) -> list[object]:
    patterns = Patterns()
    patterns.known = {("^[A-Z]", "Upper"): True, ("^[A-Z]", "lower"): False}
    return [entry["type"] for entry in failures(rule, payload, patterns=patterns)]


def failures(
    rule: Mapping[str, object], payload: Mapping[str, object], *nested: str, patterns: Patterns | None = None
) -> list[dict[str, object]]:
    found = failures_of(rule, payload, nested, patterns or Patterns())
    return [entry for group in found for entry in group]


@pytest.mark.parametrize(
    ("condition", "good", "bad", "kind"),
    [
        ({"_eq": "a"}, "a", "b", "eq"),
        ({"_eq": 5}, "5", "6", "in"),
        ({"_neq": "a"}, "b", "a", "neq"),
        ({"_in": ["a", "b"]}, "a", "c", "in"),
        ({"_in": ["a"]}, "a", "c", "eq"),
        ({"_nin": ["a", "b"]}, "c", "a", "nin"),
        ({"_null": True}, None, 1, "null"),
        ({"_nnull": True}, 1, None, "nnull"),
        ({"_empty": True}, "", "a", "empty"),
        ({"_nempty": True}, "a", "", "nempty"),
        ({"_gt": 3}, 4, 3, "gt"),
        ({"_gte": "3"}, "3", 2, "gte"),
        ({"_lt": 3}, 2, 3, "lt"),
        ({"_lte": 3}, 3, 4, "lte"),
        ({"_gt": "2020-01-01"}, "2020-01-02", "2019-12-31", "gt"),
        ({"_between": [1, 3]}, 2, 4, "lte"),
        ({"_between": [1, 3]}, 1, 0, "gte"),
        ({"_contains": "W"}, "Wonder", "wonder", "contains"),
        ({"_icontains": "W"}, "wonder", "other", "contains"),
        ({"_ncontains": "W"}, "wonder", "Wonder", "ncontains"),
        ({"_starts_with": "a"}, "ab", "ba", "starts_with"),
        ({"_nistarts_with": "a"}, "ba", "Ab", "nistarts_with"),
        ({"_iends_with": "B"}, "ab", "ba", "iends_with"),
        ({"_regex": "^[A-Z]"}, "Upper", "lower", "regex"),
        ({"_regex": "/^[A-Z]/"}, "Upper", "lower", "regex"),
    ],
)
def test_an_operator_accepts_and_refuses(condition: dict[str, object], good: object, bad: object, kind: str) -> None:
    assert types({"f": condition}, {"f": good}) == []
    assert types({"f": condition}, {"f": bad}) == [kind]
    assert types({"f": condition}, MISSING) == []


@pytest.mark.parametrize("condition", [{"_gt": 1}, {"_regex": "a"}, {"_starts_with": "a"}])
@pytest.mark.parametrize("value", [None, True, {}])
def test_a_value_of_another_type_counts_as_missing(condition: dict[str, object], value: object) -> None:
    assert types({"f": condition}, {"f": value}) == ["required"]


@pytest.mark.parametrize("value", [None, True, {}, "", ["b"]])
def test_what_a_directus_cannot_put_into_words_is_its_internal_error(value: object) -> None:
    with pytest.raises(DirectusError, match="Couldn't extract validation error type") as caught:
        types({"f": {"_contains": "a"}}, {"f": value})
    assert caught.value.status == 500


def test_true_is_not_one() -> None:
    assert types({"f": {"_eq": True}}, {"f": 1}) == ["eq"]


def test_every_broken_rule_is_an_error() -> None:
    rule = {"_and": [{"a": {"_nempty": True}}, {"b": {"_lte": 10}}, {"c": {"_nnull": True}}]}
    assert types(rule, {"a": "", "b": 11, "c": 1}) == ["nempty", "lte"]


def test_an_alternative_is_broken_when_all_of_it_is() -> None:
    rule = {"_or": [{"a": {"_eq": "x"}}, {"b": {"_eq": "y"}}]}
    assert types(rule, {"a": "x", "b": "z"}) == []
    assert types(rule, {"a": "z", "b": "z"}) == ["eq", "eq"]


def test_rules_reach_into_nested_items() -> None:
    found = failures({"author": {"name": {"_nempty": True}}}, {"author": {"name": ""}}, "articles")
    assert found == [{"field": "author", "path": ["articles", "name"], "type": "nempty"}]
    assert failures({"author": {"name": {"_nempty": True}}}, {}) == []
    by_key = failures({"author": {"name": {"_nempty": True}}}, {"author": 1})
    assert by_key == [{"field": "author", "path": [], "type": "required"}]


def test_logic_inside_a_field_is_about_that_field() -> None:
    rule = {"views": {"_or": [{"_lt": 0}, {"_gt": 10}]}}
    assert types(rule, {"views": 11}) == []
    assert types(rule, {"views": 5}) == ["lt", "gt"]


def test_patterns_are_asked_for_before_they_are_needed() -> None:
    rule = {"_and": [{"title": {"_regex": "/^a/"}}, {"_or": [{"slug": {"_regex": "b"}}]}]}
    assert Patterns().wanted(rule, {"title": "x", "slug": "y", "other": "z"}) == {("^a", "x"), ("b", "y")}


def test_required_fields_are_told_apart_from_null_ones() -> None:
    required = Required(frozenset({"title"}), ("id", "title", "status"))
    assert required.failures({"title": "t"}, ()) == []
    assert required.failures({"status": None}, ("author",)) == [
        {"field": "title", "path": ["author"], "type": "required"},
        {"field": "status", "path": ["author"], "type": "nnull"},
    ]


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        ({"type": "required", "path": ["author"]}, 'Validation failed for field "f" at "author". Value is required.'),
        (
            {"type": "in", "path": [], "valid": ["a", 1]},
            'Validation failed for field "f". Value has to be one of "a", "1".',
        ),
        (
            {"type": "gte", "path": [], "valid": 0},
            'Validation failed for field "f". Value has to be greater than or equal to "0".',
        ),
        ({"type": "neq", "path": [], "invalid": "x"}, 'Validation failed for field "f". Value can\'t be "x".'),
        (
            {"type": "regex", "path": [], "invalid": "x"},
            'Validation failed for field "f". Value doesn\'t have the correct format.',
        ),
    ],
)
def test_failures_are_told_in_directus_s_words(failure: dict[str, object], message: str) -> None:
    assert failed_validation([{"field": "f", **failure}]).message == message


def test_several_failures_are_several_errors() -> None:
    error = failed_validation([{"field": name, "path": [], "type": "required"} for name in "ab"])
    assert [entry.extensions["field"] for entry in error.all] == ["a", "b"]
