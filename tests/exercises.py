"""The exercises of the course, solved in Python and in JavaScript. What is almost a solution is among the mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox.languages import language_of_file

if TYPE_CHECKING:
    from scopebox.languages import Language

    from tests.notebook_runner import Notebook

# Solutions in the language that the notebook does not use: the first line of each is that of the cell, as a comment.
FOLDER: Final = Path(__file__).parent / "data" / "exercises"


@dataclass(frozen=True)
class Solution:
    """What solves an exercise."""

    language: Language
    source: str


def solutions(notebook: Notebook) -> list[Solution]:
    """Return the solutions in each language; nothing for a notebook without an exercise."""
    shown = [Solution(exercise.solution.language, exercise.solution.code) for exercise in notebook.exercises]
    return [*shown, *(_elsewhere(notebook.path.stem) for _ in shown)]


def _elsewhere(name: str) -> Solution:
    """The solution that the notebook does not show."""
    (path,) = FOLDER.glob(f"{name}.*")
    language = language_of_file(path.name)
    return Solution(language, path.read_text("utf-8").removeprefix(f"{language.comment} ").rstrip())
