"""What requests may hold of something at the same time, in all and for one owner, so that none of them starves the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from scopebox.server.error_shapes import under_pressure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PATIENCE_SECONDS: Final = 30.0  # how long a claim waits for room
GRACE_SECONDS: Final = 2.0  # of a transfer that others wait for, before its pace counts
PACE_BYTES_A_SECOND: Final = 2**18  # what a transfer that others wait for has to reach


@dataclass(eq=False, slots=True)
class Claim:
    """An amount that ``owner`` holds. While it is transferred it may be hurried; ``moved`` says how much has come by now."""

    owner: str
    amount: int
    moved: int = 0
    started: float = 0.0
    clock: asyncio.Timeout | None = None

    @asynccontextmanager
    async def transfer(self, seconds: float) -> AsyncIterator[None]:
        """Let the block receive or send what is claimed; TimeoutError after ``seconds``, or where it keeps others waiting."""
        self.started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(seconds) as self.clock:
                yield
        finally:
            self.clock = None

    def hurry(self) -> None:
        """Shorten the time of a transfer to what its pace is worth, because others wait for the room it takes."""
        if self.clock is not None and not self.clock.expired():
            earned = self.started + GRACE_SECONDS + self.moved / PACE_BYTES_A_SECOND
            planned = self.clock.when()
            self.clock.reschedule(earned if planned is None else min(planned, earned))


@dataclass(eq=False, slots=True)
class Held:
    """A claim that is held for a block. A class, because every request enters one, and a generator takes several times as long."""

    budget: Budget
    claim: Claim

    def __enter__(self) -> Claim:
        """Hold it; DirectusError 503 at once where there is no room."""
        self.budget.take(self.claim)
        return self.claim

    def __exit__(self, *_: object) -> None:
        """Give its room to others."""
        self.budget.release(self.claim)


class Budget:
    """An amount of ``total`` that claims share, ``share`` of it for one owner at most. To be used on one loop."""

    def __init__(self, total: int, share: int) -> None:
        self._total = total
        self._share = share
        self._held: set[Claim] = set()
        self._used: Counter[str] = Counter()
        self._waiting: dict[Claim, asyncio.Future[None]] = {}

    def held(self, owner: str, amount: int) -> Held:
        """Hold ``amount`` for the block; DirectusError 503 at once where there is no room."""
        return Held(self, Claim(owner, amount))

    def take(self, claim: Claim) -> None:
        """Hold what is claimed; DirectusError 503 where there is no room."""
        if not self._fits(claim):
            self._hurry()
            raise under_pressure()
        self._take(claim)

    @asynccontextmanager
    async def awaited(self, owner: str, amount: int) -> AsyncIterator[Claim]:
        """Hold ``amount`` for the block as soon as there is room; DirectusError 503 if that takes too long."""
        claim = Claim(owner, amount)
        try:
            await self.wait(claim)
            yield claim
        finally:
            self.release(claim)

    def keep_pace(self, claim: Claim, moved: int) -> None:
        """Note that ``moved`` more of a claim was transferred; where others wait, it has to keep up."""
        claim.moved += moved
        if self._waiting:
            claim.hurry()

    async def wait(self, claim: Claim) -> None:
        """Hold what is claimed as soon as there is room; DirectusError 503 if that takes too long."""
        if self._fits(claim):
            self._take(claim)
            return
        admitted = self._waiting[claim] = asyncio.get_running_loop().create_future()
        self._hurry()
        try:
            await asyncio.wait_for(admitted, PATIENCE_SECONDS)
        except TimeoutError:
            raise under_pressure(
                f"Under pressure: for {PATIENCE_SECONDS:g} s there was no room beside other large requests and answers. "
                "Send fewer at the same time, or ask again later"
            ) from None
        finally:
            self._waiting.pop(claim, None)

    def _fits(self, claim: Claim) -> bool:
        return (
            self._used[claim.owner] + claim.amount <= self._share and self._used.total() + claim.amount <= self._total
        )

    def _take(self, claim: Claim) -> None:
        self._held.add(claim)
        self._used[claim.owner] += claim.amount

    def release(self, claim: Claim) -> None:
        """Give its room to others: the newest first, so that many slow ones that came together keep nobody else waiting."""
        if claim not in self._held:
            return
        self._held.discard(claim)
        self._used[claim.owner] -= claim.amount
        if not self._used[claim.owner]:
            del self._used[claim.owner]
        self._admit()

    def resize(self, claim: Claim, amount: int) -> None:
        """Hold another amount for a claim that is held; DirectusError 503 where there is no room for it."""
        self._used[claim.owner] -= claim.amount
        fits = self._fits(Claim(claim.owner, amount))
        if fits:
            claim.amount = amount
        self._used[claim.owner] += claim.amount
        if not fits:
            self._hurry()
            raise under_pressure()
        self._admit()

    def _admit(self) -> None:
        """Let those in who wait and for whom there is room."""
        for waiting, admitted in reversed(tuple(self._waiting.items())):
            if self._fits(waiting) and not admitted.done():
                self._take(waiting)
                admitted.set_result(None)

    def _hurry(self) -> None:
        for claim in self._held:
            claim.hurry()


@dataclass(eq=False, slots=True)
class Room:
    """What one answer holds of a budget for as long as the block takes: nothing, unless it is large. To be used on one loop."""

    budget: Budget
    owner: str = ""
    claim: Claim | None = None

    async def wait(self, amount: int) -> None:
        """Hold ``amount`` for an answer before it is made, as soon as there is room; DirectusError 503 if that takes too long."""
        if self.claim is None:
            self.claim = Claim(self.owner, amount)
            await self.budget.wait(self.claim)

    def claimed(self, amount: int) -> Claim:
        """Hold ``amount``, which an answer has come to; DirectusError 503 at once where there is no room."""
        if self.claim is None:
            self.claim = Claim(self.owner, amount)
            self.budget.take(self.claim)
        else:
            self.budget.resize(self.claim, amount)
        return self.claim

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give to others what it holds."""
        if self.claim is not None:
            self.budget.release(self.claim)
