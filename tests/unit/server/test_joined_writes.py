"""Head and body of an answer leave together, and nothing is kept back."""

from __future__ import annotations

import asyncio
import logging
import socket

import pytest
from scopebox.server.joined_writes import MAX_HELD_BYTES, JoinedWrites


class Wire(asyncio.Transport):
    """What was written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self.ended != ""

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


def _written(*parts: bytes, end: str = "flush") -> Wire:
    wire = Wire()
    joined = JoinedWrites(wire)
    for part in parts:
        joined.write(part)
    getattr(joined, end)()
    return wire


def test_two_small_writes_are_one() -> None:
    assert _written(b"head", b"body").written == [b"headbody"]
    assert _written(b"head", b"").written == [b"head"]


def test_what_is_alone_leaves_at_the_end_of_the_answer() -> None:
    assert _written(b"head").written == [b"head"]
    assert _written(b"").written == []


def test_what_is_large_is_never_held() -> None:
    large = b"x" * (MAX_HELD_BYTES + 1)
    assert _written(b"head", large, large, end="abort").written == [b"head" + large, large]


def test_what_a_client_waits_for_before_it_sends_on_is_never_held() -> None:
    told = b"HTTP/1.1 100 Continue\r\n\r\n"
    assert _written(told, end="abort").written == [told]


def test_a_transport_that_is_closed_writes_what_it_held_before() -> None:
    closed, aborted = _written(b"head", end="close"), _written(b"head", end="abort")
    assert (closed.written, closed.ended) == ([b"head"], "closed")
    assert (aborted.written, aborted.ended) == ([], "aborted")


def test_an_answer_whose_client_has_gone_is_not_written_on(caplog: pytest.LogCaptureFixture) -> None:
    """The loop warns of each write behind the fifth."""

    async def answer() -> None:
        ours, theirs = socket.socketpair()
        transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)
        transport.pause_reading()  # the first to notice is a write
        theirs.close()
        joined = JoinedWrites(transport)
        for _ in range(16):
            joined.write(b"x" * (MAX_HELD_BYTES + 1))
        joined.write(b"head")
        joined.close()

    with caplog.at_level(logging.WARNING, "asyncio"):
        asyncio.run(answer())
    assert caplog.messages == []
