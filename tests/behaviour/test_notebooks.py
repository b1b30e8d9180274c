"""The notebooks are the documentation: what they say is what happens, and what they ask for can be done."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nbformat
import pytest

from tests.exercises import solutions
from tests.notebook_runner import NOTEBOOKS, Notebook, Runner, notebooks
from tests.website.build import build, shown
from tests.website.links import anchor, complaints

if TYPE_CHECKING:
    from collections.abc import Iterator

ALL: Final = notebooks()
COURSE: Final = [notebook for notebook in ALL if re.match(r"\d\d-", notebook.name) and notebook.name != "00-tour.ipynb"]
GALLERY: Final = [notebook for notebook in ALL if notebook.name.startswith("gallery/")]
WIDTH: Final = 120
# What a kernel tells of its language, and JupyterLab puts into a notebook that lacks it.
LANGUAGE_INFO: Final = {
    *("codemirror_mode", "file_extension", "mimetype", "name", "nbconvert_exporter", "pygments_lexer", "version"),
}
TAGS: Final = {"raises-exception", "exercise", "solution", "check"}
SOLUTIONS: Final = {notebook.name: solutions(notebook) for notebook in ALL}


@pytest.fixture(scope="session")
def runner(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """Runs the notebooks that this session tests."""
    tried = {name: [solution.source for solution in written] for name, written in SOLUTIONS.items()}
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
    assert len([line for line in first.splitlines() if line.startswith(("✓ ", "✕ "))]) > 2, first


@of_the_course
def test_a_check_takes_a_solution_in_any_language(runner: Runner, notebook: Notebook) -> None:
    verdicts = runner.result(notebook).verdicts[1:]
    for solution, verdict in zip(SOLUTIONS[notebook.name], verdicts, strict=True):
        assert verdict.startswith("✓ Solved."), f"{solution.source}\n{verdict}"
    assert {solution.language.name for solution in SOLUTIONS[notebook.name]} == {"python", "js"}


@every
def test_it_is_written_as_jupyter_writes_it_so_that_opening_it_is_no_change(notebook: Notebook) -> None:
    node = nbformat.read(notebook.path, as_version=4)  # type: ignore[no-untyped-call]
    assert notebook.path.read_text("utf-8") == nbformat.writes(node) + "\n"  # type: ignore[no-untyped-call]
    assert set(node.metadata.language_info) == LANGUAGE_INFO


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
    return {anchor(heading) for heading in re.findall(r"^#+ (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)}


def test_every_drawing_is_shown_somewhere() -> None:
    text = "\n".join(each.path.read_text("utf-8") for each in ALL)
    assert [path.name for path in (NOTEBOOKS / "images").glob("*.svg") if path.name not in text] == []


def test_the_example_of_a_test_passes_as_its_reader_would_run_it() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(NOTEBOOKS / "gallery" / "testing")]
    done = subprocess.run(command, cwd=NOTEBOOKS.parent, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def site(runner: Runner, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made of what the notebooks of this session came to."""
    out = tmp_path_factory.mktemp("site")
    build(out, {notebook.name: runner.result(notebook).executed for notebook in ALL})
    return out


def test_every_link_of_the_site_leads_somewhere_and_no_page_loads_anything_from_outside(site: Path) -> None:
    assert complaints(site) == []


@every
def test_no_output_of_a_notebook_is_lost_on_the_site(runner: Runner, site: Path, notebook: Notebook) -> None:
    page = (site / "notebooks" / notebook.name).with_suffix(".html").read_text("utf-8")
    cells = runner.result(notebook).executed.cells
    assert page.count("jp-OutputArea-output") == sum(len(shown(cell.get("outputs", []))) for cell in cells)
    assert "application/vnd.jupyter.widget" not in page


def test_the_site_shows_the_panel_without_a_kernel(site: Path) -> None:
    page = (site / "notebooks" / "03-the-panel.html").read_text("utf-8")
    assert 'class="sbx' in page
    assert "Least privilege" in page
