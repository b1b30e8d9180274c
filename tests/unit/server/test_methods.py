"""The methods of routes, as a Directus told them by OPTIONS, and what of a path counts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scopebox.errors import DirectusError
from scopebox.server.answers import is_kept, tag_of
from scopebox.server.methods import methods_of
from scopebox.server.paths import mount_of, parameter, parts_of
from starlette.datastructures import Headers

DATA = Path(__file__).parents[2] / "data"
RECORDED = [json.loads(line) for line in (DATA / "methods.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("case", RECORDED, ids=[case["path"] for case in RECORDED])
def test_a_route_has_the_methods_that_it_has_there(case: dict[str, str]) -> None:
    assert ",".join(methods_of(*mount_of(case["path"]))) == case["methods"]


@pytest.mark.parametrize(
    ("path", "mount", "below"),
    [
        ("/items/a", "items", "/a"), ("/Items", "items", "/"), ("/items//a", "items", "/a"), ("/items///a", "items", "//a"), ("//items/a", "", "/items/a"),
        ("/@s/ext/x", "@s/ext", "/x"), ("/@s/Ext", "@s/ext", "/"), ("*", "", "*"), ("/items/a%2Fb", "items", "/a%2Fb"),
    ],
)  # fmt: skip
def test_one_slash_behind_the_first_part_belongs_to_it(path: str, mount: str, below: str) -> None:
    assert mount_of(path) == (mount, below)


@pytest.mark.parametrize(
    ("below", "parts"), [("/a/", ["a"]), ("/a//", ["a", ""]), ("/", []), ("/a//b", ["a", "", "b"])]
)
def test_one_slash_at_the_end_means_nothing(below: str, parts: list[str]) -> None:
    assert parts_of(below) == parts


@pytest.mark.parametrize("part", ["%", "%z", "%zz", "%ff", "%E5%95", "%C0%80", "%ED%A0%80"])
def test_a_parameter_that_cannot_be_decoded_is_told(part: str) -> None:
    with pytest.raises(DirectusError, match="Failed to decode param"):
        parameter(part)


@pytest.mark.parametrize(
    ("body", "tag"), [(b"", 'W/"0-2jmj7l5rSw0yVb/vlWAYkK/YBwk"'), (b'{"ok":true}', 'W/"b-Ai2R8hgEarLmHKwesT1qcY913ys"')]
)
def test_a_tag_is_that_of_express(body: bytes, tag: str) -> None:
    assert tag_of([body]) == tag


@pytest.mark.parametrize(
    ("headers", "method", "status", "kept"),
    [
        ({"if-none-match": "*"}, "GET", 200, True), ({"if-none-match": 'W/"x"'}, "GET", 200, True), ({"if-none-match": '"x"'}, "HEAD", 200, True),
        ({"if-none-match": '"y", "x"'}, "GET", 201, True), ({"if-none-match": '"y"'}, "GET", 200, False), ({}, "GET", 200, False),
        ({"if-none-match": "*"}, "POST", 200, False), ({"if-none-match": "*"}, "SEARCH", 200, False), ({"if-none-match": "*"}, "GET", 404, False),
        ({"if-none-match": "*", "cache-control": "no-cache"}, "GET", 200, False), ({"if-none-match": "*", "cache-control": "max-age=0"}, "GET", 200, True),
        ({"if-none-match": "*", "if-modified-since": "Thu, 26 Nov 2099 09:21:08 GMT"}, "GET", 200, False),
    ],
)  # fmt: skip
def test_a_client_that_has_an_answer_needs_no_other(
    headers: dict[str, str], method: str, status: int, kept: bool
) -> None:
    assert is_kept(Headers(headers), method, status, 'W/"x"') is kept
