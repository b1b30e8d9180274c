"""Two trees of scopebox beside each other, ``--against FOLDER``: each serves from a process of its own, and both are asked in turns."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks import requests
from benchmarks.asking import asked, pair
from benchmarks.boxes import ADMIN, EDITOR
from benchmarks.cell import first_result
from benchmarks.measure import Pair, Row, Stage, Target
from benchmarks.over_http import SCOPEBOX
from benchmarks.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from benchmarks.requests import Question

UNCHANGED: Final = Target("faster", 0.95)  # what differs from run to run
TARGETS: Final[Mapping[Question, Target]] = {
    requests.BY_KEY: Target("faster", 1.4),
    requests.HUNDRED: Target("faster", 1.9),
    requests.TEN_THOUSAND: Target("faster", 1.4),
    requests.SELECTED: Target("faster", 1.2),
    requests.GROUPED: UNCHANGED,
    requests.FOUND: Target("faster", 1.2),
    requests.OF_BOOKS: UNCHANGED,
    requests.OF_SHELVES: UNCHANGED,
    requests.HELLO: Target("faster", 1.33),
    requests.READING: UNCHANGED,
    requests.CREATE: Target("faster", 1.9),
    requests.CREATE_100: UNCHANGED,
    requests.CREATE_1000: Target("faster", 1.9),
    requests.CREATE_ALL: Target("faster", 1.9),
    requests.UPDATE: Target("faster", 1.6),
    requests.FILTERED: UNCHANGED,
    requests.FILTERED_100: Target("faster", 1.5),
    **dict.fromkeys((*requests.SMALL_READS, *requests.SMALL_WRITES), UNCHANGED),
}
RULED: Final = (
    requests.BY_KEY,
    requests.HUNDRED,
    requests.TEN_THOUSAND,
    requests.SELECTED,
    requests.CREATE,
    requests.CREATE_ALL,
    requests.UPDATE,
)


def both(question: Question, token: str, folder: Path, stage: Stage) -> Pair:
    """Ask this tree and the other the same."""
    ours, other = (replace(stage.shared(replace(SCOPEBOX, tree=tree)), token=token) for tree in (ROOT, folder))
    return pair(question, asked(stage, question, question.path, ours), asked(stage, question, question.path, other))


def first_results(folder: Path, stage: Stage) -> Pair:
    """From ``%load_ext`` to the result of a first cell."""
    del stage
    return Pair(first_result(ROOT), first_result(folder))


def rows(folder: Path) -> tuple[Row, ...]:
    """Every row that both trees can show."""
    if not (folder / "kernel_ext" / "scopebox").is_dir():
        raise SystemExit(f"{folder} is no tree of scopebox: it has no kernel_ext/scopebox")
    folder = folder.resolve()
    reference = f"the tree {folder.name}"
    single = [
        Row(
            f"against.{question.name}",
            question.title,
            reference,
            partial(both, question, ADMIN, folder),
            target,
            question.rounds,
        )
        for question, target in TARGETS.items()
    ]
    ruled = [
        Row(
            f"rules.{question.name}",
            f"{question.title}, with rules",
            reference,
            partial(both, question, EDITOR, folder),
            TARGETS[question],
            question.rounds,
        )
        for question in RULED
    ]
    title = "from `%load_ext` to the first result"
    start = Row("start.first-result", title, reference, partial(first_results, folder), Target("faster", 1.4), 7)
    return (*single, *ruled, start)
