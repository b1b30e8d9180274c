"""What the checks of the course found is kept, listed and handed in; a grader finds the same."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import nbformat
import pytest

from tests.exercises import solutions
from tests.notebook_runner import NOTEBOOKS, course_in, notebooks

CHAPTERS = [book for book in notebooks() if book.exercises]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = course_in(tmp_path)
    monkeypatch.syspath_prepend(folder)
    yield folder
    sys.modules.pop("verdicts", None)


@pytest.fixture
def verdicts(course: Path) -> ModuleType:
    """The module as a notebook imports it, in a kernel that found nothing yet."""
    sys.modules.pop("verdicts", None)
    import verdicts  # type: ignore[import-not-found] # noqa: PLC0415

    assert Path(verdicts.__file__).parent == course
    return verdicts  # type: ignore[no-any-return]


def verdict(verdicts: ModuleType, chapter: str, *holds: bool, ended: str = "") -> object:
    points = tuple(verdicts.Point(f"point {number}", hold) for number, hold in enumerate(holds))
    return verdicts.Verdict(chapter, points, ended)


def test_every_chapter_is_listed_by_its_title_and_is_not_checked_yet(verdicts: ModuleType) -> None:
    titles = [book.cells[0].source.partition("\n")[0].removeprefix("# ") for book in CHAPTERS]
    assert verdicts.chapters() == titles
    first, *lines = repr(verdicts.progress()).splitlines()
    assert first == f"0 of {len(titles)} exercises are solved."
    assert [line.split("  ")[0] for line in lines] == [f"✕ {title}" for title in titles]
    assert all(line.endswith("  not checked yet") for line in lines)


def test_every_check_names_its_chapter() -> None:
    for book in CHAPTERS:
        title = book.cells[0].source.partition("\n")[0].removeprefix("# ")
        assert f'@check("{title}")' in book.exercises[0].check.source


def test_what_a_check_found_is_there_for_the_kernel_of_another_notebook(verdicts: ModuleType) -> None:
    verdict(verdicts, "01 · Permissions", True, True).keep()  # type: ignore[attr-defined]
    verdict(verdicts, "04 · Hooks", True, False, True).keep()  # type: ignore[attr-defined]
    verdicts._found.clear()
    said = repr(verdicts.progress())
    assert "1 of 12 exercises are solved." in said
    assert re.search(r"^✓ 01 · Permissions +2 of 2 points$", said, re.MULTILINE)
    assert re.search(r"^✕ 04 · Hooks +2 of 3 points$", said, re.MULTILINE)


def test_a_check_that_ended_early_is_no_solution(verdicts: ModuleType) -> None:
    ended = verdict(verdicts, "01 · Permissions", True, ended="it ended.")
    assert not ended.solved  # type: ignore[attr-defined]
    assert repr(ended.said()).startswith("✕ Not yet: it ended. 1 of 1 points hold.")  # type: ignore[attr-defined]


@pytest.mark.parametrize("kept", ["", "[]", "{", '{"chapter": 1}', '{"chapter": "01 · Permissions", "points": [1]}'])
def test_a_file_of_progress_that_is_none_is_as_good_as_not_there(verdicts: ModuleType, kept: str) -> None:
    verdicts.KEPT.mkdir()
    (verdicts.KEPT / "01.json").write_text(kept, "utf-8")
    assert "0 of 12" in repr(verdicts.progress())


def test_a_folder_that_cannot_be_written_to_keeps_verdicts_for_this_kernel(verdicts: ModuleType) -> None:
    verdicts.KEPT.write_text("a file in the way", "utf-8")
    verdict(verdicts, "01 · Permissions", True).keep()  # type: ignore[attr-defined]
    assert "1 of 12" in repr(verdicts.progress())


def test_a_report_holds_titles_and_verdicts_and_nothing_that_was_written(verdicts: ModuleType, tmp_path: Path) -> None:
    advice = "it logged 'sk-secret' in /home/ada"
    points = (verdicts.Point("It logs", advice=advice), verdicts.Point("It asks", holds=True))
    verdicts.Verdict("01 · Permissions", points).keep()
    file = tmp_path / "ada.json"
    said = repr(verdicts.report(file))
    assert said == "✓ Wrote ada.json: 0 of 12 exercises are solved. Hand in this file."
    text = file.read_text("utf-8")
    report = json.loads(text)
    assert set(report) == {"course", "written", "solved", "exercises"}
    assert len(report["exercises"]) == 12
    assert report["exercises"][0] == {
        "chapter": "01 · Permissions",
        "solved": False,
        "points": [{"title": "It logs", "holds": False}, {"title": "It asks", "holds": True}],
    }
    assert not [word for word in ("secret", "/home", str(tmp_path)) if word in text]
    assert "✓ Wrote" in repr(verdicts.report(file))  # once more, over itself


@pytest.mark.parametrize(
    ("file", "told"),
    [
        ("", "name the file in quotes"),
        (7, "name the file in quotes"),
        ("ada", "does not end in .json"),
        ("01-permissions.ipynb", "does not end in .json"),
        ("no/such/ada.json", "there is no folder"),
        ("project/access.json", "is not a report"),
    ],
)
def test_a_report_that_cannot_be_written_is_told_in_a_sentence(
    verdicts: ModuleType, course: Path, monkeypatch: pytest.MonkeyPatch, file: object, told: str
) -> None:
    monkeypatch.chdir(course)
    before = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    said = repr(verdicts.report(file))
    assert said.startswith("✕ Nothing was written: ")
    assert told in said
    assert {path: path.read_bytes() for path in course.rglob("*") if path.is_file()} == before


def test_a_verdict_is_markup_of_its_words_alone(verdicts: ModuleType) -> None:
    said = verdicts.Verdict("01 · Permissions", (verdicts.Point("<b>", advice="<script>"),)).said()
    assert "<script>" not in said._repr_html_()
    assert "&lt;script&gt;" in said._repr_html_()


@pytest.mark.slow
def test_the_grader_of_the_readme_says_what_the_check_says(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (NOTEBOOKS / "README.md").read_text("utf-8"), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    book = next(each for each in CHAPTERS if each.name.startswith("01"))
    intruder = 'open("stolen", "w")'
    for name, source in (("ada", solutions(book)[0].source), ("bob", intruder)):
        node = nbformat.read(book.path, as_version=4)  # type: ignore[no-untyped-call]
        for cell in node.cells:
            if "exercise" in cell.metadata.get("tags", ()):
                cell.source = source
            elif cell.cell_type == "code":
                cell.source = intruder
        (tmp_path / "handed-in" / name).mkdir(parents=True)
        nbformat.write(node, tmp_path / "handed-in" / name / book.name)  # type: ignore[no-untyped-call]
    exec(compile(code, "grader", "exec"), {})
    said = capsys.readouterr().out
    assert re.search(r"^ada\n01-permissions\n✓ Solved\.", said, re.MULTILINE)
    assert re.search(r"^bob\n01-permissions\n✕ Not yet: There is no extension", said, re.MULTILINE)
    assert not list(tmp_path.rglob("stolen"))
