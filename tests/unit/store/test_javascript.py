"""Conversions as JavaScript makes them."""

from __future__ import annotations

import asyncio
import json
import math

import pytest
from scopebox.store import javascript
from scopebox.store.store import Store


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, 0), (True, 1), ("", 0), (" 5 ", 5), ("5.0", 5), ("0x1F", 31), ("0b11", 3), ("1e3", 1000), ([], 0), ([7], 7), ([[[" 7 "]]], 7), ([[]], 0), ([None], 0), (".5", 0.5),
     (2**53 + 1, 2**53), ("-Infinity", -math.inf), (10**400, math.inf)],
)  # fmt: skip
def test_numbers(value: object, expected: float) -> None:
    assert javascript.number(value) == expected


@pytest.mark.parametrize("value", ["x", "1_0", "5,0", {}, [1, 2], [[1, 2]], [True], "0x", "--1", "1e", "١"])  # noqa: RUF001 - an Arabic digit
def test_what_is_no_number_is_nan(value: object) -> None:
    assert math.isnan(javascript.number(value))


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, "null"), (True, "true"), (5.0, "5"), (1e21, "1e+21"), (1e-7, "1e-7"), (0.000001, "0.000001"), (1.5e-6, "0.0000015"),
     ([1, None, "a"], "1,,a"), (-0.5, "-0.5"), (123456789012345680000, "123456789012345680000"), (-1.5e20, "-150000000000000000000"), (-1e-6, "-0.000001"), (-0.0, "0"),
     (math.inf, "Infinity"), (-1.25e-7, "-1.25e-7")],
)  # fmt: skip
def test_texts(value: object, expected: str) -> None:
    assert javascript.text(value) == expected


def test_lists_in_lists_are_numbers_at_any_depth() -> None:
    value: object = 7
    for _ in range(100_000):
        value = [value]
    assert javascript.number(value) == 7


def test_of_a_long_list_no_more_than_its_beginning_is_written() -> None:
    rest = iter([1] * 1000)

    class Item:
        def __str__(self) -> str:
            return str(next(rest))

    found = javascript.beginning([None, "ab", [Item() for _ in range(1000)]], 10)
    assert found == ",ab,1,1,1,1"
    assert len(list(rest)) > 990
    assert javascript.beginning([1, [2, None]], 10) == javascript.text([1, [2, None]]) == "1,2,"


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


# What node 20 prints for String(JSON.parse(text)) and String(Number(text)).
STRINGS = [
    ("1e-7", "1e-7"), ("1.5e-7", "1.5e-7"), ("-1e-7", "-1e-7"), ("0.000001", "0.000001"), ("1.5e-6", "0.0000015"), ("0.1", "0.1"),
    ("0.30000000000000004", "0.30000000000000004"), ("1e16", "10000000000000000"), ("1e20", "100000000000000000000"), ("1e21", "1e+21"),
    ("1.5e21", "1.5e+21"), ("1e22", "1e+22"), ("123456789012345680000", "123456789012345680000"),
    ("12345678901234567890", "12345678901234567000"), ("9007199254740993", "9007199254740992"), ("5e-324", "5e-324"),
    ("1.7976931348623157e308", "1.7976931348623157e+308"), ("1e400", "Infinity"), ("-1e400", "-Infinity"), ("-0.0", "0"), ("100", "100"),
    ("1.10", "1.1"), ("123456.789e3", "123456789"), ("2.5e-5", "0.000025"), ("0.00001234", "0.00001234"), ("-5e-7", "-5e-7"),
    ("1e100", "1e+100"), ("1234567.125", "1234567.125"), ('[1,[2,null],"a"]', "1,2,,a"), ("[]", ""), ("[null]", ""),
    ("{}", "[object Object]"), ('{"a":1}', "[object Object]"), ("[{}]", "[object Object]"), ("[true,false]", "true,false"),
    ("[1e-7]", "1e-7"), ("null", "null"), ("true", "true"),
]  # fmt: skip
NUMBERS = [
    ("", "0"), ("  ", "0"), ("05", "5"), (" 5 ", "5"), ("\ufeff5", "5"), ("\xa05", "5"), ("1e3", "1000"), ("0x1F", "31"), ("0b11", "3"),
    ("0o17", "15"), ("-0x1", "NaN"), ("1_0", "NaN"), ("1e", "NaN"), ("1.", "1"), ("-.5", "-0.5"), (".", "NaN"), ("Infinity", "Infinity"),
    ("-Infinity", "-Infinity"), ("infinity", "NaN"), ("1,5", "NaN"), ("\x1c5", "NaN"), ("\x855", "NaN"), ("1" * 400, "Infinity"),
    ("1e-7", "1e-7"), ("1e-400", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STRINGS)
def test_strings_are_those_of_node(text: str, expected: str) -> None:
    assert javascript.text(json.loads(text)) == expected


@pytest.mark.parametrize(("text", "expected"), NUMBERS)
def test_numbers_are_those_of_node(text: str, expected: str) -> None:
    assert javascript.text(javascript.number(text)) == expected


@pytest.mark.parametrize("value", [1e-7, 1.5e-6, 1e21, 12345678901234567890, 100.0, 0.1])
def test_what_is_written_as_a_number_is_found_by_the_same_number(value: float) -> None:
    with Store.sample() as store:
        service = store.items("articles", accountability=None)
        asyncio.run(service.create([{"title": value, "slug": "number"}]))
        found = asyncio.run(
            service.read({"filter": {"title": {"_eq": str(javascript.text(value))}}, "fields": ["title"]})
        ).data
        assert found == [{"title": javascript.text(value)}]
        if abs(value) <= javascript.SAFE:
            assert asyncio.run(service.read({"filter": {"title": {"_eq": value}}, "fields": ["title"]})).data == found
