from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.errors import DirectusError
from scopebox.server.query_string import parse_query


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("fields=id,title&limit=2", {"fields": "id,title", "limit": "2"}),
        ("filter[title][_eq]=a%20b+c", {"filter": {"title": {"_eq": "a b c"}}}),
        ("filter%5Bid%5D%5B_in%5D=1,2", {"filter": {"id": {"_in": "1,2"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[1]=y&a[0]=x", {"a": ["x", "y"]}),
        ("a=1&a=2&a=3", {"a": ["1", "2", "3"]}),
        (
            "filter[_and][0][id][_eq]=1&filter[_and][1][id][_gt]=0",
            {"filter": {"_and": [{"id": {"_eq": "1"}}, {"id": {"_gt": "0"}}]}},
        ),
        ("a[1000]=x", {"a": {"1000": "x"}}),
        ("aggregate[count]=*&meta", {"aggregate": {"count": "*"}, "meta": ""}),
        ("a=1&a[b]=2", {"a": ["1", {"b": "2"}]}),
        ("filter=%7B%22id%22%3A1%7D", {"filter": '{"id":1}'}),
        ("a[b=1", {"a[b": "1"}),
        ("__proto__[x]=1&a[constructor]=1&b=2", {"b": "2"}),
    ],
)
def test_brackets_make_objects_and_lists(text: str, expected: dict[str, object]) -> None:
    assert parse_query(text) == expected


@pytest.mark.parametrize("name", ["9" * 900, "9" * 11, "\u0669" * 300, "%D9%A9", "x"])
def test_a_value_is_put_behind_the_largest_place_and_no_other_name(name: str) -> None:
    found = parse_query(f"a[b][600]=x&a[b][{name}]=y&a[b]0=z&a[b][700]=v&a[b]1=w")["a"]
    assert isinstance(found, dict)
    inner = {key: value for key, value in found["b"].items() if value != "y"}
    assert inner == {"600": "x", "601": "z", "700": "v", "701": "w"}


RECORDED = Path(__file__).parents[2] / "data" / "query_strings.jsonl"


def test_query_strings_are_parsed_as_the_library_of_a_directus_parses_them() -> None:
    """Recorded with qs 6.14.2, ten levels deep and 500 entries a list."""
    cases = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()]
    found = [{"text": case["text"], "parsed": parse_query(case["text"])} for case in cases]
    assert found == cases


def test_nesting_ends_somewhere() -> None:
    found = parse_query("a" + "[b]" * 300 + "=1")
    depth = 0
    value: object = found
    while isinstance(value, dict):
        value, depth = next(iter(value.values())), depth + 1
    assert depth < 20


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("&".join(f"a{number}=1" for number in range(1001)), 400),
        ("a" + "[b]" * 5000 + "=1", 400),
        ("a" * 1001, 400),
        ("%61" * 1001, 400),
        ("a=" + "x" * 2**17, 414),
        ("&" * 2**18, 414),
    ],
)
def test_what_no_honest_query_needs_is_refused(text: str, status: int) -> None:
    with pytest.raises(DirectusError) as caught:
        parse_query(text)
    assert caught.value.status == status


@given(st.text(alphabet="ab[]=&%0129.+", max_size=60))
def test_any_text_is_parsed(text: str) -> None:
    assert isinstance(parse_query(text), dict)
