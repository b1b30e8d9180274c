"""How long texts are at most is known after every write, and never taken for less."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from scopebox.store.database.lengths import AT_ONCE, MOST_TABLES, SHORT, Lengths, Longest

KNOWN = {"a": 10, "b": 1_000}
TABLE = Longest("t", dict.fromkeys(("a", "b", "new"), ""), "")


def exceed(lengths: Lengths, most: int, found: dict[str, int] = KNOWN, *, columns: tuple[str, ...] = ("b",)) -> bool:
    return lengths.exceed(TABLE, columns, 10, most, lambda _: found)


def unasked(_names: object) -> dict[str, int]:
    raise AssertionError("what is known is not looked up")


def test_texts_are_looked_up_once() -> None:
    lengths = Lengths()
    assert exceed(lengths, 9_999)
    assert not exceed(lengths, 10_000)
    assert lengths.exceed(TABLE, ("b",), 10, 9_999, unasked)
    assert not lengths.exceed(TABLE, ("b",), 10, 10_000, unasked)


def test_a_column_counts_as_often_as_it_is_shown_and_a_short_one_as_any_short_one() -> None:
    lengths = Lengths()
    assert exceed(lengths, 29_999, columns=("b", "b", "b"))
    assert not exceed(lengths, 30_000, columns=("b", "b", "b"))
    assert exceed(lengths, 10 * SHORT - 1, columns=("a",))


def test_a_column_that_was_not_there_is_looked_up() -> None:
    lengths = Lengths()
    assert not exceed(lengths, 10_000)
    assert not exceed(lengths, 10_000, {"new": 1}, columns=("new",))


@pytest.mark.parametrize(("text", "size"), [("y" * 5_000, 5_000), ("é" * 5_000, 20_000)])
def test_a_longer_text_counts_as_soon_as_it_is_written_and_is_looked_up_once_it_stands(text: str, size: int) -> None:
    lengths = Lengths()
    assert not exceed(lengths, 10_000)
    lengths.wrote([1, None, text])
    assert exceed(lengths, 10 * size - 1)
    assert not exceed(lengths, 10 * size)
    lengths.ended()
    assert exceed(lengths, 49_999, {"b": 5_000})
    assert lengths.exceed(TABLE, ("b",), 10, 49_999, unasked)


def test_short_texts_need_no_look() -> None:
    lengths = Lengths()
    assert not exceed(lengths, 10_000)
    lengths.wrote(["y" * SHORT])
    lengths.ended()
    assert not lengths.exceed(TABLE, ("a",), 10, 10 * SHORT, unasked)


def test_what_is_looked_up_while_a_write_ends_is_not_believed() -> None:
    lengths = Lengths()

    def look(_names: object) -> dict[str, int]:
        lengths.wrote(["y" * 5_000])
        lengths.ended()
        return KNOWN

    assert lengths.exceed(TABLE, ("b",), 10, 10_000, look)
    assert exceed(lengths, 49_999, {"b": 5_000})


def test_a_frame_may_have_texts_of_any_length() -> None:
    lengths = Lengths()
    lengths.wrote_anything()
    assert exceed(lengths, 2**60)
    lengths.ended()
    assert not exceed(lengths, 10_000)


def test_all_is_looked_up_again_when_others_have_written() -> None:
    lengths = Lengths()
    assert not exceed(lengths, 10_000)
    lengths.forget()
    assert exceed(lengths, 10_000, {"b": 1_001})


def test_what_is_looked_up_while_others_write_is_not_believed() -> None:
    lengths = Lengths()

    def look(_names: object) -> dict[str, int]:
        lengths.forget()
        return KNOWN

    assert lengths.exceed(TABLE, ("b",), 10, 10_000, look)
    assert exceed(lengths, 10_000, {"b": 1_001})


def test_the_lengths_of_few_tables_are_kept() -> None:
    lengths = Lengths()
    for number in range(3 * MOST_TABLES):
        lengths.exceed(Longest(str(number), {"a": ""}, ""), ("a",), 1, 10, lambda _: KNOWN)
    assert len(lengths._tables) <= MOST_TABLES


def test_of_very_many_columns_some_are_looked_at_and_the_others_have_any_length_until_then() -> None:
    lengths, asked = Lengths(), []
    names = [f"f{number}" for number in range(2 * AT_ONCE + 1)]
    table = Longest("t", dict.fromkeys(names, ""), "")

    def exceeds(*columns: str) -> bool:
        return lengths.exceed(table, columns, 1, SHORT * len(names), look)

    def look(columns: Collection[str]) -> dict[str, int]:
        asked.append(list(columns))
        return dict.fromkeys(columns, 1)

    assert not exceeds(names[-1], names[-1])
    assert not lengths.knows(table, names)
    assert [exceeds(*names) for _ in range(3)] == [True, False, False]
    assert lengths.knows(table, names)
    assert asked == [names[-1:], names[:AT_ONCE], names[AT_ONCE:-1]]
    lengths.wrote(["y" * 1_000])
    lengths.ended()
    assert exceeds(*names)
    assert not lengths.knows(table, names)
    assert asked[3:] == [names[:AT_ONCE]]
