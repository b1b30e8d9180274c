"""Outcomes: small ones last, of large ones the newest."""

from __future__ import annotations

import asyncio
import base64
import random

from scopebox.journal.outcomes import (
    MAX_OUTCOME_BYTES,
    NULL,
    SMALL_BYTES,
    STEP_BYTES,
    Notes,
    Outcome,
    Outcomes,
    pack,
    pack_in_steps,
)

DRAWN = random.Random(1)


def noise(size: int) -> bytes:
    """Text that can hardly be compressed."""
    return base64.b85encode(DRAWN.randbytes(size))


def test_what_was_put_in_comes_out_small_or_large() -> None:
    for text in ("", "я😀", "я😀" * 100_000, noise(100_000).decode()):
        outcome = Outcome(pack(text.encode()), pack(text.encode()), Notes((text,), ("warning",)))
        assert (outcome.raw, outcome.printed, outcome.notes) == (
            text.encode() or NULL,
            text,
            Notes((text,), ("warning",)),
        )


def test_what_repeats_itself_takes_little_room() -> None:
    assert Outcome(pack(b"[" + b'{"a":1},' * 500_000 + b"1]"), pack("\U0001f600".encode() * 2**20)).size < 100_000


def test_of_large_outcomes_the_newest_are_kept() -> None:
    outcomes = Outcomes()
    large = pack(noise(2**20))
    all_of_them = [outcomes.keep(Outcome(printed=large)) for _ in range(20)]
    kept = [place.outcome for place in all_of_them if place.outcome is not None]
    assert kept == [place.outcome for place in all_of_them[-len(kept) :]]
    assert MAX_OUTCOME_BYTES * 0.7 < sum(outcome.size for outcome in kept) <= MAX_OUTCOME_BYTES


def test_the_newest_is_kept_however_large_it_is() -> None:
    outcomes = Outcomes()
    large = pack(noise(MAX_OUTCOME_BYTES))
    first, second = (outcomes.keep(Outcome(printed=large)) for _ in range(2))
    assert first.outcome is None
    assert second.outcome is not None


def test_small_outcomes_stay_whatever_comes_later() -> None:
    outcomes = Outcomes()
    small, large = outcomes.keep(Outcome(pack(noise(SMALL_BYTES // 2)))), pack(noise(2**20))
    for _ in range(20):
        outcomes.keep(Outcome(printed=large))
    assert small.outcome is not None


def test_a_large_text_is_compressed_in_steps_between_which_others_have_their_turns() -> None:
    async def scenario() -> tuple[bool, int]:
        text, turns = noise(10 * STEP_BYTES), 0
        task = asyncio.ensure_future(pack_in_steps(text))
        while not task.done():
            turns += 1
            await asyncio.sleep(0)
        return task.result() == pack(text), turns

    same, turns = asyncio.run(scenario())
    assert same
    assert turns > 10
