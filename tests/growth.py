"""What work costs beside other work of the same run: four times the text, or a plain loop; never seconds alone."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ATOMS: Final = (
    " ", "\t", "\n", "1", "0", "a", "A", "_", ".", ",", ":", "-", "+", "(", ")", "[", "]", "{", "}", '"', "'", "\\", "/", "%", "$",
    "e", "é", "\x00", "1,", "a.", "a(", "()", "$NOW(", "1.", "1e", "0x", "2020-01-01 ", "[[", '{"a":', "\\\\", "a,b(",
)  # fmt: skip
SMALL: Final = 10_000  # characters
TIMES: Final = 4
MOST: Final = 8
FROM: Final = 0.001  # seconds of processor time; below it growth says nothing
ROUNDS: Final = 5
ATTEMPTS: Final = 3
PLAIN: Final = 1_000_000  # rounds of a loop that adds
PLAIN_LOOPS: Final = 10  # so many of which are more than what is quick may cost


def cost(work: Callable[[str], object], text: str, rounds: int = ROUNDS) -> float:
    """Return the seconds of processor time that ``work`` takes, whatever it answers: the smallest of some."""
    found = []
    for _ in range(rounds):
        begin = time.thread_time()
        with suppress(Exception):
            work(text)
        found.append(time.thread_time() - begin)
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
    """Whether ``large`` costs at most eight times what ``small`` does, counted from ``least`` seconds on.

    A busy machine makes single measures too long, caches do so in one direction: only what every attempt says counts.
    The large text is measured until it is quick enough once, which its smallest measure then is as well.
    """
    for _ in range(ATTEMPTS):
        first = cost(work, large, rounds=1)
        if first < FROM:
            return True
        most = max(FROM, MOST * max(cost(work, small), least))
        if first <= most or any(cost(work, large, rounds=1) <= most for _ in range(ROUNDS - 1)):
            return True
    return False


def quick(work: Callable[[], object]) -> bool:
    """Whether ``work`` costs less than a plain loop of some millions of rounds does at the same moment, whatever it answers."""
    return any(
        cost(lambda _: work(), "", rounds=1) < PLAIN_LOOPS * cost(lambda _: sum(map(abs, range(PLAIN))), "", rounds=1)
        for _ in range(ROUNDS)
    )
