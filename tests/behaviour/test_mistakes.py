"""Whoever makes a mistake and then does what the answer says, and only that, has a run that works."""

from __future__ import annotations

import getpass
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest
from scopebox import Store

from tests.mistakes import SECRET, Mistake, mistakes, run, told
from tests.notebook_runner import course_in, notebooks
from tests.shells import Notebook, Shown, left_as_it_was, shell_of_module

__all__ = ["shell_of_module"]

MISTAKES = mistakes()
TASKS = ("endpoint", "filter", "operation")
CHAPTERS = [book.path.stem for book in notebooks() if book.exercises]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, sandbox_store: Store) -> Iterator[Path]:
    """The folder of the notebooks, in which their checks are found and keep what they found. What they try on are forks of stores."""
    folder = course_in(tmp_path_factory.mktemp("course"))
    with pytest.MonkeyPatch.context() as patch, Store.from_project(folder / "project") as project:
        patch.syspath_prepend(folder)
        patch.setattr(Store, "sample", lambda name: {"blog": sandbox_store}[name].fork())
        patch.setattr(Store, "from_project", lambda place: {"project": project}[str(place)].fork())
        yield folder
    for name in ("checks", "verdicts"):
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def mended() -> dict[tuple[str, ...], list[Shown]]:
    """What was shown after mending, by the cells."""
    return {}


@pytest.fixture
def book(shell_of_module: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: SECRET)
    with left_as_it_was(shell_of_module, tmp_path) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield book


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.id for mistake in MISTAKES])
def test_a_mistake_is_answered_and_the_answer_leads_to_a_run_that_works(
    book: Notebook, course: Path, mended: dict[tuple[str, ...], list[Shown]], mistake: Mistake
) -> None:
    with chdir(course if mistake.task in CHAPTERS else Path.cwd()):
        assert mistake.answer in [told(shown) for shown in run(book, mistake.cells)]
        if mistake.mended not in mended:  # several mistakes have one mend
            mended[mistake.mended] = run(book, mistake.mended)
    done = mended[mistake.mended]
    assert [shown.text for shown in done if shown.error is not None] == []
    assert mistake.shows in done[-1].text


def test_each_task_has_fifteen_mistakes_in_each_language_and_each_chapter_five() -> None:
    counted = Counter((mistake.task, mistake.language) for mistake in MISTAKES)
    assert set(counted) == {(task, language) for task in (*TASKS, *CHAPTERS) for language in ("python", "js")}
    assert min(counted[task] for task in counted if task[0] in TASKS) >= 15
    assert min(counted[task] for task in counted if task[0] in CHAPTERS) >= 5
    assert len({mistake.cells for mistake in MISTAKES}) == len(MISTAKES)
