"""What work costs beside other work of the same run: four times the text, or a plain loop; never seconds alone."""

from __future__ import annotations

import gc
import sys
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

ATOMS: Final = (
    " ", "\t", "\n", "1", "0", "a", "A", "_", ".", ",", ":", "-", "+", "(", ")", "[", "]", "{", "}", '"', "'", "\\", "/", "%", "$",
    "e", "é", "\x00", "1,", "a.", "a(", "()", "$NOW(", "1.", "1e", "0x", "2020-01-01 ", "[[", '{"a":', "\\\\", "a,b(",
)  # fmt: skip
SMALL: Final = 10_000  # characters
TIMES: Final = 4
MOST: Final = 8
FROM: Final = 0.001  # seconds of processor time; below it growth says nothing
ROUNDS: Final = 5
LEAST_ROUNDS: Final = 3  # after which something is quick, if it is so by then
ATTEMPTS: Final = 3
PLAIN: Final = 1_000_000  # rounds of a loop that adds
PLAIN_LOOPS: Final = 10  # so many of which are more than what is quick may cost


def cost(work: Callable[[str], object], text: str, rounds: int = ROUNDS) -> float:
    """Return the seconds of processor time that ``work`` takes, whatever it answers: the smallest of some.

    Nothing is collected meanwhile: what that costs depends on all that the process holds, and comes in steps.
    """
    found, collects = [], gc.isenabled()
    gc.disable()
    try:
        for _ in range(rounds):
            begin = time.thread_time()
            with suppress(Exception):
                work(text)
            found.append(time.thread_time() - begin)
    finally:
        if collects:
            gc.enable()
    return min(found)


def worse_than_linear(
    work: Callable[[str], object],
    before: str = "",
    after: str = "x",
    *,
    atoms: Iterable[str] = ATOMS,
    small: int = SMALL,
) -> list[str]:
    """Return the atoms, runs of which cost more than eight times as much when there are four times as many.

    The shorter run has ``small`` characters.
    """
    found = []
    for atom in atoms:
        run = atom * (small // len(atom))
        if not grows_with(work, before + run + after, before + run * TIMES + after, FROM / TIMES):
            found.append(atom)
    return found


def grows_with(work: Callable[[str], object], small: str, large: str, least: float = FROM) -> bool:
    """Whether ``large`` costs at most eight times what ``small`` does, counted from ``least`` seconds on; what costs next to nothing does."""
    if cost(work, large, rounds=1) < FROM:
        return True
    few, much = (partial(cost, work, text, rounds=1) for text in (small, large))
    return compared(few, much, ATTEMPTS, least) is None


def compared(
    small: Callable[[], float], large: Callable[[], float], attempts: int, least: float = FROM
) -> tuple[float, float] | None:
    """Return the smallest times of both where ``large`` is more than eight times ``small``, counted from ``least`` seconds on, in every attempt.

    A busy machine makes single measures too long, of either, and those that follow each other at once: the two take turns.
    """
    for _ in range(attempts):
        few = much = float("inf")
        for turn in range(1, ROUNDS + 1):
            few, much = min(few, small()), min(much, large())
            if turn >= LEAST_ROUNDS and much <= max(FROM, MOST * max(few, least)):
                return None
    return few, much


def quick(work: Callable[[], object]) -> bool:
    """Whether ``work`` costs less than a plain loop of some millions of rounds does at the same moment, whatever it answers."""
    return any(
        cost(lambda _: work(), "", rounds=1) < PLAIN_LOOPS * cost(lambda _: sum(map(abs, range(PLAIN))), "", rounds=1)
        for _ in range(ROUNDS)
    )


def calls(work: Callable[[], object]) -> int:
    """Return how many functions ``work`` calls, those of C included: the same on every machine."""
    found = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return found
