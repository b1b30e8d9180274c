from __future__ import annotations

from typing import get_args

import pytest
from scopebox.store import javascript
from scopebox.store.query.operators import UnreadableError, operand
from scopebox.store.schema.schema import Field, HeldType
from scopebox.store.values.casting import cast_of
from scopebox.store.values.types import NUMBERS, InputError, typed

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
