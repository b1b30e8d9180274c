"""Averages as they are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from scopebox.store.reading.quantities import numeric_quotient, quotient


@pytest.mark.parametrize("count", ["1", "3", "7", "9999", "10000", "123456"])
@pytest.mark.parametrize("total", ["0", "1", "2", "9999", "10000", "10001", "123456789", "9" * 38])
def test_an_average_of_whole_numbers_has_the_digits_of_any_other(total: str, count: str) -> None:
    assert quotient([total, count]) == numeric_quotient(Decimal(total), Decimal(count))
