"""What is counted of JSON of others before it is decoded."""

from __future__ import annotations

import json

import pytest
from scopebox.directus.answers import MAX_VALUES, TooMuchError, entries, read, read_list

WIDE = "\U0001f600"


def text(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def test_an_answer_is_read_as_it_is() -> None:
    assert read(b'{"a": [1, "x"]}', object) == {"a": [1, "x"]}
    assert [bytes(entry) for entry in entries(b' [1, {"a": 2}]')] == [b"1", b'{"a": 2}']
    assert [bytes(entry) for entry in entries(b'{"a": 2}')] == [b'{"a": 2}']
    assert read_list(b'{"data": [1], "meta": {"filter_count": 7, "more": []}}')[1] == 7


@pytest.mark.parametrize(
    "value",
    [
        {f"{WIDE}{key}": WIDE for key in range(20_000)},
        ["a" * 900_000 + WIDE],
        [{str(key): {}} for key in range(20_000)],
    ],
    ids=["wide keys", "one wide character", "objects"],
)
def test_an_answer_that_is_small_as_text_and_large_in_memory_is_not_decoded(value: object) -> None:
    written = text(value)
    assert len(written) < 2**20
    with pytest.raises(TooMuchError, match="MiB of memory"):
        read(written, object)


def test_escapes_count_as_the_wide_characters_that_they_are() -> None:
    with pytest.raises(TooMuchError):
        read(json.dumps("a" * 900_000 + WIDE).encode(), object)


def test_too_many_entries_are_not_listed() -> None:
    written = b"[" + b"1," * MAX_VALUES + b"1]"
    with pytest.raises(TooMuchError, match="values"):
        entries(written)
    with pytest.raises(TooMuchError, match="values"):
        read_list(b'{"data":%s}' % written)
