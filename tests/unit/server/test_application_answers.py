"""Large answers that clients leave unread: how many there may be, and that one which is refused is not kept."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import TYPE_CHECKING

from scopebox.server.application import MAX_ANSWER_BYTES, Application, Target
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
