"""Lists of related items are cut and sorted once more as JavaScript does it."""

from __future__ import annotations

from functools import partial

import msgspec
import pytest
from scopebox.errors import DirectusError
from scopebox.store import javascript
from scopebox.store.query.query import Query
from scopebox.store.reading import paging
from scopebox.store.reading.paging import SortKeys, page


def listed(*values: object) -> list[object]:
    return [{"meta": msgspec.Raw(msgspec.json.encode(value))} for value in values]


def in_order(items: list[object], sort: str) -> list[object]:
    found = page(items, Query(sort=(sort,), limit=-1), SortKeys())
    return [msgspec.json.decode(item["meta"]) for item in found]  # type: ignore[index]


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
    assert in_order(listed(*values), sort) == expected


def test_the_text_of_a_list_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def noted(value: object, text: object = javascript.text) -> str:
        if isinstance(value, list):
            made.append(value)
        return text(value)  # type: ignore[operator,no-any-return]

    monkeypatch.setattr(javascript, "text", noted)
    assert len(in_order(listed(*([number] for number in range(500))), "-meta")) == 500
    assert len(made) == 500


def test_many_bytes_of_lists_are_refused_all_lists_of_a_level_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "MAX_SORT_KEYS", 100)
    keys, query = SortKeys(), Query(sort=("meta",), limit=-1)
    sort = partial(page, query=query, keys=keys)
    assert len(sort(listed("x" * 1_000, "y" * 1_000))) == 2
    assert len(sort(listed([1] * 20, [2] * 20))) == 2
    with pytest.raises(
        DirectusError, match="There are 124 bytes of lists and objects to sort lists by, 100 are the limit"
    ):
        sort(listed([1] * 10, [2] * 10))
