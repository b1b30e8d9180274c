"""Lists of related items are cut and sorted once more as JavaScript does it."""

from __future__ import annotations

from functools import cmp_to_key, partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import DirectusError
from scopebox.store import javascript
from scopebox.store.reading import paging
from scopebox.store.reading.paging import SortKeys, in_order


def listed(*values: object) -> list[msgspec.Raw]:
    return [msgspec.Raw(msgspec.json.encode(value)) for value in values]


def ordered(values: list[msgspec.Raw], sort: str, keys: SortKeys | None = None) -> list[object]:
    keys = keys or SortKeys()
    found = in_order([keys.of(value) for value in values], sort)
    return [msgspec.json.decode(values[at]) for at in found]


@pytest.mark.parametrize(
    ("values", "sort", "expected"),
    [
        ([[2], [10], [1]], "meta", [[1], [10], [2]]),
        ([[2], [10], [1]], "-meta", [[2], [10], [1]]),
        ([{"b": 1}, [], "z", {"a": 1}], "meta", [[], {"b": 1}, {"a": 1}, "z"]),
        (["[object Object]", {"a": 1}], "meta", ["[object Object]", {"a": 1}]),
        ([3, "20", [1], None], "meta", [[1], "20", 3, None]),
        ([True, 2, 0.5, [0]], "meta", [[0], 0.5, True, 2]),
    ],
)
def test_lists_and_objects_are_compared_as_texts(values: list[object], sort: str, expected: list[object]) -> None:
    assert ordered(listed(*values), sort) == expected


def test_the_text_of_a_list_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def noted(value: object, text: object = javascript.text) -> str:
        if isinstance(value, list):
            made.append(value)
        return text(value)  # type: ignore[operator,no-any-return]

    monkeypatch.setattr(javascript, "text", noted)
    assert len(ordered(listed(*([number] for number in range(500))), "-meta")) == 500
    assert len(made) == 500


def test_many_bytes_of_lists_are_refused_all_lists_of_a_level_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_SORT_KEYS", 100)
    sort = partial(ordered, sort="meta", keys=SortKeys())
    assert len(sort(listed("x" * 1_000, "y" * 1_000))) == 2
    assert len(sort(listed([1] * 20, [2] * 20))) == 2
    with pytest.raises(
        DirectusError, match="There are 103 bytes of lists and objects to sort lists by, 100 are the limit"
    ):
        sort(listed([1] * 10, [2] * 10))


@pytest.mark.parametrize("sort", ["meta", "-meta"])
@given(
    st.one_of(
        *(
            st.lists(kind | st.none(), max_size=20)
            for kind in (st.text("ab", max_size=2), st.integers(0, 3) | st.floats(0, 3) | st.booleans())
        )
    )
)
def test_values_of_a_kind_are_sorted_as_if_each_was_compared_with_others(sort: str, values: list[object]) -> None:
    sign = -1 if sort == "-meta" else 1

    def compared(one: int, other: int) -> int:
        return paging._compared(values[one], values[other], sign)

    assert in_order(values, sort) == sorted(range(len(values)), key=cmp_to_key(compared))


def test_values_of_a_kind_are_not_compared_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(paging, "_compared")
    assert in_order([f"{number}" for number in (3, 1, 2)], "meta") == [1, 2, 0]
    assert in_order([3, 1.5, None, True], "-meta") == [0, 1, 3, 2]


def test_many_values_of_several_kinds_are_refused() -> None:
    assert len(in_order([*range(9_999), "x"], "meta")) == 10_000
    with pytest.raises(
        DirectusError, match="There are 10,001 values that are not all texts or numbers to sort a list by"
    ):
        in_order([*range(10_000), "x"], "meta")
