"""Limits: what stops a guest, what it is told, and what survives."""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Coroutine

import pytest
from scopebox.errors import CancelledRun, ExtensionError, IsolateDied, LimitError
from scopebox.isolate import kernel_limits
from scopebox.isolate.invocation import Invocation
from scopebox.isolate.pool import IsolatePool
from scopebox_guest import wire

from tests.isolates import Guest, Peer, cause, failure, guest_of_pool, raw_pool, reply, until, value

pool, guest = raw_pool, guest_of_pool


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "while True:\n try:\n  while True: pass\n except BaseException: pass",
        "sum(iter(int, 1))",
        "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
        "10 ** 10 ** 8",
        "try:\n while True: exec\nfinally:\n while True: pass",
    ],
)
def test_processor_time_is_limited_whatever_the_code_does(guest: Guest, source: str) -> None:
    error = guest.error(source, busy=0.1)
    assert isinstance(error, LimitError)
    assert error.kind == "busy"
    assert error.message == "Script execution timed out."
    assert error.hint.startswith("It used more than 0.1 s of processor time at a stretch.")
    assert "--timeout" in error.hint
    guest.pool.run(until(lambda: guest.peer.exits))
    assert [each.message for each in guest.peer.exits] == [error.message]


def test_waiting_costs_no_processor_time(guest: Guest) -> None:
    assert guest.value("for _ in range(6): await exec('sleep', 50)\n1", busy=0.05) == 1


def test_processor_time_is_counted_anew_after_each_answer(guest: Guest) -> None:
    source = "import time\nfor _ in range(8):\n end = time.process_time() + 0.06\n while time.process_time() < end: pass\n await exec('sleep', 20)\n1"
    assert guest.value(source, busy=0.2) == 1


def test_a_loop_of_calls_is_stopped_at_the_budget_of_its_chain(guest: Guest) -> None:
    error = guest.error("while True: await exec('sleep', 0)", by=cause(busy=0.15), busy=5.0)
    assert (type(error), error.kind) == (LimitError, "chain")


@pytest.mark.parametrize(
    "source",
    [
        "await exec('never')",
        "while True:\n try: await exec('never')\n except BaseException: pass",
        "import time\ntime.sleep(1e6)",
    ],
)
def test_a_cell_that_takes_too_long_is_ended(guest: Guest, source: str) -> None:
    error = guest.error(source, wall=0.2)
    assert isinstance(error, LimitError)
    assert (error.kind, "0.2 s" in error.hint, "--wall" in error.hint) == ("wall", True, True)
    guest.pool.run(until(lambda: guest.peer.exits))


HANDLERS = (
    "async def wait(x): return await exec('sleep', 1e9)\n"
    "async def stubborn(x):\n while True:\n  try: await exec('sleep', 1e9)\n  except BaseException: pass\n"
    "def spin(x):\n while True: pass\n"
    "def fine(x): return x\n"
    "async def slow(x):\n await exec('sleep', x)\n return x\n"
    "for each in (wait, stubborn, spin, fine, slow): exec('register-operation', {'id': 'x', 'handler': each})\n1"
)
WAIT, STUBBORN, SPIN, FINE, SLOW = range(1, 6)
ENOUGH = 1.0  # seconds until a run is stopped in which its guest has come to wait, or it is killed


def test_a_handler_that_waits_too_long_fails_and_its_guest_survives(guest: Guest) -> None:
    guest.load(HANDLERS)
    with pytest.raises(LimitError, match="longer than 1 s"):
        guest.invoke(WAIT, 1, wall=ENOUGH)
    assert value(guest.invoke(FINE, 7)) == 7
    assert guest.isolate.alive


def test_other_handlers_run_on_when_one_waits_too_long(guest: Guest) -> None:
    guest.load(HANDLERS)

    async def both() -> tuple[object, object]:
        late = asyncio.ensure_future(guest.invoking(WAIT, 1, wall=ENOUGH))
        slow = await guest.invoking(SLOW, 2_000)
        await asyncio.wait([late])
        return value(slow), late.exception()

    result, error = guest.pool.run(both())
    assert result == 2_000
    assert isinstance(error, LimitError)


def test_a_handler_that_does_not_end_when_its_calls_are_refused_ends_with_its_guest(guest: Guest) -> None:
    guest.load(HANDLERS)
    with pytest.raises(LimitError):
        guest.invoke(STUBBORN, 1, wall=0.1)
    guest.pool.run(until(lambda: guest.peer.exits))
    assert isinstance(guest.peer.exits[0], LimitError)


def test_an_executing_handler_ends_with_its_guest_and_all_that_waited_in_it(guest: Guest) -> None:
    guest.load(HANDLERS)

    async def both() -> list[object]:
        waiting = asyncio.ensure_future(guest.invoking(WAIT, 1))
        spinning = asyncio.ensure_future(guest.invoking(SPIN, 1, busy=0.1))
        return list(await asyncio.gather(waiting, spinning, return_exceptions=True))

    errors = guest.pool.run(both())
    assert [type(error) for error in errors] == [LimitError, LimitError]
    with pytest.raises(LimitError):
        guest.invoke(FINE, 1)


def test_a_chain_s_deadline_holds_for_all_that_runs_in_it(guest: Guest) -> None:
    guest.load(HANDLERS)
    with pytest.raises(LimitError):
        guest.pool.run(guest.invoking(WAIT, 1, by=cause(wall=0.1)))


def test_cancelling_a_chain_refuses_what_it_waits_for_and_the_guest_survives(guest: Guest) -> None:
    guest.load(HANDLERS)
    ours, other = cause(), cause()

    async def work() -> list[object]:
        runs = [
            asyncio.ensure_future(guest.invoking(WAIT, 1, by=ours)),
            asyncio.ensure_future(guest.invoking(SLOW, 100, by=other)),
        ]
        await until(lambda: len(guest.peer.calls) == 7)
        await until(lambda: not guest.isolate.executes(guest.isolate.running))  # type: ignore[arg-type]
        guest.isolate.cancel(ours.chain)
        return list(await asyncio.gather(*runs, return_exceptions=True))

    cancelled, done = guest.pool.run(work())
    assert isinstance(cancelled, CancelledRun)
    assert value(done) == 100  # type: ignore[arg-type]
    assert value(guest.invoke(FINE, 1)) == 1


def test_cancelling_a_chain_kills_the_guest_that_executes_for_it(guest: Guest) -> None:
    guest.load(HANDLERS)
    ours = cause()

    async def work() -> None:
        run = asyncio.ensure_future(guest.invoking(SPIN, 1, by=ours))
        await until(lambda: guest.isolate.running and guest.isolate.executes(guest.isolate.running))
        guest.isolate.cancel(ours.chain)
        await run

    with pytest.raises(CancelledRun):
        guest.pool.run(work())
    guest.pool.run(until(lambda: guest.peer.exits))


def test_a_guest_that_works_on_after_its_run_has_ended_is_stopped(guest: Guest) -> None:
    source = (
        'import os, struct\nt = b\'{"frame":"done","inv":1}\'\n'
        "os.write(3, struct.pack('<IB', len(t), 0) + t)\nwhile True: pass"
    )
    guest.load(source, busy=0.1)
    guest.pool.run(until(lambda: guest.peer.exits))
    assert guest.peer.exits[0].kind == "busy"


def test_a_guest_that_rests_and_then_works_on_is_stopped_by_the_kernel(
    guest: Guest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_limits, "RESTING_SECONDS", 0)  # what is left of a second is enough to be stopped
    source = (
        'import os, struct, time\nt = b\'{"frame":"done","inv":1}\'\n'
        "os.write(3, struct.pack('<IB', len(t), 0) + t)\ntime.sleep(0.5)\nwhile True: pass"
    )
    guest.load(source, busy=10.0)
    guest.pool.run(until(lambda: guest.peer.exits))
    ended = guest.peer.exits[0]
    assert (type(ended), ended.kind) == (LimitError, "busy")
    assert "although nothing ran in it" in ended.hint


def test_the_kernel_limits_the_processor_time_of_a_guest_in_which_nothing_runs(guest: Guest) -> None:
    def left() -> float:
        return resource.prlimit(guest.isolate.pid, resource.RLIMIT_CPU)[0] - guest.isolate.process.clock()

    assert 1.9 < left() <= 3
    work = "import time\nend = time.process_time() + 3.2\nwhile time.process_time() < end: pass\n1"
    assert guest.value(work, by=cause(wall=300.0), busy=10.0, wall=300.0) == 1  # renewed while it works
    assert 1.9 < left() <= 3


@pytest.mark.parametrize(
    "act",
    ["signal.signal(signal.SIGXCPU, signal.SIG_IGN)", "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGXCPU])"],
)
def test_a_guest_can_neither_ignore_nor_block_the_signal_of_that_limit(guest: Guest, act: str) -> None:
    assert guest.failure(f"import signal\n{act}").kind == "PermissionError"


@pytest.mark.parametrize(
    "source", ["'x' * 10**9", "bytearray(10**9)", "x = [0] * 10**8", "1 << (1 << 40)", "'%1000000000d' % 1"]
)
def test_a_large_allocation_is_an_ordinary_error(guest: Guest, source: str) -> None:
    assert guest.failure(source).kind in ("MemoryError", "OverflowError")
    assert guest.value("1") == 1


@pytest.mark.parametrize(
    "source",
    [
        "x = []\nwhile True: x.append('x' * 1000)",
        "x = {}\nfor n in range(10**8): x[n] = [n]",
        "x = 'x'\nwhile True: x += x",
    ],
)
def test_growth_to_the_limit_is_an_ordinary_error(guest: Guest, source: str) -> None:
    told = guest.failure(source, busy=10.0)
    assert (told.kind, "--memory" in told.hint) == ("MemoryError", True)


def test_a_guest_that_swallows_memory_errors_for_ever_is_stopped(guest: Guest) -> None:
    error = guest.error("x = []\nwhile True:\n try: x.append('x' * 10**7)\n except MemoryError: pass", busy=0.3)
    assert isinstance(error, ExtensionError)


def test_the_memory_setting_is_what_a_guest_gets(pool: IsolatePool) -> None:
    small, large = Guest(pool, memory=16), Guest(pool, memory=256)
    assert small.failure("len(bytearray(100 * 2**20))").kind == "MemoryError"
    assert large.value("len(bytearray(100 * 2**20))") == 100 * 2**20
    assert small.value("len(bytearray(8 * 2**20))") == 8 * 2**20
    small.end()
    large.end()


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("import ctypes\nctypes.string_at(0)", "crashed (SIGSEGV)"),
        ("import os\nos.abort()", "crashed (SIGABRT)"),
        ("import os\nos._exit(0)", "ended by itself (exit status 0)"),
        ("import os\nos._exit(3)", "ended by itself (exit status 3)"),
    ],
)
def test_a_guest_that_ends_by_itself_is_told_by_how(guest: Guest, source: str, told: str) -> None:
    error = guest.error(source)
    assert isinstance(error, IsolateDied)
    assert error.message.startswith("Isolate is disposed")
    assert told in error.message
    assert failure_free(guest)


def failure_free(guest: Guest) -> bool:
    with pytest.raises(IsolateDied):
        guest.load("1")
    return not guest.isolate.alive


def test_calls_of_an_ended_guest_are_cancelled(guest: Guest) -> None:
    cancelled = []

    async def long(call: object, _: object) -> None:
        try:
            await asyncio.sleep(1e6)
        except asyncio.CancelledError:
            cancelled.append(call)
            raise

    guest.peer.responders["long"] = long  # type: ignore[assignment]
    guest.error("import os\nexec('long')\nos._exit(0)")
    guest.pool.run(until(lambda: cancelled))


def test_arguments_that_are_too_large_for_a_frame_are_a_limit_error(guest: Guest) -> None:
    guest.load(HANDLERS)
    with pytest.raises(LimitError, match="at most 16,777,216"):
        guest.invoke(FINE, "x" * 2**24)
    assert value(guest.invoke(FINE, "x")) == "x"


def test_a_failed_handler_changes_nothing(guest: Guest) -> None:
    guest.load("def f(x): 1 / x\nexec('register-operation', {'id': 'x', 'handler': f})\n1")
    for _ in range(3):
        assert failure(guest.invoke(1, 0)).kind == "ZeroDivisionError"


LARGE = "x = [{'a': 1, 'b': 1}] * 90_000\nfirst, second = exec('create-items', 'c', {'data': x}), exec('create-items', 'c', {'data': x})\n"


def test_calls_with_many_values_are_answered_one_after_the_other(pool: IsolatePool) -> None:
    running: list[int] = []
    seen: list[int] = []

    async def create(call: wire.Call) -> wire.Reply:
        running.append(call.id)
        seen.append(len(running))
        await asyncio.sleep(0.2)
        running.pop()
        return reply(call, len(call.args))

    guest = Guest(pool, Peer(**{"create-items": lambda call, _: create(call)}), memory=512)
    assert guest.value(f"{LARGE}[await first, await second]") == [2, 2]
    assert seen == [1, 1]
    guest.end()


LONG = "calls = [exec('create-items', 'c', {{'data': [{{'a': {0!r} + 'x' * 2_200_000}}]}}) for _ in range(3)]\n"
ALL = "small = await exec('sleep', 1)\n[small, *[await call for call in calls]]"


def test_calls_with_long_texts_of_wide_characters_are_answered_one_after_the_other_and_small_ones_pass(
    pool: IsolatePool,
) -> None:
    running: set[int] = set()
    seen: list[int] = []

    async def create(call: wire.Call) -> wire.Reply:
        running.add(call.id)
        seen.append(len(running))
        await asyncio.sleep(0.1)
        running.discard(call.id)
        return reply(call, 0)

    def answer(call: wire.Call, _: Invocation) -> wire.Reply | Coroutine[object, object, wire.Reply]:
        return create(call) if call.type == "create-items" else reply(call, 7)

    guest = Guest(pool, Peer(**{"create-items": answer, "sleep": answer}), memory=512)
    assert guest.value(LONG.format("\U0001f600") + ALL) == [7, 0, 0, 0]
    assert seen == [1, 1, 1]
    guest.end()


def test_calls_with_long_texts_of_narrow_characters_are_answered_at_the_same_time(pool: IsolatePool) -> None:
    together = asyncio.Barrier(3)

    async def create(call: wire.Call) -> wire.Reply:
        await together.wait()
        return reply(call, 0)

    def answer(call: wire.Call, _: Invocation) -> wire.Reply | Coroutine[object, object, wire.Reply]:
        return create(call) if call.type == "create-items" else reply(call, 7)

    guest = Guest(pool, Peer(**{"create-items": answer, "sleep": answer}), memory=512)
    assert guest.value(LONG.format("x") + ALL) == [7, 0, 0, 0]
    guest.end()


def test_a_call_with_many_values_that_another_one_caused_is_refused_instead_of_waiting_for_it(
    pool: IsolatePool,
) -> None:
    async def create(call: wire.Call, invocation: Invocation) -> wire.Reply:
        if not invocation.loads:
            return reply(call)
        done = await other.isolate.invoke(1, [1], cause=invocation.cause, wall=10, busy=5)
        return reply(call, failure(done).message)

    other = Guest(pool, Peer(**{"create-items": create}), memory=512)
    source = (
        "x = [{'a': 1, 'b': 1}] * 90_000\n"
        "async def hook(x_): return await exec('create-items', 'c', {'data': x})\n"
        "exec('register-operation', {'id': 'x', 'handler': hook})\n"
        "await exec('create-items', 'c', {'data': x})"
    )
    message = "Calls with more than 400,000 values, or 16,777,216 bytes in memory, would run at the same time"
    assert other.value(source) == message
    other.end()
