"""Whoever makes a mistake and then does what the answer says, and only that, has a run that works."""

from __future__ import annotations

import getpass
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mistakes import SECRET, Mistake, mistakes, run, told
from tests.shells import Notebook, left_as_it_was, shell_of_module

__all__ = ["shell_of_module"]

MISTAKES = mistakes()


@pytest.fixture
def book(shell_of_module: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: SECRET)
    with left_as_it_was(shell_of_module, tmp_path) as book, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield book


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.id for mistake in MISTAKES])
def test_a_mistake_is_answered_and_the_answer_leads_to_a_run_that_works(book: Notebook, mistake: Mistake) -> None:
    assert mistake.answer in [told(shown) for shown in run(book, mistake.cells)]
    done = run(book, mistake.mended)
    assert [shown.text for shown in done if shown.error is not None] == []
    assert mistake.shows in done[-1].text


def test_each_task_has_fifteen_mistakes_in_each_language() -> None:
    counted = Counter((mistake.task, mistake.language) for mistake in MISTAKES)
    assert {task for task, _ in counted} == {"endpoint", "filter", "operation"}
    assert min(counted.values()) >= 15
    assert len(counted) == 6
    assert len({mistake.cells for mistake in MISTAKES}) == len(MISTAKES)
