"""A guest that speaks the protocol by hand: every violation ends it, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from scopebox.errors import ExtensionError, IsolateDied, LimitError
from scopebox.isolate.pool import IsolatePool
from scopebox_guest import wire

from tests.isolates import (
    RAW_ENGINE,
    UNCONFINED,
    Guest,
    Peer,
    cause,
    failure,
    guest_of_pool,
    raw_pool,
    reply,
    sleep,
    until,
    value,
)

pool, guest = raw_pool, guest_of_pool


PRELUDE = """
import json, os, struct, time
def raw(data):
    while data:
        data = data[os.write(3, data):]
def body(text, size_class=0, length=None):
    text = text if isinstance(text, bytes) else text.encode()
    raw(struct.pack('<IB', len(text) if length is None else length, size_class) + text)
def frame(**fields):
    body(json.dumps(fields, separators=(',', ':'), ensure_ascii=False))
def call(id=1, inv=1, type='log', args=(), line=0):
    frame(frame='call', id=id, inv=inv, type=type, args=list(args), line=line)
def forever():
    while True: time.sleep(1)
"""
VIOLATIONS = {
    "an empty frame": "body('')",
    "no frame": "body('[]')",
    "a text": "body('\"call\"')",
    "an unknown class": "body('{}', 7)",
    "a negative length": "raw(b'\\xff\\xff\\xff\\xff\\x00x')",
    "one byte too much": "body(b'x' * 65537)",
    "one byte too much in bulk": "raw(struct.pack('<IB', 4 * 2**20 + 1, 1))",
    "deep nesting": "body(b'[' * 30000)",
    "unknown frame": "frame(frame='grant', id=1)",
    "a host's frame": "frame(frame='invoke', inv=1, handler=1, args=[])",
    "another host's frame": "frame(frame='reply', id=1, value=None)",
    "a probe's frame": "frame(frame='probed', mechanisms={}, possible={})",
    "ready again": "frame(frame='ready', mechanisms={}, size=1)",
    "unknown field": "frame(frame='call', id=1, inv=1, type='log', args=[], line=0, granted=True)",
    "missing field": "frame(frame='call', id=1, inv=1, type='log')",
    "a key twice": 'body(\'{"frame":"call","id":1,"id":2,"inv":1,"type":"log","args":[],"line":0}\')',
    "not UTF-8": 'body(b\'{"frame":"output","inv":1,"text":"\\xff"}\')',
    "UTF-16": 'body(\'{"frame":"output","inv":1,"text":""}\'.encode(\'utf-16\'))',
    "NaN": 'body(\'{"frame":"call","id":1,"inv":1,"type":"log","args":[NaN],"line":0}\')',
    "id a float": "call(id=1.5)",
    "id a text": "call(id='1')",
    "id a boolean": "call(id=True)",
    "id null": "call(id=None)",
    "id zero": "call(id=0)",
    "id negative": "call(id=-5)",
    "id huge": "call(id=2**80)",
    "id again": "call(id=1); call(id=1)",
    "id smaller": "call(id=5); call(id=4)",
    "another run": "call(inv=2)",
    "no run": "call(inv=0)",
    "type no text": "call(type=['log'])",
    "args no list": 'body(\'{"frame":"call","id":1,"inv":1,"type":"log","args":{},"line":0}\')',
    "output of another run": "frame(frame='output', inv=9, text='x')",
    "output in bulk": 'body(\'{"frame":"output","inv":1,"text":"\' + \'x\' * 70000 + \'"}\', 1)',
    "too much output": "while True: frame(frame='output', inv=1, text='x' * 60000)",
    "bulk of a small call": 'body(\'{"frame":"call","id":1,"inv":1,"type":"log","args":[],"line":0}\', 1)',
    "much of a small call": 'body(\'{"frame":"call","id":1,"inv":1,"type":"grant","args":["%s"],"line":0}\' % ("x" * 400_000), 1)',
    "the end of another run": "frame(frame='done', inv=7)",
    "the end with open calls": "call(type='never'); frame(frame='done', inv=1)",
    "too many open calls": "for n in range(1, 300): call(id=n, type='never')",
    "too many open bytes": (
        "t = json.dumps('x' * 4000000)\n"
        'for n in range(1, 4): body(\'{"frame":"call","id":%d,"inv":1,"type":"request","args":[%s],"line":0}\' % (n, t), 1)'
    ),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_ends_the_guest(guest: Guest, name: str) -> None:
    guest.peer.responders["request"] = lambda call, _: sleep(wire.Call(call.id, call.inv, "sleep", [1e9]))
    guest.peer.refused.add("grant")
    error = guest.error(f"{PRELUDE}\n{VIOLATIONS[name]}\nforever()")
    assert isinstance(error, IsolateDied)
    assert "broke the frame protocol" in error.message
    assert not guest.isolate.alive
    guest.pool.run(until(lambda: guest.peer.exits))
    assert guest.peer.exits[0].message == error.message


def test_other_guests_do_not_notice(pool: IsolatePool) -> None:
    honest, hostile = Guest(pool), Guest(pool)
    hostile.error(f"{PRELUDE}\nbody('')\nforever()")
    assert honest.value("await exec('echo', 1)") == [1]
    honest.end()


@pytest.mark.parametrize("rest", ["call()", "frame(frame='done', inv=1)", "frame(frame='output', inv=1, text='late')"])
def test_nothing_is_taken_after_the_end_of_a_run(guest: Guest, rest: str) -> None:
    done = guest.load(f"{PRELUDE}\nframe(frame='done', inv=1, repr='early')\n{rest}\nforever()")
    assert done.repr == "early"
    guest.pool.run(until(lambda: guest.peer.exits))
    assert guest.peer.calls == []
    assert guest.peer.output == []


def test_the_first_end_of_a_run_counts(guest: Guest) -> None:
    source = (
        f"{PRELUDE}\nframe(frame='done', inv=1, failure=dict(kind='E', message='first'))\n"
        "frame(frame='done', inv=1, repr='second')\nforever()"
    )
    assert failure(guest.load(source)).message == "first"
    guest.pool.run(until(lambda: guest.peer.exits))


def test_calls_by_hand_get_their_own_answers_in_step(guest: Guest) -> None:
    source = (
        f"{PRELUDE}\nframe(frame='call', id=5, inv=1, type='echo', args=['a'], line=0)\nos.read(3, 65536)[5:].decode()"
    )
    assert guest.value(source) == '{"frame":"reply","id":5,"value":["a"]}'


def test_a_frame_that_never_ends_is_ended_by_the_clock(guest: Guest) -> None:
    error = guest.error(f"{PRELUDE}\nraw(struct.pack('<IB', 1000, 0) + b'x')\nforever()", wall=0.3)
    assert error.kind == "wall"


def test_a_guest_that_closes_its_end_and_lives_on_is_ended() -> None:
    unconfined = IsolatePool(UNCONFINED, engine=RAW_ENGINE, without=["seccomp"])
    guest = Guest(unconfined)
    source = f"{PRELUDE}\nimport socket\nsocket.socket(fileno=3, family=1, type=1, proto=0).shutdown(1)\nforever()"
    assert "closed its channel" in str(guest.error(source))
    unconfined.close()


def test_a_guest_that_does_not_read_is_ended_and_blocks_nobody(pool: IsolatePool) -> None:
    answer = "x" * (8 * 2**20)
    guest, other = Guest(pool, Peer(big=lambda call, _: reply(call, answer))), Guest(pool)
    source = f"{PRELUDE}\nfor n in range(1, 20): call(id=n, type='big')\nforever()"

    async def both() -> object:
        hostile = asyncio.ensure_future(guest.loading(source))
        answers = [value(await other.loading("await exec('echo', 1)")) for _ in range(5)]
        with pytest.raises(IsolateDied, match="does not read"):
            await hostile
        return answers

    assert pool.run(both()) == [[1]] * 5
    other.end()


HANDLERS = (
    "seen = []\n"
    "await exec('register-filter', {'event': 'items.create', 'handler': lambda p: seen.append(p[:1]) or ''.join(seen)})"
)


def test_calls_with_large_arguments_wait_for_those_before_as_data_and_keep_their_order(pool: IsolatePool) -> None:
    guest = Guest(pool)
    guest.load(HANDLERS)
    payloads = [letter + "x" * 3_000_000 for letter in "abcdefghijklmnop"]

    async def all_at_once() -> list[object]:
        running = [asyncio.ensure_future(guest.invoking(1, payload, {}, {})) for payload in payloads]
        await asyncio.sleep(0)
        assert guest.isolate._stream._outgoing.size < 2 * 3_000_000 + 2**20
        return [value(await each) for each in running]

    letters = "abcdefghijklmnop"
    assert pool.run(all_at_once()) == [letters[: at + 1] for at in range(len(letters))]
    guest.end()


def test_a_call_that_waits_is_dropped_when_its_chain_is_cancelled_and_no_other(pool: IsolatePool) -> None:
    guest = Guest(pool)
    guest.load(HANDLERS)
    ours, theirs = cause(), cause()

    async def cancelled() -> tuple[object, object]:
        first = [asyncio.ensure_future(guest.invoking(1, letter + "x" * 3_000_000, {}, {}, by=ours)) for letter in "ab"]
        waiting = asyncio.ensure_future(guest.invoking(1, "c" * 3_000_000, {}, {}, by=theirs))
        last = asyncio.ensure_future(guest.invoking(1, "d" + "x" * 3_000_000, {}, {}, by=ours))
        await asyncio.sleep(0)
        guest.isolate.cancel(theirs.chain)
        with pytest.raises(ExtensionError, match="interrupted"):
            await waiting
        return [value(await each) for each in first], value(await last)

    assert pool.run(cancelled()) == (["a", "ab"], "abd")
    guest.end()


def test_too_large_arguments_of_a_call_that_waits_are_refused(pool: IsolatePool) -> None:
    guest = Guest(pool)
    guest.load(HANDLERS)

    async def refused() -> object:
        first = [asyncio.ensure_future(guest.invoking(1, "a" * 3_000_000, {}, {})) for _ in range(2)]
        large = asyncio.ensure_future(guest.invoking(1, "b" * (17 * 2**20), {}, {}))
        with pytest.raises(LimitError, match="at most 16,777,216"):
            await large
        return [value(await each) for each in first]

    assert pool.run(refused()) == ["a", "aa"]
    guest.end()


def test_frames_in_pieces_and_many_at_once_are_taken_in_order(guest: Guest) -> None:
    source = (
        f"{PRELUDE}\n"
        "def text(n): return json.dumps(dict(frame='call', id=n, inv=1, type='note', args=[n, 'é' * 500], line=0), "
        "separators=(',', ':'), ensure_ascii=False).encode()\n"
        "data = b''.join(struct.pack('<IB', len(text(n)), 0) + text(n) for n in range(1, 200))\n"
        "for start in range(0, len(data), 777): raw(data[start:start + 777])\n"
        "n = 0\n"
        "while n < 199: n += os.read(3, 65536).count(b'reply')\n"
        "n"
    )
    assert guest.value(source) == 199
    assert [call.args[0] for call in guest.peer.calls] == list(range(1, 200))


def test_bytes_of_calls_that_were_answered_count_no_more(guest: Guest) -> None:
    assert guest.value("for _ in range(12): await exec('create-items', 'x' * 3_000_000)\n1") == 1
    guest.peer.responders["create-items"] = lambda call, _: sleep(wire.Call(call.id, call.inv, "sleep", [1]))
    assert guest.value("for _ in range(12): await exec('create-items', 'x' * 3_000_000)\n1") == 1


def test_of_a_large_call_that_is_refused_anyway_nothing_is_decoded_but_what_it_is_about(
    guest: Guest,
) -> None:
    guest.peer.refused.add("create-items")
    assert guest.value("await exec('create-items', 'articles', {'data': [{'a': 1}] * 90_000})\n1") == 1
    assert [call.args for call in guest.peer.calls] == [["articles"]]


def test_ids_of_runs_begin_anew_in_every_guest(pool: IsolatePool) -> None:
    for _ in range(2):
        guest = Guest(pool)
        guest.load("exec('a')\n1")
        assert [(call.id, call.inv) for call in guest.peer.calls] == [(1, 1)]
        guest.end()
