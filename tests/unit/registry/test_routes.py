"""Express path patterns: what they cover, and what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.registry.routes import (
    MAX_PATH_CHARACTERS,
    MAX_REQUESTED_SEGMENTS,
    MAX_SEGMENTS,
    MAX_STEPS,
    MAX_STEPS_READ,
    LongPathError,
    PathPattern,
    PathTable,
)
from scopebox.urls.re2 import Re2

from tests.growth import calls, quick

ROUTES: Final = 1_000
RECORDED: Final = (
    Path(__file__).parents[2] / "data" / "express_paths.jsonl"
)  # what Express 4 (path-to-regexp 0.1.12) covers
REFUSED: Final = {"/v[12]/x", "/a%2Fb"}  # Express takes them
RE2: Final = Re2()


def table_of(*patterns: str) -> PathTable[str]:
    table: PathTable[str] = PathTable(RE2)
    for pattern in patterns:
        table.add(PathPattern.parse(pattern), pattern)
    return table


def covers(pattern: str, path: str) -> bool:
    return table_of(pattern).find(path) is not None


def covers_by_definition(pattern: str, path: str) -> bool:
    """What a pattern covers, row by row: after each of its segments, which lengths of the path it covers so far."""
    words = path.lower().split("/")[1:]
    covered = [True] + [False] * len(words)
    for segment in filter(None, pattern.lower().split("/")):
        after = [covered[0] and segment[0] == ":" and segment[-1] == "?"]
        for index, word in enumerate(words):
            if segment == "*":
                after.append(covered[index] or after[index])
            elif segment.startswith(":"):
                after.append((covered[index] and word != "") or (segment.endswith("?") and covered[index + 1]))
            else:
                after.append(covered[index] and segment == word)
        covered = after
    return covered[-1] or (words[-1] == "" and covered[-2])


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("/", "/", True),
        ("/", "/x", False),
        ("/x", "/x", True),
        ("/x", "/x/", True),
        ("/x", "/X", True),
        ("/x", "/xy", False),
        ("/items/:id", "/items/5", True),
        ("/items/:id", "/items", False),
        ("/items/:id", "/items/5/6", False),
        ("/items/:id?", "/items", True),
        ("/items/:id?", "/items/5", True),
        ("/a/:b?/c", "/a/c", True),
        ("/a/:b?/c", "/a/b/c", True),
        ("/files/*", "/files/a/b/c", True),
        ("/files/*", "/files", False),
        ("/files/*", "/files/", True),
        ("/files/*/end", "/files/a/b/end", True),
        ("/files/*/end", "/files/a/b", False),
        ("/a%20b", "/a%20B", True),
        ("/:id", "/a%2Fb", True),
        ("/:id", "/a//", False),
        ("/*", "/anything/at/all", True),
    ],
)
def test_what_a_pattern_covers(pattern: str, path: str, covered: bool) -> None:
    assert covers(pattern, path) is covered
    assert covers_by_definition(pattern, path) is covered


@pytest.mark.parametrize(
    "text",
    [
        "x", "", "/..", "/../other", "/a/../b", "/%2e%2e/x", "/.", "\\..\\other", "/x?admin=1#y", "/x#y", "/x\r\nSet-Cookie: a=b",
        "/x\x00", "/:", "/ä", "/a b", "/x\n", "/(a", "/a)", "/[a]", "/a|b", "/a{2}", "/a$", "/a\\.b", "/:id((?=a)b)", "/:id(+)",
        "/:a-too-long-:b",
    ],
)  # fmt: skip
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="register-endpoint"):
        table_of(text)


def test_a_long_path_is_refused_with_its_length() -> None:
    with pytest.raises(ValueError, match=f"1,?000,?001 characters, {MAX_PATH_CHARACTERS}"):
        PathPattern.parse("/" + "a" * 1_000_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (r"/:id((?!new)\w+)", "look-ahead"),
        (r"/:id((?<=a)b)", "look-behind"),
        (r"/:a(\w+)-:b(\1)", "refers back"),
        (r"/:id(\d+", "parenthesis"),
        ("/[ab]", "in parentheses, such as"),
    ],
)
def test_what_an_expression_may_not_hold_is_named(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        table_of(text)


def recorded() -> dict[str, tuple[list[str], list[str]]]:
    lines = map(json.loads, RECORDED.read_text("utf-8").splitlines())
    return {line["pattern"]: (line["covers"], line["not"]) for line in lines}


@pytest.mark.parametrize("pattern", sorted(recorded().keys() - REFUSED))
def test_a_pattern_covers_what_it_covers_in_express(pattern: str) -> None:
    covered, others = recorded()[pattern]
    table = table_of(pattern)
    assert [path for path in covered if table.find(path) is None] == []
    assert [path for path in others if table.find(path) is not None] == []


@pytest.mark.parametrize("pattern", sorted(REFUSED))
def test_a_pattern_of_express_that_is_not_followed_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="register-endpoint"):
        PathPattern.parse(pattern)


def test_the_first_registered_is_found_whether_plain_or_an_expression() -> None:
    table = table_of(r"/:id(\d+)", "/:name", "/a*", r"/:id(\w+)")
    assert [table.find(path) for path in ("/5", "/abc", "/a/b", "/-/b")] == [r"/:id(\d+)", "/:name", "/a*", None]


def test_an_expression_that_would_backtrack_costs_little() -> None:
    assert not covers("/:id((a+)+)", "/" + "a" * 7_000 + "-")
    assert quick(lambda: covers("/:id((a+)+)", "/" + "a" * 7_000 + "-"))


def test_all_expressions_of_a_table_together_have_a_limit() -> None:
    table = table_of()
    with pytest.raises(ValueError, match=f"{MAX_STEPS:,} are the limit"):
        for number in range(MAX_STEPS):
            pattern = PathPattern.parse(f"/{number}/:id(\\d{{100}})")
            table.add(pattern, pattern.text)


def test_a_path_is_read_by_no_more_steps_than_one_request_may_take() -> None:
    table = table_of("/plain", r"/:id([ab]*a[ab]{90})")
    steps = PathPattern.parse(r"/:id([ab]*a[ab]{90})").steps
    longest = MAX_STEPS_READ // steps
    assert table.find("/" + "b" * (longest - 1)) is None
    with pytest.raises(LongPathError, match=f"has {longest + 1:,} characters; .* {longest:,} are the limit"):
        table.find("/" + "b" * longest)
    assert table_of("/plain").find("/" + "b" * longest) is None


segments = st.lists(st.sampled_from(["a", "B", "a%62", ":x", ":x?", "*"]), max_size=5).map(
    lambda parts: "/" + "/".join(parts)
)
requested = st.lists(st.sampled_from(["a", "A", "b", "ab", "c"]), max_size=6).map(lambda parts: "/" + "/".join(parts))


@given(st.lists(segments, max_size=6, unique=True), requested)
def test_the_first_registered_pattern_that_covers_a_path_is_found(patterns: list[str], path: str) -> None:
    expected = next((pattern for pattern in patterns if covers_by_definition(pattern, path)), None)
    assert table_of(*patterns).find(path) == expected


def test_a_literal_that_was_registered_later_does_not_come_first() -> None:
    assert table_of("/:id", "/new").find("/new") == "/:id"
    assert table_of("/new", "/:id").find("/new") == "/new"


def test_a_path_of_too_many_segments_is_refused_with_its_number() -> None:
    PathPattern.parse("/a" * MAX_SEGMENTS)
    with pytest.raises(ValueError, match=f"{MAX_SEGMENTS + 1} segments, {MAX_SEGMENTS}"):
        PathPattern.parse("/a" * (MAX_SEGMENTS + 1))


def test_the_name_of_a_parameter_has_a_limit() -> None:
    with pytest.raises(ValueError, match="name of a parameter"):
        PathPattern.parse("/:" + "a" * 200)


@pytest.mark.parametrize("segment", ["a", ":p", ":p?", "*"])
def test_a_request_costs_little_however_many_routes_there_are(segment: str) -> None:
    # Every route follows the whole path and only the last segment of each tells that none of them covers it.
    start = f"/{segment}" * (MAX_SEGMENTS - 1)
    few, many = (table_of(*(f"{start}/{number}" for number in range(routes))) for routes in (2, ROUTES))
    path = "/a" * MAX_REQUESTED_SEGMENTS
    assert few.find(path) is None
    assert many.find(path) is None
    assert calls(lambda: many.find(path)) == calls(lambda: few.find(path))


def test_many_wildcards_are_matched_in_linear_time() -> None:
    assert not covers("/*" * (MAX_SEGMENTS - 1) + "/end", "/a" * 2000)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "/<script>alert(1)</script>",
            "the path '/<script>alert(1)</script>' has the sign \"<\" outside of parentheses",
        ),
        ("/a/:/b", "the path '/a/:/b' has a colon without a name"),
        ("a", "the path 'a' has to begin with \"/\""),
        ("/a/../b", "the path '/a/../b' leads elsewhere"),
    ],
)
def test_a_path_that_is_refused_is_named_as_it_was_given(path: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        PathPattern.parse(path)
