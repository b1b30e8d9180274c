"""A machine on which one engine does not work: what is said of it, and that the others go on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from scopebox.errors import IsolationError
from scopebox.isolate.engines import absent
from scopebox.isolate.report import IsolationReport


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "No isolate can be started: the package quickjs-ng is not installed",
            "the package quickjs-ng is not installed",
        ),
        ("The package quickjs-ng is not installed", "the package quickjs-ng is not installed"),
        ("Isolates need Linux", "isolates need Linux"),
        ("No isolate can be started: ImportError: no _quickjs", "ImportError: no _quickjs"),
    ],
)
def test_an_engine_that_cannot_be_started_is_named_with_the_reason(reason: str, said: str) -> None:
    error = absent("javascript", IsolationError(reason))
    assert error.message == f"No JavaScript on this machine, because {said}"
    assert "Python" in error.hint


@pytest.mark.parametrize("engine", ["python", "/tmp/engine.py"])
def test_what_all_languages_lack_is_said_as_it_is(engine: str) -> None:
    error = IsolationError("Isolates need Linux")
    assert absent(engine, error) is error


def test_the_report_says_which_other_languages_work_and_why_others_do_not() -> None:
    report = IsolationReport.of({})
    assert report.other_languages == ()
    works = replace(report, engines={"javascript": ""})
    assert "JavaScript and TypeScript work here" in str(works)
    missing = replace(report, engines={"javascript": "No JavaScript on this machine, because it rains"})
    assert "because it rains" in str(missing)
    assert "because it rains" in missing.view().text()
