"""Calls that wait for their answer: how they are begun, and that one which never is leaves nothing."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine

import pytest
from scopebox.errors import LimitError
from scopebox.isolate import backlog
from scopebox.isolate.backlog import Backlog
from scopebox.isolate.invocation import Invocation
from scopebox.isolate.pool import IsolatePool
from scopebox_guest import wire

from tests.isolates import Guest, Peer, raw_pool, reply, until
from tests.unit.isolate.test_backlog import backlog_of
from tests.unit.isolate.test_isolate import PRELUDE

pool = raw_pool
LARGE = "x" * (4 * 2**20)  # more than a guest may be behind


async def _text(call: wire.Call) -> wire.Reply:
    return reply(call, LARGE)


async def _answered(work: Coroutine[object, object, wire.Reply]) -> wire.Reply:
    """As the answer of an extension: a coroutine that is handed to another one."""
    return await work


@pytest.fixture
def behind() -> list[bool]:
    """Whether much waited for the guest, each time that a call was begun."""
    return []


@pytest.fixture
def guest(pool: IsolatePool, behind: list[bool]) -> Guest:
    def read(call: wire.Call, _: Invocation) -> Coroutine[object, object, wire.Reply]:
        behind.append(made.isolate.behind)
        return _answered(_text(call))

    made = Guest(pool, Peer(**{"read-items": read}))
    return made


def test_a_call_is_begun_when_the_guest_has_taken_what_it_was_sent_before(guest: Guest, behind: list[bool]) -> None:
    source = f"""{PRELUDE}
call(id=1, type='read-items')
os.read(3, 1)
call(id=2, type='read-items')
time.sleep(0.2)
count = 1
while count < 2 * {len(LARGE)}: count += len(os.read(3, 2**20))
"""
    guest.load(source)
    assert behind == [False, False]
    guest.end()


def test_a_call_of_a_guest_that_takes_nothing_is_never_begun_and_leaves_nothing(
    guest: Guest, behind: list[bool]
) -> None:
    source = f"""{PRELUDE}
call(id=1, type='read-items')
os.read(3, 1)
call(id=2, type='read-items')
forever()
"""
    assert isinstance(guest.error(source, wall=1.0), LimitError)
    guest.pool.run(until(lambda: guest.peer.exits))
    gc.collect()  # a coroutine that nobody awaited says so, and the test fails
    assert behind == [False]


def test_of_long_calls_a_few_are_answered_at_the_same_time_and_the_others_wait(pool: IsolatePool) -> None:
    under_way: list[int] = [0]
    seen: list[int] = []

    async def answered(call: wire.Call) -> wire.Reply:
        under_way[0] += 1
        seen.append(under_way[0])
        await asyncio.sleep(0.1)  # while the others come
        under_way[0] -= 1
        return reply(call, 1)

    guest = Guest(pool, Peer(**{"read-items": lambda call, _: answered(call)}))
    source = f"""{PRELUDE}
conditions = [{{'title': {{'_eq': str(number)}}}} for number in range(990)]
for number in range(60):
    call(id=number + 1, type='read-items', args=['articles', {{'query': {{'filter': {{'_or': conditions}}}}}}])
count = 0
while count < 60: count += os.read(3, 2**16).count(b'"reply"')
"""
    guest.load(source)
    assert len(seen) == 60
    assert max(seen) < 20
    guest.end()


def test_calls_of_all_guests_that_wait_as_texts_have_a_limit_and_each_guest_may_have_some(
    pool: IsolatePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MAX_TEXT_BYTES", 200_000)
    monkeypatch.setattr(backlog, "LITTLE_BYTES", 30_000)
    go_on, held, begun = asyncio.Event(), list[int](), list[int]()
    shared = backlog_of(pool)

    async def answered(call: wire.Call) -> wire.Reply:
        begun.append(call.id)
        held.append(shared.texts)
        if call.id == 60:  # which never waits
            go_on.set()
        await go_on.wait()
        return reply(call, 1)

    guest = Guest(pool, Peer(**{"read-items": lambda call, _: answered(call)}))
    source = f"""{PRELUDE}
conditions = [{{'title': {{'_eq': str(number)}}}} for number in range(990)]
for number in range(59):
    call(id=number + 1, type='read-items', args=['articles', {{'query': {{'filter': {{'_or': conditions}}}}}}])
call(id=60, type='read-items', args=['articles'])
replies = refusals = 0
while replies + refusals < 60:
    data = os.read(3, 2**16)
    replies, refusals = replies + data.count(b'"reply"'), refusals + data.count(b'of all extensions with more than')
"""
    guest.load(source)
    assert max(held) <= 200_000
    assert 5 < len(begun) < 40  # some at once, and some that waited
    assert shared.texts == 0
    other = Backlog()
    other.texts = 10**9
    assert other.may_wait(0, 30_000)
    assert not other.may_wait(1, 30_000)
    guest.end()
