"""What a condition costs for each row grows with what a database does for it."""

from __future__ import annotations

from scopebox.store.query.efforts import FOLDING, effort
from scopebox.store.query.operators import MATCHING


def test_a_text_that_is_looked_through_costs_more_than_one_that_is_compared_and_more_if_case_does_not_count() -> None:
    compared = effort("_eq", "x", literal=True)
    looked_through = effort("_ncontains", "x", literal=True)
    lowered = effort("_icontains", "x", literal=True)
    assert compared.comparisons < looked_through.comparisons < lowered.comparisons
    assert (compared.folds, looked_through.folds, lowered.folds) == (False, False, True)


def test_a_list_costs_more_the_more_values_it_has() -> None:
    costs = [effort("_in", [*range(number)], literal=True).comparisons for number in (1, 2, 100, 10_000)]
    assert costs == sorted(set(costs))


def test_a_pattern_that_is_held_against_every_place_costs_more_the_longer_it_is() -> None:
    short, long = (effort("_contains", "_" * length, literal=False).comparisons for length in (10, 100))
    assert long > short > effort("_contains", "_" * 100, literal=True).comparisons


def test_the_operators_that_ignore_case_are_those_with_an_i() -> None:
    assert {f"_i{name[1:]}" for name in MATCHING - FOLDING if not name.startswith("_n")} <= FOLDING
    assert not {name for name in FOLDING if "icontains" not in name and "i" not in name[1:3]}
