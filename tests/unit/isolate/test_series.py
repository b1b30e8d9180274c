"""Calls of one frame, one after the other: what a guest may answer, and that anything else ends it."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import msgspec
import pytest
from scopebox.chains.chain import Cause
from scopebox.errors import ExtensionError, IsolateDied, LimitError
from scopebox_guest import wire

from tests.isolates import Guest, cause, guest_of_pool, raw_pool, until, value
from tests.unit.isolate.test_isolate import PRELUDE

pool, guest = raw_pool, guest_of_pool
NULL = msgspec.Raw(b"null")
COLUMNS = {"n": wire.Column("integer", 2**31)}


class Following:
    """Keeps what the calls before the last came to."""

    def __init__(self, left: int, why: Cause) -> None:
        self.left = left
        self.why = why
        self.dones: list[wire.Done] = []

    def next(self, done: wire.Done) -> Cause:
        self.left -= 1
        self.dones.append(done)
        return self.why


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(wire.encode(value))


async def calling(
    guest: Guest,
    payloads: list[object],
    *,
    handlers: int = 1,
    wall: float = 10.0,
    busy: float = 5.0,
    certain: bool = True,
    columns: dict[str, wire.Column] | None = None,
) -> tuple[list[wire.Done], int]:
    """Return what all calls came to, and how many were not made."""
    why = cause()
    numbers = list(range(1, handlers + 1))
    series = wire.Series(
        0,
        numbers,
        [raw({"event": str(number)}) for number in numbers],
        [raw(payload) for payload in payloads],
        raw({}),
        wire.Certain(columns or COLUMNS, ["n"]) if certain else None,
    )
    following = Following(len(numbers) * len(payloads) - 1, why)
    done = await guest.isolate.call_series(series, following, cause=why, wall=wall, busy=busy)
    return [*following.dones, done], following.left


def called(guest: Guest, payloads: list[object], **options: object) -> tuple[list[wire.Done], int]:
    return guest.pool.run(calling(guest, payloads, **options))  # type: ignore[arg-type]


def load(guest: Guest, *handlers: str, before: str = "", hurried: bool = False) -> None:
    """Register filters. Only a guest that is ``hurried`` ends a series behind which some time has passed: others would on a machine that stood still."""
    patience = "" if hurried else "from scopebox_guest.driver import series\nseries.MOST_SECONDS = 1e9\n"
    registered = "".join(f"exec('register-filter', {{'event': 'x', 'handler': {each}}})\n" for each in handlers)
    assert guest.value(f"{patience}{before}\n{registered}1") == 1


ITEMS: list[object] = [{"n": number} for number in range(4)]


def test_each_call_ends_with_what_became_of_its_payload(guest: Guest) -> None:
    load(guest, "lambda p: {'n': p['n'] + 10}")
    dones, left = called(guest, ITEMS)
    assert ([value(done) for done in dones], left) == ([{"n": n + 10} for n in range(4)], 0)


def test_of_the_calls_before_the_last_for_a_payload_nothing_is_told(guest: Guest) -> None:
    load(guest, "lambda p: {'n': p['n'] + 10}", "lambda p, meta: {'n': p['n'] * int(meta['event'])}", "lambda p: None")
    dones, left = called(guest, ITEMS[:2], handlers=3)
    assert [value(done) for done in dones] == [None, None, {"n": 20}, None, None, {"n": 22}]
    assert left == 0


def test_a_failure_is_the_last(guest: Guest) -> None:
    load(guest, "lambda p: {'n': int(1 / (p['n'] - 1))}")
    dones, left = called(guest, [{"n": 0}, {"n": 1}, {"n": 2}])
    assert left == 1
    assert dones[1].failure is not None
    assert not dones[1].last


@pytest.mark.parametrize(
    ("handler", "made"),
    [
        ("lambda p: {'n': 2 ** 31}", 1),
        ("lambda p: {'n': -2 ** 31}", 4),
        ("lambda p: {'n': True}", 1),
        ("lambda p: {'n': 1.0}", 1),
        ("lambda p: {'n': None}", 4),
        ("lambda p: {}", 1),
        ("lambda p: {'n': 1, 'm': 1}", 1),
        ("lambda p: [p]", 1),
        ("lambda p: 'n'", 1),
        ("lambda p: print('x')", 4),
        ("lambda p: exec('log', 'x')", 4),
        ("lambda p: [exec('note', 'x')] and None", 1),
    ],
)
def test_the_calls_go_on_while_what_came_of_a_payload_is_certain_to_be_written(
    guest: Guest, handler: str, made: int
) -> None:
    load(guest, handler)
    dones, left = called(guest, ITEMS)
    assert (len(dones), left) == (made, 4 - made)
    assert dones[-1].last == bool(left)


def test_behind_a_call_that_takes_long_the_host_is_to_say_whether_it_goes_on(guest: Guest) -> None:
    load(guest, "lambda p: None if sum(range(10 ** 7)) else None", hurried=True)
    dones, left = called(guest, ITEMS)
    assert (len(dones), left) == (1, 3)
    assert dones[-1].last


def test_the_calls_end_where_the_host_would_have_to_keep_too_much(guest: Guest) -> None:
    payloads: list[object] = [{"n": number, "m": "x" * 60_000} for number in range(9)]
    columns = {**COLUMNS, "m": wire.Column("text")}
    load(guest, "lambda p: {**p, 'm': 'y' * 60_000}")
    dones, left = called(guest, payloads, columns=columns)
    assert sum(len(done.value) for done in dones[:-1]) <= wire.MAX_SERIES_BYTES
    assert left
    assert dones[-1].last


def test_without_a_word_on_what_is_certain_one_payload_is_taken(guest: Guest) -> None:
    load(guest, "lambda p: p")
    dones, left = called(guest, ITEMS, certain=False)
    assert (len(dones), left) == (1, 3)


def test_several_series_and_calls_may_run_at_the_same_time(guest: Guest) -> None:
    load(guest, "f", before="async def f(p):\n await exec('sleep', p['n'])\n return {'n': p['n'] + 1}")

    async def all_of_them() -> list[object]:
        alone = asyncio.ensure_future(guest.invoking(1, {"n": 7}, {}, {}))
        found = await asyncio.gather(*(calling(guest, ITEMS) for _ in range(5)))
        return [*(value(dones[-1]) for dones, _ in found), value(await alone)]

    assert guest.pool.run(all_of_them()) == [{"n": 1}] * 5 + [{"n": 8}]


HOSTILE = {
    "an end that comes twice": "frame(frame='done', inv=2); frame(frame='done', inv=2)",
    "the end of one that did not begin": "frame(frame='done', inv=4)",
    "the ends in another order": "frame(frame='done', inv=3); frame(frame='done', inv=2)",
    "more ends than there are calls": "[frame(frame='done', inv=n) for n in range(2, 8)]",
    "another call behind the last": "frame(frame='done', inv=2, last=True); frame(frame='done', inv=3)",
    "a call of the host in the name of one behind the last": "frame(frame='done', inv=2, last=True); call(inv=3)",
    "a call of the host in the name of one that has ended": "frame(frame='done', inv=2); call(id=50, inv=2)",
    "a call of the host in the name of one that did not begin": "call(id=50, inv=3)",
    "text that is printed by one that did not begin": "frame(frame='output', inv=3, text='x')",
    "a failure that says it is the last": "frame(frame='done', inv=2, failure=dict(kind='E', message='m'), last=True)",
    "no data that says it is the last": "frame(frame='done', inv=2, repr='x', last=True)",
    "calls behind a failure": "frame(frame='done', inv=2, failure=dict(kind='E', message='m')); frame(frame='done', inv=3)",
    "the last of all that says there are others": "[frame(frame='done', inv=n) for n in (2, 3, 4)]; frame(frame='done', inv=5, last=True)",
    "more bytes than it may keep": (
        "body(json.dumps(dict(frame='done', inv=2, value=['x' * 60000] * 5), separators=(',', ':')), 1)"
    ),
    "that it is the last, as a number": "frame(frame='done', inv=2, last=1)",
    "that it is not the last": "frame(frame='done', inv=2, last=False)",
    "an end with an open call": "call(id=50, inv=2, type='never'); frame(frame='done', inv=2)",
    "a value that is not canonical": 'body(\'{"frame":"done","inv":2,"value":[1 ]}\')',
    "a host's frame": "frame(frame='series', inv=2, handlers=[1], metas=[{}], payloads=[{}], context={}, certain=None)",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_guest_that_answers_otherwise_is_ended(guest: Guest, name: str) -> None:
    load(guest, "f", before=f"{PRELUDE}\ndef f(p):\n {HOSTILE[name]}\n forever()")
    with suppress(IsolateDied):  # what it said before may have ended the series
        called(guest, ITEMS)
    guest.pool.run(until(lambda: guest.peer.exits))
    assert "broke the frame protocol" in guest.peer.exits[0].message
    assert guest.isolate.invocations == {}


def test_a_guest_that_says_it_is_the_last_and_goes_on_is_told_so_by_the_answer(guest: Guest) -> None:
    load(guest, "f", before=f"{PRELUDE}\ndef f(p):\n frame(frame='done', inv=2, last=True)\n forever()")
    dones, left = called(guest, ITEMS)
    assert (len(dones), left) == (1, 3)


def test_that_it_is_the_last_is_nothing_for_a_call_alone(guest: Guest) -> None:
    load(guest, "f", before=f"{PRELUDE}\ndef f(p):\n frame(frame='done', inv=2, last=True)\n forever()")
    with pytest.raises(IsolateDied, match="broke the frame protocol"):
        guest.invoke(1, {}, {}, {})


@pytest.mark.parametrize(("ends", "kind"), [("frame(frame='done', inv=2)", "wall"), ("pass", "wall")])
def test_too_few_answers_are_ended_by_the_clock(guest: Guest, ends: str, kind: str) -> None:
    load(guest, "f", before=f"{PRELUDE}\ndef f(p):\n {ends}\n forever()")
    with pytest.raises(LimitError) as caught:
        called(guest, ITEMS, wall=0.3)
    assert caught.value.kind == kind


def test_processor_time_counts_over_the_calls_of_a_frame(guest: Guest) -> None:
    load(guest, "f", before="def f(p):\n while p['n'] == 2: pass")
    with pytest.raises(LimitError) as caught:
        called(guest, ITEMS, busy=0.2)
    assert caught.value.kind == "busy"


def test_many_calls_that_each_keep_their_limit_are_no_matter(guest: Guest) -> None:
    load(
        guest,
        "f",
        before="import time\ndef f(p):\n until = time.process_time() + 0.15\n while time.process_time() < until: pass",
        hurried=True,
    )
    for _ in ITEMS:
        dones, left = called(guest, ITEMS, busy=0.4)
        assert (len(dones), left) == (1, 3)


def test_a_guest_that_dies_fails_all_that_waits(guest: Guest) -> None:
    load(guest, "f", before="import os\ndef f(p):\n if p['n'] == 2: os._exit(3)")
    with pytest.raises(IsolateDied):
        called(guest, ITEMS)
    assert guest.isolate.invocations == {}


def test_what_runs_for_a_chain_that_goes_is_stopped(guest: Guest) -> None:
    load(guest, "f", before="async def f(p):\n if p['n'] == 2: await exec('never')")

    async def work() -> None:
        running = asyncio.ensure_future(calling(guest, ITEMS))
        await until(lambda: "never" in guest.peer.types())
        await until(guest.isolate.process.sleeps)
        (invocation,) = guest.isolate.invocations.values()
        guest.isolate.cancel(invocation.cause.chain)
        with pytest.raises(ExtensionError, match="interrupted"):
            await running
        await until(lambda: not guest.isolate.invocations)

    guest.pool.run(work())
    assert guest.isolate.alive
    dones, _ = called(guest, ITEMS[:2])
    assert len(dones) == 2
