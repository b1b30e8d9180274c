from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from scopebox.isolate.backlog import Backlog
from scopebox.isolate.stream import TURN_SECONDS, FrameStream
from scopebox_guest import wire

if TYPE_CHECKING:
    from collections.abc import Iterator

FRAMES = 100


class Listener:
    """Takes frames, each of which costs ``seconds`` of a clock of its own; ``heard`` is what happened, in order."""

    def __init__(self, seconds: float) -> None:
        self.alive = True
        self.heard: list[str] = []
        self.now = 0.0
        self._seconds = seconds

    def on_frame(self, body: bytes | bytearray, size_class: int) -> None:
        assert size_class == wire.ORDINARY
        if body == b"wrong":
            raise wire.FrameError("wrong")
        self.now += self._seconds
        self.heard.append(body.decode())

    def on_violation(self, error: wire.FrameError) -> None:
        self.alive = False
        self.heard.append(f"violation: {error}")

    def on_end(self) -> None:
        self.heard.append("end")

    def clock(self) -> float:
        return self.now


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    host, guest = socket.socketpair()
    host.setblocking(False)
    with host, guest:
        yield host, guest


def frame(body: bytes) -> bytes:
    return wire.HEADER.pack(len(body), wire.ORDINARY) + body


async def turns(listener: Listener, until: str = "end") -> None:
    """Note the turns of somebody else on the loop."""
    with suppress(TimeoutError):
        async with asyncio.timeout(10):
            while until not in listener.heard:
                listener.heard.append("other")
                await asyncio.sleep(0)


def heard_of(ends: tuple[socket.socket, socket.socket], listener: Listener, sent: bytes) -> list[str]:
    """Return what happens when a guest sends frames in one piece and closes its end."""
    host, guest = ends
    guest.sendall(sent)
    guest.close()

    async def listen() -> None:
        stream = FrameStream(asyncio.get_running_loop(), host, listener, Backlog(), listener.clock)
        await turns(listener)
        stream.close()

    asyncio.run(listen())
    first = next((place for place, word in enumerate(listener.heard) if word != "other"), 0)
    return listener.heard[first:]


def test_others_have_their_turn_among_frames_that_cost_much(ends: tuple[socket.socket, socket.socket]) -> None:
    numbers = [str(number) for number in range(FRAMES)]
    listener = Listener(TURN_SECONDS * 0.3)
    heard = heard_of(ends, listener, b"".join(frame(number.encode()) for number in numbers))
    assert [word for word in heard if word != "other"] == [*numbers, "end"]
    runs = " ".join(heard).split("other")
    assert max(len(run.split()) for run in runs) <= 5


def test_frames_that_cost_little_are_taken_in_one_turn(ends: tuple[socket.socket, socket.socket]) -> None:
    numbers = [str(number) for number in range(FRAMES)]
    heard = heard_of(ends, Listener(TURN_SECONDS / FRAMES / 2), b"".join(frame(number.encode()) for number in numbers))
    assert heard[:FRAMES] == numbers


def test_a_wrong_frame_behind_others_ends_all_in_a_later_turn_too(ends: tuple[socket.socket, socket.socket]) -> None:
    sent = b"".join(map(frame, (b"1", b"2", b"wrong", b"3")))
    heard = heard_of(ends, Listener(TURN_SECONDS * 2), sent)
    assert [word for word in heard if word != "other"] == ["1", "2", "violation: wrong", "end"]


def test_a_stream_that_is_closed_between_turns_takes_no_more_frames(ends: tuple[socket.socket, socket.socket]) -> None:
    host, guest = ends
    listener = Listener(TURN_SECONDS * 2)
    guest.sendall(frame(b"1") + frame(b"2"))

    async def listen() -> None:
        stream = FrameStream(asyncio.get_running_loop(), host, listener, Backlog(), listener.clock)
        await turns(listener, "1")
        stream.close()
        for _ in range(3):
            await asyncio.sleep(0)

    asyncio.run(listen())
    assert [word for word in listener.heard if word != "other"] == ["1"]
