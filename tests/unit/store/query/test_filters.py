"""Filters select what a plain Python reading of them selects."""

from __future__ import annotations

import asyncio
import operator as operators
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scopebox.errors import DirectusError
from scopebox.store.query.filters import parse
from scopebox.store.store import Store

from tests.reading import Json, read

Row = dict[str, object]
Compare = Callable[[object, object], object]
COMPARISONS: dict[str, Compare] = {
    "_eq": operators.eq,
    "_lt": cast("Compare", operators.lt),
    "_lte": cast("Compare", operators.le),
    "_gt": cast("Compare", operators.gt),
    "_gte": cast("Compare", operators.ge),
}
TEXTS = ["", "a", "A", "ab", "Äb", "b_a", "100%", "ba"]
ROWS: list[Row] = [
    {
        "id": number + 1,
        "text": None if number % 9 == 0 else TEXTS[number % len(TEXTS)],
        "whole": None if number % 7 == 0 else number % 5 - 2,
        "real": None if number % 8 == 0 else (number % 6) / 2,
        "flag": [True, False, None][number % 3],
        "day": None if number % 10 == 0 else f"2024-0{number % 4 + 1}-0{number % 3 + 1}",
        "parent": None if number < 3 else number % 3 + 1,
    }
    for number in range(24)
]


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with Store() as made:
        made.create_collection(
            "rows",
            {
                "text": "string", "whole": "integer", "real": "float", "flag": "boolean", "day": "date",
                "parent": {"references": "rows", "one_field": "children"},
            },
        )  # fmt: skip
        for row in ROWS:
            asyncio.run(made.items("rows", accountability=None).create([row]))
        yield made


def holds(condition: Json, row: Row | None) -> bool | None:
    """Evaluate a filter on a row with the three values of SQL: None is unknown. A row of None has NULL everywhere."""
    results = [_entry(key, value, row) for key, value in condition.items()]
    return _all(results)


def _all(results: list[bool | None]) -> bool | None:
    return False if False in results else None if None in results else True


def _entry(key: str, value: object, row: Row | None) -> bool | None:
    if key == "_and":
        return _all([holds(part, row) for part in cast("list[Json]", value)])
    if key == "_or":
        results = [holds(part, row) for part in cast("list[Json]", value)]
        return True if True in results else None if None in results else False
    if key == "parent":
        parent = None if row is None or row["parent"] is None else ROWS[cast("int", row["parent"]) - 1]
        return holds(cast("Json", value), parent)
    if key == "children":
        assert row is not None
        ((quantifier, inner),) = cast("Json", value).items()
        found = any(child["parent"] == row["id"] and holds(cast("Json", inner), child) for child in ROWS)
        return found if quantifier == "_some" else not found
    ((operator, operand),) = cast("Json", value).items()
    return _compare(operator, operand, None if row is None else row[key])


def _compare(operator: str, operand: object, value: object) -> bool | None:
    if operator in {"_null", "_nnull"}:
        return (value is None) == (operator == "_null")
    if operator == "_empty":
        return value is None or value == ""
    if value is None:
        return None
    negated = operator.startswith("_n") and operator != "_nnull"
    found = _plain(operator.replace("_n", "_", 1) if negated else operator, operand, value)
    return not found if negated else found


def _plain(operator: str, operand: object, value: object) -> bool:
    if operator in {"_in", "_between"}:
        items = cast("list[object]", operand)
        inside = (COMPARISONS["_gte"](value, items[0]), COMPARISONS["_lte"](value, items[-1]))
        return value in items if operator == "_in" else all(inside)
    if operator in {"_contains", "_starts_with", "_ends_with", "_icontains"}:
        text, part = cast("str", value), cast("str", operand)
        if operator == "_icontains":
            return part.lower() in text.lower()
        return {"_contains": part in text, "_starts_with": text.startswith(part), "_ends_with": text.endswith(part)}[
            operator
        ]
    return bool(COMPARISONS[operator](value, operand))


WHOLES = st.integers(-3, 3)
REALS = st.sampled_from([0, 0.5, 1, 1.5, 2.5, -1])
DAYS = st.sampled_from(["2024-01-01", "2024-02-02", "2024-03-03", "2023-12-31"])
PARTS = st.sampled_from(["a", "A", "b", "ä", "Ä", "ba", "1"])


def ordered(field: str, values: st.SearchStrategy[object]) -> st.SearchStrategy[Json]:
    one = st.tuples(st.sampled_from(["_eq", "_neq", "_lt", "_lte", "_gt", "_gte"]), values)
    two = st.tuples(st.sampled_from(["_between", "_nbetween"]), st.lists(values, min_size=2, max_size=2))
    some = st.tuples(st.sampled_from(["_in", "_nin"]), st.lists(values, min_size=1, max_size=3))
    nulls = st.tuples(st.sampled_from(["_null", "_nnull"]), st.just(True))
    return st.one_of(one, two, some, nulls).map(lambda pair: {field: {pair[0]: pair[1]}})


def texts() -> st.SearchStrategy[Json]:
    patterns = ["_contains", "_ncontains", "_starts_with", "_nstarts_with", "_ends_with", "_nends_with", "_icontains"]
    pattern = st.tuples(st.sampled_from([*patterns, "_eq", "_neq"]), PARTS)
    some = st.tuples(st.sampled_from(["_in", "_nin"]), st.lists(PARTS, min_size=1, max_size=3))
    nulls = st.tuples(st.sampled_from(["_null", "_nnull", "_empty"]), st.just(True))
    return st.one_of(pattern, some, nulls).map(lambda pair: {"text": {pair[0]: pair[1]}})


FLAGS = st.tuples(st.sampled_from(["_eq", "_neq"]), st.booleans()).map(lambda pair: {"flag": {pair[0]: pair[1]}})
LEAVES = st.one_of(texts(), ordered("whole", WHOLES), ordered("real", REALS), ordered("day", DAYS), FLAGS)
RELATED = st.one_of(
    LEAVES.map(lambda inner: {"parent": inner}),
    LEAVES.map(lambda inner: {"parent": {"parent": inner}}),
    st.tuples(st.sampled_from(["_some", "_none"]), LEAVES).map(lambda pair: {"children": {pair[0]: pair[1]}}),
)
FILTERS = st.recursive(
    st.one_of(LEAVES, RELATED),
    lambda inner: st.tuples(st.sampled_from(["_and", "_or"]), st.lists(inner, min_size=1, max_size=3)).map(
        lambda pair: {pair[0]: pair[1]}
    ),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=FILTERS)
def test_a_filter_selects_the_rows_for_which_it_is_true(store: Store, filter_: Json) -> None:
    found = read(store, {"fields": ["id"], "filter": filter_, "limit": -1}, collection="rows")
    assert [row["id"] for row in found] == [row["id"] for row in ROWS if holds(filter_, row)]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filter_=FILTERS)
def test_counts_and_aggregates_agree_with_what_is_read(store: Store, filter_: Json) -> None:
    expected = sum(bool(holds(filter_, row)) for row in ROWS)
    rows = read(store, {"filter": filter_, "aggregate": {"countDistinct": ["id"]}}, collection="rows")
    assert rows == [{"countDistinct": {"id": str(expected)}}]
    counts = asyncio.run(store.reader.counts("rows", {"filter": filter_, "meta": "*"}))
    assert counts == {"total_count": len(ROWS), "filter_count": expected}


LETTERS = [
    *"aAzZ09%_\\", *"äÄßẞéÉñÑøØåÅœŒæÆ", *"iI\u0131İ", "i̇", "İ".lower(), *"\u017fsS", *"KkK", *"ΣσςΩωΩ", *"ǅǆǄ", *"ﬁ", "e\u0301", "\u0301", "I\u0307", "i\u0307",
    *"ԱաႠⴀꙀꙁ", "𐐀", "𐐨", "\U0001e900", "\U0001e922",
]  # fmt: skip
"""Letters of Turkish, German and others, signs that are letters elsewhere, combining marks, and what patterns are made of."""


def test_letters_are_folded_one_by_one_as_lower_does() -> None:
    """A search looks for the lower case that JavaScript makes of a text in that which the database makes of a value."""
    with Store() as store:
        store.create_collection("rows", {"text": "string"})
        values = [*LETTERS, *(f"x{letter}y" for letter in LETTERS)]
        asyncio.run(store.items("rows", accountability=None).create([{"text": value} for value in values]))
        lowered = [row[0] for row in store.sql("select lower(text) from rows order by id").fetchall()]
        for letter in LETTERS:
            for operator, test in (
                ("_icontains", lambda text, part: part in text), ("_istarts_with", str.startswith), ("_iends_with", str.endswith),
                ("_nistarts_with", lambda text, part: not text.startswith(part)),
            ):  # fmt: skip
                found = read(
                    store, {"filter": {"text": {operator: letter}}, "limit": -1}, collection="rows", literal=True
                )
                wanted = [value for value, low in zip(values, lowered, strict=True) if test(low, letter.lower())]
                assert [row["text"] for row in found] == wanted, (operator, letter)
            searched = read(store, {"search": letter, "limit": -1}, collection="rows", literal=True)
            contained = [value for value, low in zip(values, lowered, strict=True) if letter.lower() in low]
            assert letter.isdecimal() or [row["text"] for row in searched] == contained


@pytest.mark.parametrize(
    ("pattern", "found"), [("A%C", ["abc", "a%c"]), ("A_C", ["abc", "a%c"]), ("A\\%C", ["a%c"]), ("a\\\\", ["a\\"])]
)
def test_wildcards_of_clients_are_wildcards_whatever_the_case(pattern: str, found: list[str]) -> None:
    with Store() as store:
        store.create_collection("rows", {"text": "string"})
        values: list[object] = [{"text": value} for value in ("abc", "a%c", "a\\", "x")]
        asyncio.run(store.items("rows", accountability=None).create(values))
        for query in cast("list[Json]", [{"search": pattern}, {"filter": {"text": {"_icontains": pattern}}}]):
            assert [row["text"] for row in read(store, query, collection="rows")] == found


class Many:
    """Knows a variable that stands for three values, and one that stands for a thousand."""

    def value(self, text: str) -> object:
        return {"$FEW": ["a", "b", "c"], "$MANY": [*range(1_000)]}.get(text, text)


def test_a_list_that_a_variable_stands_for_is_in_a_list_once() -> None:
    few = ["$FEW"] * 9_000
    for operator in ("_in", "_nin"):
        found = parse({"text": {operator: [*few, "d", "d", "$ONE", "$ONE"]}}, Many())
        assert found == {"text": {operator: ["a", "b", "c", "d", "d", "$ONE", "$ONE"]}}
    assert parse({"text": {"_in": "$FEW,d,$FEW"}}, Many()) == {"text": {"_in": ["a", "b", "c", "d"]}}
    assert parse({"text": {"_between": ["$FEW", "$FEW"]}}, Many()) == {"text": {"_between": ["a", "b", "c"] * 2}}


@pytest.mark.parametrize(
    "filter_",
    [{"_or": [{"text": {"_in": ["$MANY"]}}] * 16}, {"text": {"_between": ["$MANY"] * 16}}, {"_or": [{"text": {"_contains": "$MANY"}}] * 16}],
)  # fmt: skip
def test_the_values_of_variables_are_counted(filter_: Json) -> None:
    with pytest.raises(DirectusError, match=r"There are 15,\d\d\d values in a query, 15,000 are the limit"):
        parse(filter_, Many())
