"""The run with portable isolates: a short form of it in every run of the tests, and how many of all it may leave out."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import portable

ROOT = Path(__file__).parents[2]
# Hooks, endpoints, operations and chains in both languages, and what cells print: some seconds of the minutes of `make portable`.
SHORT = ("tests/behaviour/test_same_in_javascript.py", "tests/unit/extension/test_printed.py")


@pytest.mark.slow
@pytest.mark.skipif(portable.forced(), reason="this is such a run")
@pytest.mark.skipif(sys.platform != "linux", reason="isolates are portable here in any case")
def test_a_short_run_with_portable_isolates_passes_whole() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", portable.OPTION, *SHORT],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
    assert re.search(r"^\d+ passed in ", run.stdout, re.MULTILINE), run.stdout  # none is skipped


def test_few_tests_need_a_forked_isolate_and_each_says_for_what(request: pytest.FixtureRequest) -> None:
    """Of those that are collected: in a run of all tests, of all."""
    marks = [mark for item in request.session.items if (mark := item.get_closest_marker("forked"))]
    assert len(marks) <= portable.MOST_EXCEPTIONS
    assert {mark.args for mark in marks} <= {(reason,) for reason in portable.EXCEPTIONS}
