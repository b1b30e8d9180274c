from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from scopebox.store import javascript
from scopebox.store.query.operators import UnreadableError, operand, operands
from scopebox.store.schema.schema import Field, HeldType
from scopebox.store.values.casting import cast_of
from scopebox.store.values.types import NUMBERS, InputError, typed

from tests.growth import calls

WHOLE: list[object] = [
    0,
    7,
    -1,
    2**31 - 1,
    2**31,
    -(2**31),
    2**53 - 1,
    2**53 + 1,
    10**21,
    5.0,
    -0.0,
    1.5,
    True,
    "7",
    "07",
]


def outcome(work: object, *arguments: object) -> object:
    try:
        assert callable(work)
        found = work(*arguments)
    except (InputError, UnreadableError) as error:
        return str(error)
    return type(found), found


@pytest.mark.parametrize("value", WHOLE, ids=repr)
@pytest.mark.parametrize("type_", [type_ for type_ in get_args(HeldType) if type_ in NUMBERS])
def test_a_number_is_compared_as_its_text_is(type_: HeldType, value: object) -> None:
    exact = type_ == "bigInteger" and type(value) is int
    text = value if exact else javascript.text(value)
    assert outcome(operand, type_, value) == outcome(typed, type_, text)


@pytest.mark.parametrize("value", [0, 7, -1, 2**53 - 1, -(2**53) + 1, 2**53 + 1, 10**21], ids=repr)
def test_a_whole_number_in_a_column_of_floats_is_kept_as_its_text_would_be(value: int) -> None:
    found = cast_of(Field("f", "float"))(value)
    assert (type(found), found) == (float, typed("float", value))


MOMENTS: list[object] = [
    *(f"2024-01-01T00:00:{number % 60:02}.{number:06}+05:30" for number in range(500)),
    *(datetime(2024, 1, 1, microsecond=number, tzinfo=UTC) for number in range(500)),
]
CALLS = 15  # of functions, for one value


@pytest.mark.parametrize("type_", ["date", "dateTime", "timestamp"])
def test_moments_of_a_list_are_read_in_few_calls_each(type_: HeldType) -> None:
    assert calls(lambda: operands(type_, MOMENTS)) <= CALLS * len(MOMENTS)


@pytest.mark.parametrize("type_", ["date", "dateTime", "timestamp", "time"])
def test_the_moment_of_a_variable_is_compared_as_its_text_is(type_: HeldType) -> None:
    moment = datetime(2024, 2, 29, 23, 59, 59, 123_999, tzinfo=UTC)
    assert operand(type_, moment) == typed(type_, moment.isoformat(timespec="milliseconds"))
