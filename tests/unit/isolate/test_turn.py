"""Large answers to one guest: one is made at a time, and none while much of those before waits for the guest."""

from __future__ import annotations

import asyncio

from scopebox.isolate.backlog import Backlog
from scopebox.isolate.pool import IsolatePool
from scopebox.isolate.turn import Turn
from scopebox_guest import wire

from tests.isolates import Guest, Peer, raw_pool, reply
from tests.unit.isolate.test_isolate import PRELUDE

pool = raw_pool


def test_one_is_in_at_a_time_in_the_order_of_asking() -> None:
    heard: list[str] = []
    turn = Turn(lambda: asyncio.sleep(0), Backlog())

    async def work(name: str) -> None:
        async with turn:
            heard.append(f"{name} in")
            await asyncio.sleep(0)
            heard.append(f"{name} out")

    async def all_of_them() -> None:
        await asyncio.gather(*map(work, "abc"))

    asyncio.run(all_of_them())
    assert heard == [f"{name} {way}" for name in "abc" for way in ("in", "out")]


def test_who_is_cancelled_while_the_guest_is_waited_for_keeps_nobody_out() -> None:
    async def scenario() -> tuple[bool, int]:
        taken = asyncio.Event()

        async def drained() -> None:
            await taken.wait()

        turn = Turn(drained, Backlog())

        async def work() -> int:
            async with turn:
                return 1

        first, second = asyncio.ensure_future(work()), asyncio.ensure_future(work())
        await asyncio.sleep(0)
        first.cancel()
        taken.set()
        found = await second
        return first.cancelled(), found

    assert asyncio.run(scenario()) == (True, 1)


def test_an_answer_is_made_when_the_guest_has_taken_most_of_those_before(pool: IsolatePool) -> None:
    behind: list[bool] = []
    guest: Guest

    async def large(call: wire.Call, _: object) -> wire.Reply:
        async with guest.isolate.turn:
            behind.append(guest.isolate.behind)
            answer = reply(call, "x" * (4 * 2**20))
        assert isinstance(answer, wire.Reply)
        return answer

    guest = Guest(pool, Peer(big=large))
    source = (
        f"{PRELUDE}\nfor n in range(1, 20): call(id=n, type='big')\n"
        "count = 0\nwhile count < 19 * (4 * 2**20): count += len(os.read(3, 2**20))\ncount > 0"
    )
    assert guest.value(source) is True
    assert behind == [False] * 19
    guest.end()
