"""Recorded reads are answered the same a second time, from plans that are kept by then."""

from __future__ import annotations

import asyncio

from scopebox.store.store import Store

from tests.conformance import read, sequences
from tests.conformance.cases import DEFAULT, cases
from tests.conformance.sides import EXCEPTIONS

EACH = 3  # of so many cases one is played; a query of its neighbours is mostly alike
MANY = 100


def test_a_read_that_is_asked_again_is_answered_as_recorded() -> None:
    async def wrong(store: Store) -> list[str]:
        found: list[str] = []
        async with sequences.client_for(store) as client:
            for case in [*cases(DEFAULT, "read")][::EACH]:
                outcomes = [await read.play(client, store, case) for _ in range(3)]
                found += [f"{case['id']}: {outcome.wrong}" for outcome in outcomes if outcome.wrong]
        return found

    with Store.from_project(DEFAULT / "project") as store:
        told = asyncio.run(wrong(store))
        assert [line for line in told if line.partition(":")[0] not in EXCEPTIONS] == []
        assert len(store.reader.plans.kept) >= MANY
