"""The notebooks are the documentation: what they say is what happens, and what they ask for can be done."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.exercises import attempts
from tests.notebook_runner import NOTEBOOKS, Notebook, Runner, notebooks

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL: Final = notebooks()
COURSE: Final = [notebook for notebook in ALL if re.match(r"\d\d-", notebook.name) and notebook.name != "00-tour.ipynb"]
GALLERY: Final = [notebook for notebook in ALL if notebook.name.startswith("gallery/")]
WIDTH: Final = 120
TAGS: Final = {"raises-exception", "exercise", "solution", "check"}
ATTEMPTS: Final = {notebook.name: attempts(notebook) for notebook in ALL}


@pytest.fixture(scope="session")
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Runs the notebooks that this session tests."""
    tried = {name: [attempt.source for attempt in written] for name, written in ATTEMPTS.items()}
    runner = Runner(tried, tmp_path_factory.mktemp("home"))
    for item in request.session.items:
        chosen = getattr(item, "callspec", None)
        if "runner" in getattr(item, "fixturenames", ()) and chosen is not None:
            runner.start(chosen.params["notebook"])
    yield runner
    runner.close()


def by_name(notebook: Notebook) -> str:
    return notebook.name


every = pytest.mark.parametrize("notebook", ALL, ids=by_name)
of_the_course = pytest.mark.parametrize("notebook", COURSE, ids=by_name)


@every
def test_it_runs_and_says_what_it_means_to_say(runner: Runner, notebook: Notebook) -> None:
    complaints = list(runner.result(notebook).complaints())
    assert complaints == [], "\n\n".join(complaints)


def test_the_tour_fails_twice_on_purpose_and_writes_nothing_to_standard_error(runner: Runner) -> None:
    said = runner.result(Notebook(NOTEBOOKS / "00-tour.ipynb")).said
    assert sum(entry.failed for entry in said) == 2
    assert [entry.errors for entry in said if entry.errors] == []


@of_the_course
def test_an_exercise_as_shipped_is_not_solved(runner: Runner, notebook: Notebook) -> None:
    first = runner.result(notebook).verdicts[0]
    assert first.startswith("✕ Not yet: "), first


@of_the_course
def test_a_check_takes_a_solution_in_any_language_and_tells_what_is_still_wrong(
    runner: Runner, notebook: Notebook
) -> None:
    verdicts = runner.result(notebook).verdicts[1:]
    for attempt, verdict in zip(ATTEMPTS[notebook.name], verdicts, strict=True):
        assert verdict.startswith("✕ Not yet: " if attempt.advice else "✓ Solved."), f"{attempt.source}\n{verdict}"
        assert attempt.advice in verdict, f"{attempt.source}\n{verdict}"


@of_the_course
def test_an_exercise_is_solved_and_failed_in_python_and_in_javascript(notebook: Notebook) -> None:
    tried = {(attempt.language.name, bool(attempt.advice)) for attempt in ATTEMPTS[notebook.name]}
    assert tried == {("python", True), ("python", False), ("js", True), ("js", False)}


@every
def test_nothing_of_a_run_is_committed(notebook: Notebook) -> None:
    assert [cell.number for cell in notebook.cells if cell.outputs or cell.count is not None] == []
    assert set(notebook.data["metadata"]) == {"kernelspec", "language_info"}  # type: ignore[call-overload]


@every
def test_its_tags_are_known_and_its_errors_explained(notebook: Notebook) -> None:
    for cell in notebook.cells:
        assert cell.tags <= TAGS, f"cell {cell.number}"
        assert bool(cell.says) or not cell.raises, f"cell {cell.number} does not say which error it means"


@every
def test_its_code_fits_the_page(notebook: Notebook) -> None:
    code = [cell for cell in notebook.cells if cell.kind == "code" and "check" not in cell.tags]
    assert [line for cell in code for line in cell.source.splitlines() if len(line) > WIDTH] == []


@every
def test_it_begins_with_a_title_and_names_no_place_of_any_machine(notebook: Notebook) -> None:
    text = "\n".join(cell.source for cell in notebook.cells)
    assert text.startswith("# ")
    assert re.findall(r"(?:/home/|/root\b|/Users/|/tmp/|[A-Z]:\\)\S*", text) == []


@of_the_course
def test_a_chapter_tells_what_is_learned_has_an_exercise_and_leads_on(notebook: Notebook) -> None:
    first, last = notebook.cells[0].source, notebook.cells[-1].source
    assert "In this notebook you will learn" in first
    assert "## What to remember" in last
    assert len(notebook.exercises) == 1


@pytest.mark.parametrize("notebook", GALLERY, ids=by_name)
def test_an_extension_of_the_gallery_tells_its_story_and_brings_its_test(notebook: Notebook) -> None:
    text = "\n".join(cell.source for cell in notebook.cells)
    for part in ("**The story.**", "## The extension", "## How it is called", "## Its test"):
        assert part in text


def linked(text: str) -> list[str]:
    """The targets of links and images in markdown, without code."""
    plain = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", plain)


@pytest.mark.parametrize(
    "path", sorted([*(each.path for each in ALL), *NOTEBOOKS.rglob("*.md")]), ids=lambda path: path.name
)
def test_its_links_lead_somewhere(path: Path) -> None:
    notebook = path.suffix == ".ipynb"
    texts = (
        [cell.source for cell in Notebook(path).cells if cell.kind == "markdown"] if notebook else [path.read_text()]
    )
    for target in (target for text in texts for target in linked(text)):
        place, _, anchor = target.partition("#")
        if not target.startswith("https://"):
            assert not place or (path.parent / place).exists(), target
            assert not anchor or f"{anchor}" in anchors((path.parent / place) if place else path), target


def anchors(path: Path) -> set[str]:
    """The headings of a markdown file, as links name them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_drawing_is_shown_somewhere() -> None:
    text = "\n".join(each.path.read_text("utf-8") for each in ALL)
    assert [path.name for path in (NOTEBOOKS / "images").glob("*.svg") if path.name not in text] == []


def test_the_example_of_a_test_passes_as_its_reader_would_run_it() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(NOTEBOOKS / "gallery" / "testing")]
    done = subprocess.run(command, cwd=NOTEBOOKS.parent, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
