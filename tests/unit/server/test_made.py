"""What is made of a request: told by its text alone, and no less than what comes of it; many requests at once wait as text."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING

import pytest
from scopebox.server import budget
from scopebox.server.application import Application, Target
from scopebox.server.json_body import read_json
from scopebox.server.made import MAX_ALL_MADE_BYTES, SMALL_MADE_BYTES, is_little, most_made
from scopebox.server.query_string import parse_query
from starlette.responses import Response

from tests.conformance.sequences import client_for
from tests.stores import Listener, Row, recorded_copy
from tests.unit.server.test_items_api import ADMIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox.store.store import Store
    from starlette.requests import Request
    from starlette.types import Message

store = recorded_copy


def taken(work: Callable[[], object]) -> int:
    """Return how many bytes what ``work`` returns takes."""
    tracemalloc.start()
    try:
        made = work()
        return tracemalloc.get_traced_memory()[0] if made is not None else 0
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"[]," * 20_000 + b"[]]",
        b"[" + b"{}," * 20_000 + b"{}]",
        b"[" + b'{"a":1},' * 8_000 + b"{}]",
        b"[" + b"1.5," * 20_000 + b"0]",
        b"[" + b'"",' * 20_000 + b'""]',
        b"[" + '"\U0001f600",'.encode() * 8_000 + b'""]',
        b'["' + b"a" * 60_000 + b'\\ud83d\\ude00"]',
        json.dumps({f"{at:x}": at for at in range(6_000)}).encode(),
        b'{"a":' * 60 + b"1" + b"}" * 60,
        json.dumps({"query": {"filter": {"_or": [{"title": {"_eq": str(at)}} for at in range(990)]}}}).encode(),
    ],
)
def test_no_more_is_made_of_a_body_than_is_told(body: bytes) -> None:
    assert taken(lambda: read_json(bytearray(body))) <= most_made(b"", bytearray(body))


@pytest.mark.parametrize(
    "query",
    [
        "&".join(f"filter[_or][{at}][title][_eq]={at}" for at in range(400)),
        "&".join(f"filter%5B_or%5D%5B{at}%5D%5Btitle%5D%5B_eq%5D={at}" for at in range(400)),
        "&".join(f"{at:x}" for at in range(900)),
        "&".join(["a[]="] * 400),
        "a" + "[b]" * 300 + "=1",
        "fields=" + "%F0%9F%98%80" * 5_000,
    ],
)
def test_no_more_is_made_of_a_query_string_than_is_told(query: str) -> None:
    assert taken(lambda: parse_query(query)) <= most_made(query.encode(), bytearray())


@pytest.mark.parametrize("values", ["{}", "[]", '{"":1}', '"\U0001f600"', "1.5"])
def test_of_what_is_little_less_is_made_than_needs_room(values: str) -> None:
    bodies = [f"[{','.join([values] * count)}]".encode() for count in range(1, 300, 5)]
    little = [body for body in bodies if is_little(b"", bytearray(body))]
    assert len(bodies) > len(little) > 0
    assert max(taken(partial(read_json, bytearray(body))) for body in little) < SMALL_MADE_BYTES
    assert all(most_made(b"", bytearray(body)) < SMALL_MADE_BYTES for body in little)


def test_items_that_are_written_count_with_all_fields_of_theirs() -> None:
    body = bytearray(b"[" + b"{}," * 9_000 + b"{}]")
    assert most_made(b"", body, 200) > 10 * most_made(b"", body, 12) > 10 * most_made(b"", body)


class Stage:
    """An application whose requests are answered when the test says so; each carries a body that says how much is made of it."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.said = b""
        self.go_on = asyncio.Event()
        self.app = Application(lambda _: Target("a", self._answer, made=self._made), lambda _request, _text: None)

    def _made(self, _request: Request, body: bytearray) -> int:
        return int(json.loads(body)["made"])

    async def _answer(self, _request: Request, body: bytearray) -> Response:
        self.begun.append(self._made(_request, body))
        await self.go_on.wait()
        return Response()

    async def ask(self, made: int) -> int:
        """Return the status of the answer to a request of which ``made`` bytes are made."""
        body = json.dumps({"made": made}).encode()
        statuses: list[int] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            else:
                self.said = message["body"]

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/a", "raw_path": b"/a"}
        await self.app({**scope, "query_string": b"", "headers": head}, receive, send)
        return statuses[-1]

    async def settled(self) -> None:
        """Let everybody go as far as they get."""
        for _ in range(20):
            await asyncio.sleep(0)


def test_a_request_waits_as_text_until_there_is_room_for_what_is_made_of_it() -> None:
    async def work() -> None:
        stage, half = Stage(), MAX_ALL_MADE_BYTES // 2 + 1
        asking = [asyncio.ensure_future(stage.ask(half)) for _ in range(3)]
        await stage.settled()
        assert stage.begun == [half]
        asking.append(asyncio.ensure_future(stage.ask(SMALL_MADE_BYTES)))
        await stage.settled()
        assert stage.begun == [half, SMALL_MADE_BYTES]  # an ordinary one waits for nobody
        stage.go_on.set()
        assert await asyncio.gather(*asking) == [200] * 4

    asyncio.run(work())


def test_a_request_of_which_more_is_made_than_there_is_room_for_is_answered_alone() -> None:
    async def work() -> None:
        stage, all_ = Stage(), 10 * MAX_ALL_MADE_BYTES
        asking = [asyncio.ensure_future(stage.ask(all_)) for _ in range(2)]
        await stage.settled()
        assert stage.begun == [all_]
        asking[0].cancel()  # a client that goes gives its room back
        await stage.settled()
        assert stage.begun == [all_, all_]
        stage.go_on.set()
        assert await asking[1] == 200

    asyncio.run(work())


def test_a_request_that_finds_no_room_for_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "PATIENCE_SECONDS", 0.01)

    async def work() -> None:
        stage = Stage()
        first = asyncio.ensure_future(stage.ask(MAX_ALL_MADE_BYTES))
        await stage.settled()
        assert await stage.ask(MAX_ALL_MADE_BYTES) == 503
        assert b"for 0.01 s there was no room beside other large requests" in stage.said
        stage.go_on.set()
        assert await first == 200

    asyncio.run(work())


@pytest.mark.parametrize(
    ("method", "path", "body", "most"),
    [
        ("POST", "labels", [{}] * 4_000, 1),
        ("POST", "labels", [{}], 20),
        ("PATCH", "labels", {"query": {"limit": -1}, "data": {"weight": 1}}, 2),
        ("PATCH", "labels/1", {"weight": 1}, 20),
        ("DELETE", "labels", {"query": {"limit": -1}}, 2),
        ("DELETE", "labels/1", None, 20),
    ],
)
def test_many_items_are_written_by_a_few_requests_at_a_time_however_short_their_text_is(
    store: Store, method: str, path: str, body: object, most: int
) -> None:
    listener, go_on, enough, begun = Listener(), asyncio.Event(), asyncio.Event(), 0

    async def wait(payload: object, _meta: Row) -> object:
        nonlocal begun
        begun += 1
        if begun == most:
            enough.set()
        await go_on.wait()
        return payload

    listener.filters |= {f"items.{event}": wait for event in ("create", "update", "delete")}

    async def work() -> list[int]:
        async with client_for(store, listener) as client:
            sending = [client.request(method, f"/items/{path}", json=body, headers=ADMIN) for _ in range(20)]
            sent = asyncio.gather(*sending)
            async with asyncio.timeout(60):
                await enough.wait()
            await asyncio.sleep(0.1)  # for one more
            go_on_with = begun
            go_on.set()
            return [go_on_with, *(answer.status_code for answer in await sent)]

    found, *statuses = asyncio.run(work())
    assert found <= most
    assert 503 not in statuses
