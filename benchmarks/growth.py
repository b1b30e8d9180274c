"""How the time of a request grows with the items of its collection, ``--growth``: a line of figures and a small curve for each kind."""

from __future__ import annotations

from contextlib import closing
from math import log10
from statistics import median
from typing import TYPE_CHECKING, Final

from benchmarks import requests, table
from benchmarks.asking import asked
from benchmarks.measure import Size, Stage
from benchmarks.over_http import SCOPEBOX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.requests import Question

SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)
QUESTIONS: Final = (
    requests.BY_KEY,
    requests.HUNDRED,
    requests.SELECTED,
    requests.GROUPED,
    requests.FOUND,
    requests.CREATE,
    requests.CREATE_1000,
    requests.UPDATE,
    requests.HELLO,
)
STEPS: Final = "▁▂▃▄▅▆▇█"
DECADES: Final = 3  # from the foot of a curve to its top


def sizes(items: int) -> tuple[int, ...]:
    """Powers of ten up to as many items as the run has."""
    return tuple(size for size in SIZES if size <= items) or (items,)


def figures(items: int, rounds: int) -> Iterator[float]:
    """The time of each question where the large collection has so many items."""
    with closing(Stage(Size(rounds=rounds, items=items))) as stage:
        server = stage.shared(SCOPEBOX)
        for question in QUESTIONS:
            side = asked(stage, question, question.path, server)
            side.ask(question.repeat)
            yield median(median(side.ask(question.repeat).seconds) for _ in range(min(rounds, question.rounds)))


def curve(values: Sequence[float]) -> str:
    """One bar a value, by its logarithm: flat is flat, and each decade is as high as the next."""
    foot = min(values)
    return "".join(
        STEPS[min(len(STEPS) - 1, round(log10(value / foot) / DECADES * (len(STEPS) - 1)))] for value in values
    )


def lines(items: int, rounds: int) -> list[tuple[str, ...]]:
    """The table, its head first."""
    columns = [list(figures(size, rounds)) for size in sizes(items)]
    head = ("what", *(f"{size:,} items".replace(",", " ") for size in sizes(items)), "last by first", "curve")
    return [
        head,
        *(line(question, values) for question, values in zip(QUESTIONS, zip(*columns, strict=True), strict=True)),
    ]


def line(question: Question, values: Sequence[float]) -> tuple[str, ...]:
    """One kind of request."""
    return (
        question.title,
        *(table.amount(value, "s") for value in values),
        f"{values[-1] / values[0]:.1f}x",
        curve(values),
    )
