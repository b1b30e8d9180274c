"""What was read: JSON text or data, one at a time."""

from __future__ import annotations

import msgspec
import pytest
from scopebox.store.reading.request import Rows


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        (Rows(json=b'[{"a":1},{"a":2}]'), {"a": 1}),
        (Rows(data=[{"a": 1}, {"a": 2}]), {"a": 1}),
        (Rows(json=b'[["]",{}]]'), ["]", {}]),
        (Rows(json=b"[null,1]"), None),
    ],
)
def test_the_first_of_a_list_is_the_same_of_text_and_of_data(rows: Rows, first: object) -> None:
    found = rows.first()
    assert found is not None
    assert found.data == first


@pytest.mark.parametrize("rows", [Rows(json=b"[]"), Rows(data=[]), Rows(json=b'{"a":[1]}'), Rows(data="text"), Rows()])
def test_there_is_no_first_of_nothing_and_of_what_is_no_list(rows: Rows) -> None:
    assert rows.first() is None


def test_each_is_made_from_the_other_and_takes_its_place() -> None:
    rows = Rows(json=b'[{"a":1}]')
    assert rows.is_list
    assert rows.data == [{"a": 1}]
    assert rows.is_list
    assert not rows.is_object
    assert rows.json() == b'[{"a":1}]'
    assert Rows.of(rows.raw()).json() == rows.json()
    assert Rows.of({"a": 1}).json() == b'{"a":1}'
    assert Rows.of(msgspec.Raw(b"null")).data is None
