"""What all guests of a pool hold together: who has little goes on, who has much waits for others, and nobody waits for himself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TypeVar

import msgspec
import pytest
from scopebox.chains.chain import Cause, Chain
from scopebox.errors import LimitError
from scopebox.isolate import backlog as module
from scopebox.isolate.backlog import MAX_BYTES, MAX_DECODED_BYTES, Backlog
from scopebox.isolate.invocation import Invocation
from scopebox.isolate.pool import IsolatePool
from scopebox.settings import Settings
from scopebox_guest import wire

from tests.isolates import Guest, Peer, Responder, cause, raw_pool, reply, until
from tests.state import PATIENCE
from tests.unit.isolate.test_isolate import PRELUDE

T = TypeVar("T")
pool = raw_pool
HALF = "x" * (MAX_BYTES // 2 + 1)
MANY = 6


@dataclass(eq=False)
class Stream:
    """What waits for a guest."""

    waiting: int


def backlog_of(pool: IsolatePool) -> Backlog:
    return pool._parts.backlog  # what all its guests hold


def run(work: Coroutine[object, object, T]) -> T:
    return asyncio.run(asyncio.wait_for(work, PATIENCE))


def test_one_answer_of_any_size_has_room_and_others_wait_until_less_waits() -> None:
    async def work() -> list[str]:
        backlog, heard = Backlog(), list[str]()
        await backlog.make(3 * MAX_BYTES)
        stream = Stream(MAX_BYTES)
        backlog.streams.add(stream)

        async def wait() -> None:
            await backlog.room(MAX_BYTES // 2)
            heard.append("room")

        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        backlog.let_go(3 * MAX_BYTES)
        heard.append("less")
        await asyncio.sleep(0)
        stream.waiting = MAX_BYTES // 2
        backlog.note_taken()
        heard.append("less")
        await waiting
        return heard

    assert run(work()) == ["less", "less", "room"]


def test_an_answer_for_which_there_is_no_room_for_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.01)

    async def work() -> int:
        backlog = Backlog()
        backlog.streams.add(Stream(MAX_BYTES))
        with pytest.raises(LimitError, match="More than 16,777,216 bytes of answers wait for extensions"):
            await backlog.make(1)
        return backlog.size

    assert run(work()) == MAX_BYTES


def test_large_calls_share_room_and_a_guest_without_any_has_more() -> None:
    backlog, cause_ = Backlog(), cause()
    assert backlog.has_room(cause_, 4 * MAX_DECODED_BYTES, first=True)  # the only one
    backlog.hold_call(cause_, MAX_DECODED_BYTES)
    assert not backlog.has_room(cause_, 1, first=False)
    assert backlog.has_room(cause_, MAX_DECODED_BYTES, first=True)
    assert not backlog.has_room(cause_, MAX_DECODED_BYTES + 1, first=True)
    backlog.forget_call(cause_, MAX_DECODED_BYTES)
    assert backlog.has_room(cause_, 1, first=False)


def test_a_call_for_which_another_waits_never_waits_for_room() -> None:
    backlog, chain = Backlog(), Chain.start("cell", Settings())
    backlog.hold_call(Cause(chain, 1), 3 * MAX_DECODED_BYTES)
    assert backlog.has_room(Cause(chain, 2), MAX_DECODED_BYTES, first=True)
    assert not backlog.has_room(Cause(chain, 1), MAX_DECODED_BYTES, first=True)
    assert not backlog.has_room(cause(), MAX_DECODED_BYTES, first=True)


def test_large_answers_for_many_guests_are_made_when_others_have_taken_theirs(pool: IsolatePool) -> None:
    sizes: list[int] = []
    guests: list[Guest] = []

    async def large(call: wire.Call, guest: Guest) -> wire.Reply:
        async with guest.isolate.turn:
            await guest.isolate.turn.room(len(HALF))
            sizes.append(backlog_of(pool).size)
            return reply(call, HALF)

    def responder(number: int) -> Responder:
        return lambda call, _: large(call, guests[number])

    guests += [Guest(pool, Peer(big=responder(number))) for number in range(MANY)]
    source = (
        f"{PRELUDE}\ncall(id=1, type='big')\ntime.sleep(0.05)\ncount = 0\n"
        f"while count < {len(HALF)}: count += len(os.read(3, 2**20))\ncount > 0"
    )

    async def all_of_them() -> None:
        await asyncio.gather(*(guest.loading(source) for guest in guests))

    pool.run(all_of_them())
    assert len(sizes) == MANY
    assert len(HALF) <= max(sizes) <= MAX_BYTES
    for guest in guests:
        guest.end()


def test_who_takes_nothing_keeps_others_from_large_answers_and_from_nothing_else(
    pool: IsolatePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.05)

    async def large(call: wire.Call, _: Invocation) -> wire.Reply:
        return reply(call, HALF)

    async def refused(call: wire.Call, _: Invocation) -> wire.Reply:
        async with honest.isolate.turn:
            with pytest.raises(LimitError):
                await honest.isolate.turn.room(len(HALF))
        return reply(call, "refused")

    hostile, honest = Guest(pool, Peer(big=large)), Guest(pool, Peer(big=refused))
    waiting = pool.submit(hostile.loading(f"{PRELUDE}\ncall(id=1, type='big')\ncall(id=2, type='big')\ntime.sleep(60)"))
    pool.run(until(lambda: backlog_of(pool).size > MAX_BYTES * 3 // 4))
    assert honest.value("await exec('echo', 1)") == [1]
    assert honest.value("await exec('big')") == "refused"
    assert honest.value("await exec('read-items', 'x' * 5_000)") is None
    hostile.end()
    with pytest.raises(Exception, match="the test is over"):
        waiting.result()
    honest.end()


def test_a_guest_that_ends_its_run_and_leaves_its_answers_is_ended(pool: IsolatePool) -> None:
    async def large(call: wire.Call, _: Invocation) -> wire.Reply:
        return reply(call, HALF)

    guest = Guest(pool, Peer(big=large))
    source = f"{PRELUDE}\ncall(id=1, type='big')\nos.read(3, 1)\nframe(frame='done', inv=1)\nforever()"
    assert "broke the frame protocol" in guest.error(source).message
    pool.run(until(lambda: guest.peer.exits))


def test_a_large_frame_of_a_call_waits_for_room_and_goes_when_there_is_some(pool: IsolatePool) -> None:
    backlog = backlog_of(pool)
    guest = Guest(pool)
    guest.load("await exec('register-filter', {'event': 'x', 'handler': lambda p: len(p)})")
    others = Stream(2 * MAX_BYTES)

    async def work() -> tuple[bool, msgspec.Raw, msgspec.Raw]:
        backlog.streams.add(others)
        large = asyncio.ensure_future(guest.invoking(1, wire_text("a" * 2**21), {}, {}))
        await asyncio.sleep(0.05)
        waited = not large.done()
        others.waiting = 0
        backlog.note_taken()
        first = (await large).value
        second = (await guest.invoking(1, wire_text("b"), {}, {})).value
        backlog.streams.discard(others)
        return waited, first, second

    waited, first, second = pool.run(work())
    assert (waited, bytes(first), bytes(second)) == (True, b"%d" % 2**21, b"1")
    guest.end()


def wire_text(text: str) -> msgspec.Raw:
    return msgspec.Raw(wire.encode(text))
