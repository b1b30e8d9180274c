"""Express path patterns: what they cover, and what is refused."""

from __future__ import annotations

import time
from typing import Final
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scopebox.registry.routes import (
    MAX_PATH_CHARACTERS,
    MAX_REQUESTED_SEGMENTS,
    MAX_SEGMENTS,
    PathPattern,
    PathTable,
    words_of,
)

ROUTES: Final = 1_000


def table_of(*patterns: str) -> PathTable[str]:
    table: PathTable[str] = PathTable()
    for pattern in patterns:
        table.add(PathPattern.parse(pattern), pattern)
    return table


def covers(pattern: str, path: str) -> bool:
    return table_of(pattern).find(words_of(path)) is not None


def covers_by_definition(pattern: str, path: str) -> bool:
    """What a pattern covers, row by row: after each of its segments, which lengths of the path it covers so far."""
    words = words_of(path)
    covered = [True] + [False] * len(words)
    for segment in filter(None, pattern.split("/")):
        after = [covered[0] and (segment == "*" or (segment[0] == ":" and segment[-1] == "?"))]
        for index, word in enumerate(words):
            if segment == "*":
                after.append(covered[index + 1] or after[index])
            elif segment.startswith(":"):
                after.append(covered[index] or (segment.endswith("?") and covered[index + 1]))
            else:
                after.append(covered[index] and unquote(segment).casefold() == word)
        covered = after
    return covered[-1]


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("/", "/", True),
        ("/", "", True),
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
        ("/files/*", "/files", True),
        ("/files/*/end", "/files/a/b/end", True),
        ("/files/*/end", "/files/a/b", False),
        ("/a%20b", "/a b", True),
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
        "/x\x00", "/(a+)+", "/:", "/:1a", "/a:b", "/ä", "/a b", "/x\n",
    ],
)  # fmt: skip
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="register-endpoint"):
        PathPattern.parse(text)


def test_a_long_path_is_refused_with_its_length() -> None:
    with pytest.raises(ValueError, match=f"1,?000,?001 characters, {MAX_PATH_CHARACTERS}"):
        PathPattern.parse("/" + "a" * 1_000_000)


segments = st.lists(st.sampled_from(["a", "B", "a%62", ":x", ":x?", "*"]), max_size=5).map(
    lambda parts: "/" + "/".join(parts)
)
requested = st.lists(st.sampled_from(["a", "A", "b", "ab", "c"]), max_size=6).map(lambda parts: "/" + "/".join(parts))


@given(st.lists(segments, max_size=6, unique=True), requested)
def test_the_first_registered_pattern_that_covers_a_path_is_found(patterns: list[str], path: str) -> None:
    expected = next((pattern for pattern in patterns if covers_by_definition(pattern, path)), None)
    assert table_of(*patterns).find(words_of(path)) == expected


def test_a_literal_that_was_registered_later_does_not_come_first() -> None:
    assert table_of("/:id", "/new").find(["new"]) == "/:id"
    assert table_of("/new", "/:id").find(["new"]) == "/new"


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
    table = table_of(*(f"{start}/{number}" for number in range(ROUTES)))
    words = ["a"] * MAX_REQUESTED_SEGMENTS
    used = []
    for _ in range(5):
        started = time.thread_time()
        assert table.find(words) is None
        used.append(time.thread_time() - started)
    assert min(used) < 0.01


def test_many_wildcards_are_matched_in_linear_time() -> None:
    assert not covers("/*" * (MAX_SEGMENTS - 1) + "/end", "/a" * 2000)
