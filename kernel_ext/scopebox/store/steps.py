"""Work in steps: a generator that may rest at each ``yield``, so that nothing holds a thread for long at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

S = TypeVar("S")
T = TypeVar("T")


def at_once(work: Generator[None, None, T]) -> T:
    """Do all of ``work`` without a rest, and return what it gives."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            found: T = end.value
            return found


def in_one_step(work: Callable[[S], T]) -> Callable[[S], Generator[None, None, T]]:
    """Return ``work`` as work in steps that has one."""

    def steps(given: S) -> Generator[None, None, T]:
        return work(given)
        yield  # what makes it a generator

    return steps
