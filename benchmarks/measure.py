"""Rows, and how they are measured: our side and the reference take turns, and the medians of many rounds are compared."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final, Literal, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

T = TypeVar("T")
Clock = Callable[[], float]
Side = Callable[[Clock], float]
"""Does its work once and says what it cost, in the unit of the row."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a run does: rounds at most for each row, items in the large collection, repetitions of a short call."""

    rounds: int = 40
    items: int = 1_000_000
    repeat: int = 500
    isolates: int = 100


@dataclass(frozen=True, slots=True)
class Target:
    """What a row should reach: at most a ratio to the reference, a figure of our own or a difference of both, or at least a ``share`` of
    the reference, where more is better, or to be so many times ``faster``.
    """

    of: Literal["ratio", "value", "difference", "share", "faster"]
    limit: float

    def met(self, ours: float, reference: float) -> bool:
        """Whether these medians reach the target."""
        ratio = ours / reference if reference else float("inf")
        if self.of == "share":
            return ratio >= self.limit
        if self.of == "faster":
            return ratio * self.limit <= 1
        return {"ratio": ratio, "value": ours, "difference": ours - reference}[self.of] <= self.limit


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of a row, set up and ready."""

    ours: Side
    reference: Side


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what is measured, against what, and what is expected of it."""

    name: str
    title: str
    reference: str
    start: Callable[[Stage], Pair]
    target: Target | None = None
    rounds: int = 40
    unit: Literal["s", "MB", "/s"] = "s"


class Stage:
    """What the rows of one run stand on: things that several of them share, all of them closed at the end."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._open = ExitStack()
        self._shared: dict[object, object] = {}

    def enter(self, context: AbstractContextManager[T]) -> T:
        """Open ``context`` until the end of the run."""
        return self._open.enter_context(context)

    def shared(self, make: Callable[[Stage], T]) -> T:
        """Return what ``make`` made for the first row that asked."""
        if make not in self._shared:
            self._shared[make] = make(self)
        return cast("T", self._shared[make])

    def close(self) -> None:
        """Close everything, the last first."""
        self._shared.clear()
        self._open.close()


@dataclass(frozen=True, slots=True)
class Medians:
    """The middle of what the rounds of a row gave."""

    ours: float
    reference: float


WARM_UP: Final = 2


def compare(pair: Pair, rounds: int, clock: Clock = time.perf_counter) -> Medians:
    """Measure both sides ``rounds`` times, in turns, and in the other order every other round."""
    ours: list[float] = []
    reference: list[float] = []
    sides = [(pair.ours, ours), (pair.reference, reference)]
    gc.collect()
    for number in range(WARM_UP + rounds):
        for side, found in sides:
            with without_collections():
                cost = side(clock)
            if number >= WARM_UP:
                found.append(cost)
        sides.reverse()
    return Medians(median(ours), median(reference))


@contextmanager
def without_collections() -> Iterator[None]:
    """Keep the garbage of one side from being collected at the cost of the other; between rounds it may be."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def nothing() -> None:
    """Do nothing."""


def timed(
    work: Callable[[], object],
    *,
    per: int = 1,
    before: Callable[[], object] = nothing,
    after: Callable[[], object] = nothing,
) -> Side:
    """A side that costs the time of ``work``, divided by ``per``; ``before`` and ``after`` are not counted."""

    def side(clock: Clock) -> float:
        before()
        begin = clock()
        work()
        seconds = clock() - begin
        after()
        return seconds / per

    return side


def reported(work: Callable[[], float]) -> Side:
    """A side that measures itself, such as code in a guest."""
    return lambda _: work()
