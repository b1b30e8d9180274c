"""Express path patterns: what they cover, and what is refused."""

from __future__ import annotations

import pytest
from scopebox.http.paths import MAX_LENGTH, PathPattern


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
    assert PathPattern.parse(pattern).matches(path) is covered


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
    with pytest.raises(ValueError, match=f"1,?000,?001 characters, {MAX_LENGTH}"):
        PathPattern.parse("/" + "a" * 1_000_000)


def test_many_wildcards_are_matched_in_linear_time() -> None:
    pattern = PathPattern.parse("/*" * 100 + "/end")
    assert not pattern.matches("/a" * 2000)
