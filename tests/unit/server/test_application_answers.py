"""Large answers: how many there may be that clients leave unread, and that one which is refused, waits or was sent is not held."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING

import pytest
from scopebox.errors import ScopeboxError
from scopebox.server.answers import data_response, tag_of
from scopebox.server.application import MAX_ANSWER_BYTES, ROOM, SMALL_ANSWER_BYTES, Application, Target
from scopebox.server.error_shapes import error_response, too_large, under_pressure
from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Message, Scope

HALF = MAX_ANSWER_BYTES // 2 + 1
SCOPE: Scope = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "path": "/a",
    "raw_path": b"/a",
    "query_string": b"",
    "headers": [],
}


class Stage:
    """An application whose answers are known, and clients that may not read."""

    def __init__(self) -> None:
        self.made: list[weakref.ref[Response]] = []
        self.size = HALF
        self.owner = "a"
        self.app = Application(lambda _: Target(self.owner, self._answer), lambda _request, _text: None)

    async def _answer(self, _request: Request, _body: bytearray) -> Response:
        response = Response(b"x" * self.size)
        self.made.append(weakref.ref(response))
        return response

    async def ask(self, read: asyncio.Event | None = None) -> int:
        """Return the status of the answer; it is read when ``read`` is set."""
        statuses: list[int] = []

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            elif read is not None:
                await read.wait()

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await self.app(dict(SCOPE), receive, send)
        return statuses[-1]


def test_a_503_says_when_to_ask_again_and_no_other_answer_does() -> None:
    answers = [error_response(error, admin=False) for error in (under_pressure(), too_large("No."), ScopeboxError("x"))]
    assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [
        (503, "1"),
        (413, None),
        (500, None),
    ]


def test_an_answer_that_has_no_room_beside_those_that_nobody_reads_is_let_go_at_once() -> None:
    stage = Stage()

    async def work() -> None:
        unread = asyncio.create_task(stage.ask(asyncio.Event()))
        await asyncio.sleep(0)
        gc.disable()
        try:
            assert [await stage.ask() for _ in range(3)] == [503, 503, 503]
            assert [made() is not None for made in stage.made] == [True, False, False, False]
        finally:
            gc.enable()
        unread.cancel()
        await asyncio.gather(unread, return_exceptions=True)
        assert await stage.ask() == 200  # a client that goes gives its room back

    asyncio.run(work())


def test_small_answers_and_those_of_others_pass_what_nobody_reads() -> None:
    stage = Stage()

    async def work() -> None:
        read = asyncio.Event()
        unread = asyncio.create_task(stage.ask(read))
        await asyncio.sleep(0)
        stage.size = 10
        assert await stage.ask() == 200
        stage.owner, stage.size = "b", 2**20
        assert await stage.ask() == 200
        read.set()
        assert await unread == 200
        stage.owner, stage.size = "a", HALF
        assert await stage.ask() == 200

    asyncio.run(work())


class Announcing(Stage):
    """An application that announces how large its answers will be, before it makes them in pieces."""

    def __init__(self, announced: int) -> None:
        super().__init__()
        self.announced = announced
        self.pieces = [b"x" * 2**20] * 22
        self.answers: list[list[bytes]] = []

    async def _answer(self, request: Request, _body: bytearray) -> Response:
        await request.scope[ROOM].wait(self.announced)
        self.answers.append([*self.pieces])
        return data_response(self.answers[-1])


def test_an_announced_answer_is_made_when_there_is_room_for_it_and_goes_while_it_is_sent() -> None:
    stage = Announcing(HALF)

    async def work() -> None:
        read = asyncio.Event()
        asking = [asyncio.create_task(stage.ask(read)) for _ in range(4)]
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(stage.answers) == 1
        read.set()
        assert await asyncio.gather(*asking) == [200] * 4
        assert stage.answers == [[]] * 4

    asyncio.run(work())


def test_a_client_that_goes_while_it_waits_leaves_no_room_taken() -> None:
    stage = Announcing(HALF)

    async def work() -> None:
        first, second = (asyncio.create_task(stage.ask(asyncio.Event())) for _ in range(2))
        await asyncio.sleep(0)
        for task in (second, first):
            task.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        assert await stage.ask() == 200

    asyncio.run(work())


def test_an_answer_that_is_larger_than_announced_needs_room_for_all_of_it() -> None:
    stage = Announcing(1)

    async def work() -> None:
        first = asyncio.create_task(stage.ask(asyncio.Event()))
        await asyncio.sleep(0)
        assert await stage.ask() == 503
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert await stage.ask() == 200

    asyncio.run(work())


@pytest.mark.parametrize(
    "pieces", [[b"a" * 10] * 200_000, [b"", b"a" * 2**20, b"", b"b"], [b"a" * (SMALL_ANSWER_BYTES - 9)], [b"[]"]]
)
def test_pieces_are_sent_as_one_body_in_parts_of_some_size(pieces: list[bytes]) -> None:
    stage = Announcing(1)
    stage.pieces = pieces
    body = b'{"data":' + b"".join(pieces) + b"}"

    async def work() -> None:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        await stage.app(dict(SCOPE), receive, send)
        begin, *parts = sent
        headers = dict(begin["headers"])
        assert headers[b"content-length"] == str(len(body)).encode()
        assert headers[b"etag"].decode() == tag_of([body])
        assert b"".join(part["body"] for part in parts) == body
        assert [part.get("more_body", False) for part in parts] == [True] * (len(parts) - 1) + [False]
        assert len(parts) <= len(body) / SMALL_ANSWER_BYTES + 1

    asyncio.run(work())
