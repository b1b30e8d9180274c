"""What is looked at of an items call to tell what it names: little, however much it carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from scopebox.extension.advice.named import MAX_DEPTH, MAX_ENTRIES, MAX_NAMES, named_in
from scopebox.vocabulary import QUERY_KEYS


class Counted(Mapping[str, object]):
    """An object that knows how often something in it was looked at, and whether it was written as text."""

    looked_at = 0

    def __init__(self, entries: Mapping[str, object]) -> None:
        self._entries = entries

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, name: str) -> object:
        Counted.looked_at += 1
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __str__(self) -> str:
        raise AssertionError("it may be large")


@pytest.fixture(autouse=True)
def looked_at_nothing() -> None:
    Counted.looked_at = 0


def paths(query: Mapping[str, object]) -> tuple[tuple[str, ...], ...]:
    named = named_in("read-items", ["articles", {"query": query}])
    assert named is not None
    return named.query + named.conditions


def test_a_query_names_fields_in_order() -> None:
    query = {
        "fields": ["a", "title.b"],
        "sort": "-c",
        "alias": {"a": "author.name"},
        "aggregate": {"sum": ["d"]},
        "filter": {"_and": [{"e": {"_eq": 1}}, {"f": {"g": {"_in": [1, 2]}}}]},
    }
    assert paths(query) == (("author", "name"), ("title", "b"), ("c",), ("d",), ("e",), ("f",), ("f", "g"))


def test_what_stands_for_no_name_names_nothing() -> None:
    assert paths({"fields": ["a"] * 300, "alias": {"a": Counted({})}}) == ()


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"fields": ["author.x"], "deep": {"author": {"_alias": {"x": "token"}}}}, [("author", "token")]),
        ({"fields": ["a.x"], "alias": {"a": "author"}, "deep": {"a": {"_alias": {"x": "y"}}}}, [("author", "y")]),
        ({"fields": ["x"], "alias": {"x": "json(meta, a)"}}, [("json(meta, a)",)]),
        ({"fields": ["json(author.meta, a.b)"]}, [("author", "json(meta, a.b)")]),
        ({"fields": ["year(author.joined)"]}, [("author", "year(joined)")]),
        ({"sort": ["-sum.views", "country"], "aggregate": {"sum": "views"}}, [("country",), ("views",)]),
        ({"groupBy": ["x"], "alias": {"x": "title"}}, [("x",)]),
        ({"title": {"_eq": 1}}, [("title",)]),
        *(({key: "x"}, []) for key in QUERY_KEYS if key not in ("fields", "sort", "groupBy")),
    ],
)  # fmt: skip
def test_names_are_those_that_a_query_means(query: dict[str, object], named: list[tuple[str, ...]]) -> None:
    assert list(paths(query)) == named


def test_an_alias_is_looked_at_as_far_as_a_path_goes() -> None:
    found = paths({"fields": ["a"], "alias": {"a": "b." * 1_000_000}})
    assert len(found[0]) == MAX_DEPTH + 1
    assert sum(map(len, found[0])) < 2_000


def test_no_more_entries_of_a_filter_are_looked_at_than_a_limit_however_few_names_they_have() -> None:
    def nested(depth: int) -> object:
        return Counted({f"_{number}": nested(depth - 1) for number in range(12)}) if depth else 1

    assert paths({"filter": nested(4)}) == ()
    assert 0 < Counted.looked_at < 2 * MAX_ENTRIES


def test_no_more_functions_of_an_aggregate_are_looked_at_than_a_limit() -> None:
    assert paths({"aggregate": Counted({str(number): 1 for number in range(5_000)})}) == ()
    assert Counted.looked_at <= MAX_NAMES + 1
