"""Mistakes that people make in cells and on lines: what they are told, and what they run after doing as they were told.

``tests/data/mistakes.jsonl`` has one a line. ``cells`` are run in order, ``answer`` is what the reader is told then, ``next`` what to do,
``mended`` the cells after it and ``shows`` a part of what the last of them shows. Where the ``task`` is a chapter of the course, its check runs
after the cells.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.notebook_runner import notebooks

if TYPE_CHECKING:
    from tests.shells import Notebook, Shown

FILE: Final = Path(__file__).parent / "data" / "mistakes.jsonl"
SECRET: Final = "a-long-secret-value"

_PLACES: Final = re.compile(
    r"In (?:\S+|the manifest)(?:, line .*)?$|Called at |  |Call: |--> |\s*\d+ \||\s*\^"
)  # of an error: where it was
_SUMMARY: Final = re.compile(r".* · [\d.]+ m?s$|✓ (?:filter|action|operation|GET|POST|PUT|PATCH|DELETE) \S+$|try: ")


@dataclass(frozen=True)
class Mistake:
    """One mistake. ``task`` and ``language`` tell what was meant to be written; a task may be the exercise of a chapter."""

    id: str
    task: str
    language: str
    cells: tuple[str, ...]
    answer: str
    next: str
    mended: tuple[str, ...]
    shows: str


def mistakes() -> list[Mistake]:
    """Return all of them, each with the check of its chapter behind its cells."""
    records = [json.loads(line) for line in FILE.read_text("utf-8").splitlines()]
    checks = {book.path.stem: tuple(each.check.source for each in book.exercises) for book in notebooks()}
    return [
        Mistake(**record | {part: (*record[part], *checks.get(record["task"], ())) for part in ("cells", "mended")})
        for record in records
    ]


def told(shown: Shown) -> str:
    """Return what is said of a mistake: the error and its hint, warnings, and what to try, without the place and the times."""
    lines = [line for line in shown.text.split("\n") if line and not _PLACES.match(line) and not _SUMMARY.match(line)]
    return "\n".join(line for line in lines if line not in ("{", "}", "[", "]"))


def run(notebook: Notebook, cells: tuple[str, ...]) -> list[Shown]:
    """Run cells in a sandbox of their own."""
    notebook.fine("%sandbox reset")
    return [notebook.run(cell) for cell in cells]
