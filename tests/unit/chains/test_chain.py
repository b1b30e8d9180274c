"""Chains: budgets, depth, output and tasks of everything that one root causes."""

from __future__ import annotations

import asyncio
import time
import tracemalloc

import pytest
from scopebox.chains.chain import Chain
from scopebox.errors import LimitError
from scopebox.settings import Settings

from tests.state import PATIENCE


def test_deadline_lies_as_far_ahead_as_the_setting() -> None:
    before = time.monotonic()
    chain = Chain.start("cell a", Settings(wall=5))
    assert before + 5 <= chain.deadline <= time.monotonic() + 5
    assert 0 < chain.left() <= 5


def test_given_wall_wins_over_the_setting() -> None:
    assert Chain.start("cell a", Settings(wall=5), wall=50).left() > 40


def test_depth_beyond_the_limit_names_the_root() -> None:
    chain = Chain.start("cell a", Settings(depth=2))
    chain.enter(1)
    chain.enter(2)
    with pytest.raises(LimitError, match="More than 2 callbacks are nested in one chain, started by cell a") as caught:
        chain.enter(3)
    assert "event that calls it" in caught.value.hint


def test_fan_out_beyond_the_limit_is_refused() -> None:
    chain = Chain.start("cell a", Settings(fan_out=3))
    for _ in range(3):
        chain.enter(1)
    with pytest.raises(LimitError, match="More than 3 callbacks"):
        chain.enter(1)


def test_printed_text_is_cut_with_a_count() -> None:
    chain = Chain.start("cell a", Settings())
    chain.listen()
    chain.write("abc", 5)
    chain.write("defg", 5)
    chain.write("h", 5)
    assert chain.printed(5) == "abcde\n… 3 more characters were printed and cut"


def test_a_hundred_thousand_pieces_of_output_are_one_text() -> None:
    chain = Chain.start("cell a", Settings())
    chain.listen()
    tracemalloc.start()
    for _ in range(100_000):
        chain.write("x", 2**20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.2 * 2**20
    assert len(chain.printed(2**20)) == 100_000


def test_what_started_a_chain_is_shortened() -> None:
    assert len(Chain.start("GET /" + "a" * 10_000, Settings()).root) < 300


def test_settle_waits_for_what_was_spawned_and_for_what_that_spawns() -> None:
    async def scenario() -> list[str]:
        chain = Chain.start("cell a", Settings())
        seen: list[str] = []

        async def inner() -> None:
            await asyncio.sleep(0.01)
            seen.append("inner")

        async def outer() -> None:
            chain.spawn(inner())
            seen.append("outer")

        chain.spawn(outer())
        await chain.settle(PATIENCE)
        return seen

    assert asyncio.run(scenario()) == ["outer", "inner"]


def test_settle_gives_up_after_its_time_and_cancel_ends_the_rest() -> None:
    async def scenario() -> tuple[bool, int]:
        chain = Chain.start("cell a", Settings())
        chain.spawn(asyncio.sleep(60))
        await chain.settle(0.01)
        waiting = len(chain.tasks)
        chain.cancel()
        await chain.settle(PATIENCE)
        return waiting == 1 and chain.cancelled, len(chain.tasks)

    assert asyncio.run(scenario()) == (True, 0)


def test_printed_text_is_kept_only_for_who_listens_and_until_it_is_asked_for() -> None:
    chain = Chain.start("cell a", Settings())
    chain.write("nobody hears", 100)
    assert chain.output is None
    chain.listen()
    chain.write("я\U0001f600", 100)
    assert chain.printed(100) == "я\U0001f600"
    assert chain.output is None
    assert chain.printed(100) == ""
