"""A machine on which one engine does not work: what is said of it, and that the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
from scopebox.errors import IsolationError
from scopebox.isolate import guest_modules
from scopebox.isolate.engines import absent
from scopebox.isolate.report import IsolationReport
from scopebox.sandbox.sandbox import Sandbox

from tests.shells import notebook


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


def _without_quickjs(name: str) -> ModuleSpec | None:
    return None if name == "_quickjs" else find_spec(name)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A sandbox on a machine where the package of the JavaScript engine is not installed."""
    monkeypatch.setattr(guest_modules, "find_spec", _without_quickjs)
    with Sandbox() as box:
        yield box


@pytest.mark.parametrize("language", ["js", "ts"])
def test_without_the_engine_javascript_says_why_and_python_goes_on(bare: Sandbox, language: str) -> None:
    with pytest.raises(IsolationError) as caught:
        bare.load("1", language=language)
    assert caught.value.message == "No JavaScript on this machine, because the package quickjs-ng is not installed"
    assert "pip install" in caught.value.hint
    assert "Python cells run all the same." in caught.value.hint
    assert not bare.extensions
    assert bare.load("1 + 1").result.value == 2


def test_without_the_engine_the_doctor_says_so(bare: Sandbox) -> None:
    report = bare.pool.examine()
    assert report.engines == {
        "javascript": "No JavaScript on this machine, because the package quickjs-ng is not installed"
    }


def test_a_cell_of_javascript_without_the_engine_reads_well_in_a_notebook(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(guest_modules, "find_spec", _without_quickjs)
    with notebook(str(tmp_path)) as book:
        shown = book.run("%%sandbox hello --lang js\n1")
        said, *hints = shown.text.strip().split("\n")
        assert said == (
            "IsolationError: No JavaScript on this machine, because the package quickjs-ng is not installed"
        )
        assert hints[-1] == "Python cells run all the same."
        assert book.fine("%%sandbox hello\n1 + 1").text.startswith("2\n")


def test_the_doctor_leaves_no_process_of_an_engine_that_was_not_used() -> None:
    with Sandbox() as box:
        box.load("1 + 1")
        before = {child.pid for child in psutil.Process().children()}
        assert box.pool.examine().engines == {"javascript": ""}
        assert {child.pid for child in psutil.Process().children()} <= before
        assert "javascript" not in box.pool._parts.engines
