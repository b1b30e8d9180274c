"""Conversions as JavaScript makes them."""

from __future__ import annotations

import math

import pytest
from scopebox.store import javascript


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, 0), (True, 1), ("", 0), (" 5 ", 5), ("5.0", 5), ("0x1F", 31), ("0b11", 3), ("1e3", 1000), ([], 0), ([7], 7), (".5", 0.5),
     (2**53 + 1, 2**53), ("-Infinity", -math.inf), (10**400, math.inf)],
)  # fmt: skip
def test_numbers(value: object, expected: float) -> None:
    assert javascript.number(value) == expected


@pytest.mark.parametrize("value", ["x", "1_0", "5,0", {}, [1, 2], "0x", "--1", "1e", "١"])  # noqa: RUF001 - an Arabic digit
def test_what_is_no_number_is_nan(value: object) -> None:
    assert math.isnan(javascript.number(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "null"), (True, "true"), (5.0, "5"), (1e21, "1e+21"), (1e-7, "1e-7"), (0.000001, "0.000001"), (1.5e-6, "0.0000015"),
     ([1, None, "a"], "1,,a"), (-0.5, "-0.5"), (123456789012345680000, "123456789012345680000")],
)  # fmt: skip
def test_texts(value: object, expected: str) -> None:
    assert javascript.text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [([], True), ({}, True), ("", False), (0, False), (math.nan, False), ("0", True)]
)
def test_truth(value: object, expected: bool) -> None:
    assert javascript.truthy(value) is expected


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        (0, -5, [0, 1, 2]),
        (2, None, [2, 3, 4, 5, 6, 7]),
        (0, math.nan, []),
        (-2, None, [6, 7]),
        (0, math.inf, list(range(8))),
        (0, 0, []),
    ],
)
def test_slices(start: float, stop: float | None, expected: list[object]) -> None:
    assert javascript.sliced(list(range(8)), start, stop) == expected
