from __future__ import annotations

import asyncio
import gc
import gzip
import tracemalloc
import zlib
from contextlib import suppress
from functools import partial
from typing import Literal

import pytest
from scopebox.errors import DirectusError
from scopebox.sandbox.sandbox import Sandbox
from scopebox.server import json_body
from scopebox.server.bodies import MAX_BODY_BYTES, Bodies, check_batch
from scopebox.server.decoding import PIECE_BYTES
from scopebox.server.json_body import form_of, read_json
from starlette.requests import Request
from starlette.types import Message

packed = partial(gzip.compress, mtime=0)  # without the time, so that tests are always called the same


def request_with(content: bytes, kind: str = "application/json", *headers: tuple[bytes, bytes]) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    size = (b"content-length", str(len(content)).encode())
    given = [(b"content-type", kind.encode()), size, *headers]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": given}, receive)


def body(
    content: bytes, kind: str = "application/json", *headers: tuple[bytes, bytes], most: int = MAX_BODY_BYTES
) -> object:
    async def work() -> object:
        request = request_with(content, kind, *headers)
        async with Bodies(most).read(request, "items", form_of(request.headers)) as read:
            return read_json(read)

    return asyncio.run(work())


@pytest.mark.parametrize(("content", "expected"), [(b'{"a": [1.5, null]}', {"a": [1.5, None]}), (b"[]", []), (b"", {})])
def test_json_is_read(content: bytes, expected: object) -> None:
    assert body(content) == expected


@pytest.mark.parametrize(
    "kind",
    [
        "application/json", "APPLICATION/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"', "application/json; x=1",
        "application/json ; charset=utf-7", "application/json; charset=UTF-8; x=1",
    ],
)  # fmt: skip
def test_a_body_is_json_where_its_type_says_so(kind: str) -> None:
    assert body(b'{"a":1}', kind) == {"a": 1}


@pytest.mark.parametrize(
    "kind",
    [
        "application/x-www-form-urlencoded", "application/vnd.api+json", "application/merge-patch+json", "text/json", "text/plain", "", "json",
        "application/json;", "application/json; x", "application/json, text/plain", "application/json; charset", "application/*",
        "application/jsonp", "application/json; charset=utf-8 x", "application/json" + ";x=1" * 100,
    ],
)  # fmt: skip
def test_nobody_looks_at_a_body_of_another_type(kind: str) -> None:
    assert body(b"{bad", kind) == {}


@pytest.mark.parametrize(
    ("charset", "said"),
    [
        ("latin1", "LATIN1"),
        ("utf8", "UTF8"),
        ("utf-99", "UTF-99"),
        ('"iso-8859-1"', "ISO-8859-1"),
        ("utf-32", "UTF-32"),
    ],
)
def test_a_character_set_that_is_not_read_is_refused_by_name(charset: str, said: str) -> None:
    with pytest.raises(DirectusError) as caught:
        body(b"{}", f"application/json; charset={charset}")
    assert caught.value.extensions == {"reason": f'unsupported charset "{said}"'}


@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-7"])
def test_json_comes_in_any_of_the_character_sets_of_unicode(charset: str) -> None:
    kind = f"application/json; charset={charset.replace('6-', '6')}"
    assert body('{"a": "é😀"}'.encode(charset), kind) == {"a": "é😀"}


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", packed(b'{"a":1}')), ("GZIP", packed(b'{"a":1}')), ("deflate", zlib.compress(b'{"a":1}')), ("identity", b'{"a":1}'),
        ("gzip", packed(b'{"a"') + packed(b":1}")), ("gzip", packed(b'{"a":1}') + b"\0\0"),
    ],
)  # fmt: skip
def test_json_may_be_compressed(encoding: str, content: bytes) -> None:
    assert body(content, "application/json", (b"content-encoding", encoding.encode())) == {"a": 1}


@pytest.mark.parametrize(
    ("encoding", "content", "reason"),
    [
        ("br", b"{}", 'unsupported content encoding "br"'),
        ("gzip, gzip", b"{}", 'unsupported content encoding "gzip, gzip"'),
        ("gzip", b"{}", "incorrect header check"),
        ("gzip", packed(b'{"a":1}')[:-4], "unexpected end of file"),
        ("gzip", b"", "unexpected end of file"),
        ("gzip", packed(b"{}") + b"xx", "incorrect header check"),
        ("deflate", zlib.compress(b'{"a":1}')[2:], "incorrect header check"),
        ("gzip", packed(b"[" + b" " * 2_000_000 + b"]"), "request entity too large"),
        ("gzip", packed(b" ") * 1_001, "a gzip body of more than 1,000 members; compress it as one"),
    ],
)
def test_what_is_not_compressed_as_it_says_is_refused(encoding: str, content: bytes, reason: str) -> None:
    with pytest.raises(DirectusError) as caught:
        body(content, "application/json", (b"content-encoding", encoding.encode()), most=2**20)
    assert (caught.value.status, caught.value.extensions) == (400, {"reason": reason})


@pytest.mark.parametrize("content", [b"0,", b"0," * 100])
def test_as_many_members_as_there_may_be_are_read_wherever_one_ends(content: bytes) -> None:
    # None of it can be compressed, so that members end inside the pieces that are read and between them.
    members = [packed(b"["), *[packed(content, 0)] * 998, packed(b"0]")]
    read = body(b"".join(members), "application/json", (b"content-encoding", b"gzip"))
    assert read == [0] * (998 * len(content) // 2 + 1)


def test_a_bomb_costs_no_more_than_the_limit() -> None:
    bomb = packed(b"[" + b"0," * 30_000_000 + b"0]")
    tracemalloc.start()
    try:
        with suppress(DirectusError):
            body(bomb, "application/json", (b"content-encoding", b"gzip"), most=2**20)
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("content", "data"),
    [
        (b'{"a":"\\ud800"}', {"a": "\ufffd"}),
        (b'{"a":"\\\\ud800", "b": "\\ud83d\\ude00"}', {"a": "\\ud800", "b": "\U0001f600"}),
        (b'{"a":1e400, "b": 123456789012345678901234567890}', {"a": None, "b": 1.2345678901234568e29}),
        (b'{"a":"\xff"}', {"a": "\ufffd"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_json_is_what_a_javascript_engine_takes_for_it(content: bytes, data: object) -> None:
    assert body(content) == data


@pytest.mark.parametrize("charset", ["utf-7", "utf-16le"])
def test_half_a_character_in_another_character_set_is_replaced(charset: str) -> None:
    halves = {"utf-7": b'{"a":"+2AA-b"}', "utf-16le": '{"a":"\ud800b"}'.encode("utf-16-le", "surrogatepass")}
    assert body(halves[charset], f"application/json; charset={charset}") == {"a": "\ufffdb"}


async def turns_beside(bodies: Bodies, *contents: bytes, charset: str) -> int:
    """Return how often others have their turn while all ``contents`` are read at once."""

    async def read_one(content: bytes) -> None:
        request = request_with(content, f"application/json; charset={charset}")
        async with bodies.read(request, "x", form_of(request.headers)) as plain:
            assert plain.decode()

    work, turns = asyncio.gather(*map(read_one, contents)), 0
    while not work.done():
        turns += 1
        await asyncio.sleep(0)
    await work
    return turns


@pytest.mark.parametrize(
    ("charset", "wrong"), [("utf-7", b"\xff"), ("utf-7", b"+!"), ("utf-16le", b"\x00\xd8"), ("utf-8", b"\xff")]
)
def test_a_body_that_is_no_text_leaves_turns_to_others(charset: str, wrong: bytes) -> None:
    content = wrong * (8 * PIECE_BYTES // len(wrong))
    assert asyncio.run(turns_beside(Bodies(), content, charset=charset)) >= 8


def test_bodies_in_another_character_set_are_decoded_one_at_a_time() -> None:
    content = "\u20ac".encode("utf-16-le") * (2**20 // 2)
    tracemalloc.start()
    try:
        asyncio.run(turns_beside(Bodies(), *[content] * 8, charset="utf-16le"))
        # All as they came, and one or two as UTF-8: with all of them it would be more than twenty times as much.
        assert tracemalloc.get_traced_memory()[1] < 15 * len(content)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("wrong", [b'"\\ud800"', b"1e999"])
def test_what_only_javascript_takes_is_mended_in_short_bodies_alone(wrong: bytes) -> None:
    most = json_body.MAX_MENDED_BYTES
    assert most <= 2**18  # each number of it is looked at, in one step
    content = b"[" + b"1," * ((most - len(wrong) - 2) // 2) + wrong + b"]"
    assert isinstance(body(content), list)
    with pytest.raises(DirectusError) as caught:
        body(content.replace(b"[", b"[1,"))
    reason = f"The body is not valid JSON; with half a character or a number beyond all others it may have {most:,} bytes at most"
    assert (caught.value.status, caught.value.extensions) == (400, {"reason": reason})


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":"\\ud800"}', b'{"a":1e999999}', b"\xff{", b'{"a":NaN}'])
def test_hostile_json_is_read_or_refused(content: bytes) -> None:
    with suppress(DirectusError):
        body(content)


def test_a_body_that_is_too_large_is_refused() -> None:
    with pytest.raises(DirectusError) as caught:
        body(b"[" + b" " * 2**20 + b"]", most=2**20)
    assert (caught.value.status, caught.value.message) == (400, "Invalid payload. request entity too large.")


def test_a_body_whose_keys_and_values_would_take_much_memory_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(DirectusError) as caught:
        body(b"[" + b",".join([b'{"ab":1.5e-99,"cd":1.5e-99}'] * 60_000) + b"]", most=MAX_BODY_BYTES)
    assert (caught.value.status, "would take more than 51,380,224 bytes of memory" in str(caught.value)) == (413, True)


def test_a_body_of_just_the_limit_is_read() -> None:
    assert body(b"[" + b" " * (2**20 - 2) + b"]", most=2**20) == []


def test_a_body_that_nobody_looks_at_has_no_limit_and_takes_no_memory() -> None:
    content = b"x" * (2 * MAX_BODY_BYTES)
    tracemalloc.start()
    try:
        assert body(content, "text/plain", most=2**20) == {}
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("given", "action", "reason"),
    [
        ({}, "update", '"data" is required'),
        ({"data": []}, "update", '"data" must be of type object'),
        ({"data": {}}, "update", '"value" must contain at least one of [query, keys]'),
        (
            {"keys": [1], "query": {}, "data": {}},
            "update",
            '"value" contains a conflict between exclusive peers [query, keys]',
        ),
        ({"keys": [1], "data": {}, "foo": 1}, "update", '"foo" is not allowed'),
        ({"keys": "1"}, "delete", '"keys" must be an array'),
        ({"keys": [None]}, "delete", '"keys[0]" must be one of [string, number]'),
        ({"query": None}, "read", '"query" must be of type object'),
        ({"query": 5}, "delete", '"query" must be of type object'),
        ({"data": {}, "keys": [1]}, "delete", '"data" is not allowed'),
    ],
)
def test_the_first_thing_wrong_with_a_batch_is_named(
    given: dict[str, object], action: Literal["read", "update", "delete"], reason: str
) -> None:
    with pytest.raises(DirectusError) as caught:
        check_batch(given, action)
    assert caught.value.extensions == {"reason": reason}


@pytest.mark.parametrize("query", ["x", 5, True])
def test_a_search_whose_query_is_a_scalar_fails_as_in_a_directus(query: object) -> None:
    with pytest.raises(DirectusError) as caught:
        check_batch({"query": query}, "read")
    said = {"x": "x", 5: "5", True: "true"}[query]
    assert (caught.value.status, caught.value.message) == (
        500,
        f"Cannot use 'in' operator to search for 'backlink' in {said}",
    )


def test_a_batch_without_anything_reads_everything() -> None:
    assert check_batch({}, "read") == {}


def test_bodies_that_wait_are_not_copied() -> None:
    content = b"[" + b"{}," * (MAX_BODY_BYTES // 4) + b"{}]"

    async def read_one(bodies: Bodies) -> None:
        request = request_with(content)
        async with bodies.read(request, "x", form_of(request.headers)):
            await asyncio.sleep(0.05)

    async def read_all() -> int:
        bodies = Bodies()
        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(read_one(bodies))
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        assert asyncio.run(read_all()) < 2 * MAX_BODY_BYTES
    finally:
        tracemalloc.stop()


def test_an_error_that_was_answered_keeps_nothing_of_the_body() -> None:
    content = b"[" + b'"a",' * 20_000 + b'"a"]'
    with Sandbox() as box:
        box.store.create_collection("notes", {"title": "string"})
        gc.collect()
        gc.disable()
        try:
            answer = box.request("POST", "/items/notes", content=content, headers={"content-type": "application/json"})
            kept = [one for one in gc.get_objects() if type(one) is list and len(one) > 20_000]
        finally:
            gc.enable()
    assert answer.status_code == 400
    assert kept == []
