"""Moments that variables stand for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from scopebox.store.access.records import Accountability
from scopebox.store.access.variables import Variables, adjusted

NOW = datetime(2024, 1, 31, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        ("-1 day", datetime(2024, 1, 30, 12, 30, tzinfo=UTC)),
        ("2", datetime(2024, 2, 2, 12, 30, tzinfo=UTC)),
        ("+1.5 HRS", datetime(2024, 1, 31, 14, 0, tzinfo=UTC)),
        ("1 mth", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("-11.9 months", datetime(2023, 2, 28, 12, 30, tzinfo=UTC)),
        ("1y", datetime(2025, 1, 31, 12, 30, tzinfo=UTC)),
        ("500 msecs", datetime(2024, 1, 31, 12, 30, 0, 500_000, tzinfo=UTC)),
    ],
)
def test_a_moment_is_moved_by_an_amount_of_a_unit(adjustment: str, expected: datetime) -> None:
    assert adjusted(NOW, adjustment) == expected


@pytest.mark.parametrize(
    "adjustment", ["1 \u017f", "1 day\u017f", "1 mths", "1 fortnight", "1 yea", "1e3 days", "9000 years"]
)
def test_an_adjustment_that_cannot_be_read_changes_nothing(adjustment: str) -> None:
    assert adjusted(NOW, adjustment) == NOW


class Policies:
    """Knows the policies of anybody, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def policy_ids(self, _: Accountability) -> list[str]:
        self.asked += 1
        return ["p", "q"]


def test_what_a_variable_stands_for_is_found_once() -> None:
    policies = Policies()
    variables = Variables(policies, Accountability(), NOW)
    first, second = (variables.value("$CURRENT_POLICIES") for _ in range(2))
    assert first == ["p", "q"]
    assert first is second
    assert policies.asked == 1
    assert variables.value("$NOW(-1 days)") is variables.value("$NOW(-1 days)")
    assert variables.used == {"$CURRENT_POLICIES", "$NOW(-1 days)"}
