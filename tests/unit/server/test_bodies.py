from __future__ import annotations

import asyncio
import gc
import tracemalloc
from contextlib import suppress
from typing import Literal

import pytest
from scopebox.errors import DirectusError
from scopebox.sandbox.sandbox import Sandbox
from scopebox.server.bodies import MAX_BODY_BYTES, Bodies, check_batch, read_json
from starlette.requests import Request
from starlette.types import Message


def request_with(content: bytes, kind: str = "application/json", *headers: tuple[bytes, bytes]) -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": content, "more_body": False}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-type", kind.encode()), *headers]}
    return Request(scope, receive)


def body(content: bytes, kind: str = "application/json", *headers: tuple[bytes, bytes]) -> object:
    async def work() -> object:
        request = request_with(content, kind, *headers)
        async with Bodies().read(request, "items") as read:
            return read_json(request, read)

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("content", "expected"), [(b'{"a": [1.5, null]}', {"a": [1.5, None]}), (b"[]", []), (b" ", {}), (b"", {})]
)
def test_json_is_read(content: bytes, expected: object) -> None:
    assert body(content) == expected


def test_other_kinds_of_bodies_are_none() -> None:
    assert body(b"a=1", "application/x-www-form-urlencoded") == {}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"str", "Unexpected token 's', \"str\" is not valid JSON"),
        (b"null", "Unexpected token 'n', \"null\" is not valid JSON"),
        (b'{"a":x}', 'Unexpected token \'x\', "{"a":x}" is not valid JSON'),
        (b'{"a":', "Unexpected end of JSON input"),
        (b'{"aaaaaaaaaaaaaaaaaaaaaaaa":x}', 'Unexpected token \'x\', ..."aaaaaaaa":x}" is not valid JSON'),
    ],
)
def test_what_is_no_json_is_told_as_a_browser_tells_it(content: bytes, reason: str) -> None:
    with pytest.raises(DirectusError) as caught:
        body(content)
    assert (caught.value.code, caught.value.extensions["reason"]) == ("INVALID_PAYLOAD", reason)


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":"\\ud800"}', b'{"a":1e999999}', b"\xff{", b'{"a":NaN}'])
def test_hostile_json_is_read_or_refused(content: bytes) -> None:
    with suppress(DirectusError):
        body(content)


def test_a_body_that_is_too_large_is_refused() -> None:
    with pytest.raises(DirectusError) as caught:
        body(b"[" + b" " * MAX_BODY_BYTES + b"]")
    assert caught.value.status == 413


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
        ({"query": 5}, "read", '"query" must be of type object'),
        ({"data": {}, "keys": [1]}, "delete", '"data" is not allowed'),
    ],
)
def test_the_first_thing_wrong_with_a_batch_is_named(
    given: dict[str, object], action: Literal["read", "update", "delete"], reason: str
) -> None:
    with pytest.raises(DirectusError) as caught:
        check_batch(given, action)
    assert caught.value.extensions == {"reason": reason}


def test_a_batch_without_anything_reads_everything() -> None:
    assert check_batch({}, "read") == {}


def test_bodies_that_wait_are_not_copied() -> None:
    content = b"[" + b"{}," * (MAX_BODY_BYTES // 4) + b"{}]"
    size = (b"content-length", str(len(content)).encode())

    async def read_one(bodies: Bodies) -> None:
        async with bodies.read(request_with(content, "application/json", size), "x"):
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
