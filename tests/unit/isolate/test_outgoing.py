"""Frames in pieces: the bytes are those of the whole frame, large data is not copied, and what waits keeps its order."""

from __future__ import annotations

import socket
import tracemalloc

import msgspec
import pytest
from scopebox.isolate.outgoing import SMALL_BYTES, Outgoing, packed, packed_call, size_of
from scopebox_guest import wire

LARGE = "x" * (SMALL_BYTES + 1)
ARGS = {"small": [{"a": 1}, {}, "text"], "large": [LARGE, {"payload": LARGE}, None], "none": []}


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(wire.encode(value))


@pytest.mark.parametrize("args", ARGS.values(), ids=ARGS)
def test_a_call_in_pieces_is_the_frame_that_its_encoder_makes(args: list[object]) -> None:
    assert b"".join(packed_call(7, 3, args)) == wire.pack(wire.Invoke(7, 3, [*map(raw, args)]))


@pytest.mark.parametrize("value", [None, 1, LARGE], ids=["null", "small", "large"])
def test_an_answer_in_pieces_is_the_frame_that_its_encoder_makes(value: object) -> None:
    for frame in (wire.Reply(5, raw(value)), wire.Refuse(5, "ValueError", "no", data=raw(value))):
        pieces = packed(frame)
        assert b"".join(pieces) == wire.pack(frame)
        assert size_of(pieces) == len(wire.pack(frame))


def test_what_is_large_in_a_call_is_the_same_piece_wherever_it_stands() -> None:
    payload = raw(LARGE)
    args: list[object] = [payload, {"event": "x", "payload": payload, "key": 1}, {"accountability": None}]
    pieces = packed_call(7, 3, args)
    assert b"".join(pieces) == wire.pack(wire.Invoke(7, 3, [*map(raw, args)]))
    assert [piece is payload for piece in pieces].count(True) == 2


def test_a_large_answer_is_kept_once_while_it_waits() -> None:
    answer = wire.Reply(5, raw("x" * 2**23))
    outgoing = Outgoing()
    tracemalloc.start()
    outgoing.add(packed(answer), 100)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outgoing.size > 2**23 - 100 > 100 * grown


def test_small_pieces_are_put_together() -> None:
    outgoing = Outgoing()
    tracemalloc.start()
    for number in range(20_000):
        outgoing.add([b"%05d" % number])
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 3 * outgoing.size == 300_000


@pytest.mark.parametrize("sent", [0, 3, 5, 7, 7 + SMALL_BYTES])
def test_what_waits_is_sent_in_order_from_where_the_socket_stopped(sent: int) -> None:
    pieces = [b"12345", b"67" + b"8" * SMALL_BYTES, b"9", b"0" * 3 * SMALL_BYTES, b"end"]
    ours, theirs = socket.socketpair()
    outgoing, got = Outgoing(), b""
    outgoing.add(pieces, sent)
    outgoing.add([b"", b"more"])
    ours.setblocking(False)
    theirs.settimeout(5)
    while outgoing.size:
        outgoing.send(ours)
        got += theirs.recv(2**20)
    assert got == b"".join([*pieces, b"more"])[sent:]
    ours.close()
    theirs.close()
