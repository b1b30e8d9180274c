"""Requests over HTTP beside plain starlette: with the best SQL, with constant bytes, by many clients at once; and by somebody with rules."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks import requests
from benchmarks.asking import CLIENTS, Asked, asked, crowd, pair, rate, size, slowest
from benchmarks.boxes import ADMIN, EDITOR
from benchmarks.measure import Pair, Row, Stage, Target
from benchmarks.processes import Served

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.client import Answers
    from benchmarks.requests import Question

SCOPEBOX: Final = Served("benchmarks.scopebox_server", ADMIN)
PLAIN: Final = Served("benchmarks.plain_server")
BEST_SQL: Final = "plain starlette with the best SQL known"
CONSTANT: Final = "the same bytes from plain starlette"
READ: Final = Target("ratio", 1.25)
WRITE: Final = Target("ratio", 1.4)
WRITES: Final = Target("ratio", 4)


def ours(question: Question, stage: Stage) -> Asked:
    """Our side, asked by the administrator."""
    return asked(stage, question, question.path, stage.shared(SCOPEBOX))


def beside_plain(question: Question, frame: str, stage: Stage) -> Pair:
    """Beside the plain server, which answers as it is or with ``/constant`` bytes."""
    reference = asked(stage, question, frame + question.plain, stage.shared(PLAIN))
    if frame:
        return pair(question, ours(question, stage), reference, size)
    return pair(question, ours(question, stage), reference)


def as_editor(question: Question, stage: Stage) -> Pair:
    """Somebody with rules beside the administrator, on the same server."""
    address = replace(stage.shared(SCOPEBOX), token=EDITOR)
    return pair(question, asked(stage, question, question.path, address), ours(question, stage))


def by_many(question: Question, figure: Callable[[Answers], float], best: Callable[..., float], stage: Stage) -> Pair:
    """Many clients at once; the plain server answers them on its loop or in worker threads, whichever is better."""
    references = (asked(stage, question, frame + question.plain, stage.shared(PLAIN)) for frame in ("", "/threads"))
    return crowd(figure, best, ours(question, stage), *references)


def single(question: Question, target: Target | None) -> Row:
    """A row beside the best SQL."""
    start = partial(beside_plain, question, "")
    return Row(f"http.{question.name}", f"{question.title}, over HTTP", BEST_SQL, start, target, question.rounds)


def constant(question: Question) -> Row:
    """A row beside constant bytes, which says what is left for whoever need not ask at all."""
    start = partial(beside_plain, question, "/constant")
    return Row(f"constant.{question.name}", f"{question.title}, over HTTP", CONSTANT, start, None, question.rounds)


def ruled(question: Question) -> Row:
    """A row by somebody with rules."""
    start = partial(as_editor, question)
    return Row(
        f"rules.{question.name}",
        f"{question.title}, with rules",
        "the same as administrator",
        start,
        None,
        question.rounds,
    )


def crowded(question: Question) -> tuple[Row, Row]:
    """Two rows by many clients: how many requests a second, and how long the slowest take."""
    name, title = f"clients.{question.name}", f"{question.title}, by {CLIENTS} clients"
    throughput, late = partial(by_many, question, rate, max), partial(by_many, question, slowest, min)
    return (
        Row(f"{name}-rate", title, BEST_SQL, throughput, Target("share", 0.7), 7, "/s"),
        Row(f"{name}-p99", f"{title}, the slowest of 100", BEST_SQL, late, None, 7),
    )


READS: Final = (
    requests.BY_KEY,
    requests.HUNDRED,
    requests.TEN_THOUSAND,
    requests.SELECTED,
    requests.GROUPED,
    requests.FOUND,
    requests.OF_BOOKS,
    requests.OF_SHELVES,
    *requests.SMALL_READS,
)
ROWS: Final = (
    single(requests.HELLO, None),
    *(single(question, READ) for question in READS),
    *map(constant, (requests.BY_KEY, requests.HUNDRED, requests.TEN_THOUSAND)),
    *(single(question, WRITE) for question in (requests.CREATE, requests.UPDATE)),
    *(single(question, WRITES) for question in (requests.CREATE_100, requests.CREATE_1000, requests.CREATE_ALL)),
    *(row for question in (requests.BY_KEY, requests.HUNDRED, requests.CREATE) for row in crowded(question)),
    *map(
        ruled,
        (requests.BY_KEY, requests.HUNDRED, requests.TEN_THOUSAND, requests.SELECTED, requests.CREATE, requests.UPDATE),
    ),
)
