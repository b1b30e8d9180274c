"""Head and body of an answer leave together, and nothing is kept back."""

from __future__ import annotations

import asyncio

from scopebox.server.joined_writes import MAX_HELD_BYTES, JoinedWrites


class Wire(asyncio.Transport):
    """What was written, write by write."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"


async def _written(*parts: bytes) -> list[bytes]:
    wire = Wire()
    joined = JoinedWrites(wire, asyncio.get_running_loop())
    for part in parts:
        joined.write(part)
    await asyncio.sleep(0)
    return wire.written


def test_two_writes_of_one_step_are_one() -> None:
    assert asyncio.run(_written(b"head", b"body")) == [b"headbody"]
    assert asyncio.run(_written(b"head", b"")) == [b"head"]


def test_what_is_alone_leaves_with_its_step() -> None:
    assert asyncio.run(_written(b"head")) == [b"head"]
    assert asyncio.run(_written(b"")) == []


def test_what_is_large_is_never_held() -> None:
    large = b"x" * (MAX_HELD_BYTES + 1)
    assert asyncio.run(_written(b"head", large, large)) == [b"head" + large, large]


def test_a_transport_that_is_closed_writes_what_it_held_before() -> None:
    async def scenario(end: str) -> Wire:
        wire = Wire()
        joined = JoinedWrites(wire, asyncio.get_running_loop())
        joined.write(b"head")
        getattr(joined, end)()
        await asyncio.sleep(0)
        return wire

    closed, aborted = asyncio.run(scenario("close")), asyncio.run(scenario("abort"))
    assert (closed.written, closed.ended) == ([b"head"], "closed")
    assert (aborted.written, aborted.ended) == ([], "aborted")
