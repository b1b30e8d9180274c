"""Where a chapter shows an extension once more in JavaScript, both answer alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from scopebox import ExtensionError, Sandbox

from tests.notebook_runner import NOTEBOOKS
from tests.notebook_runner import Notebook as Chapter
from tests.shells import Notebook, left_as_it_was, shell_of_module

__all__ = ["shell_of_module"]

HEADING: Final = "## The same in JavaScript"
Ask = Callable[[Sandbox], object]


@pytest.fixture
def book(shell_of_module: Notebook, tmp_path: Path) -> Iterator[Notebook]:
    with left_as_it_was(shell_of_module, tmp_path) as made:
        yield made


def twins(chapter: Chapter) -> tuple[str, str]:
    """The cell in Python, as it stands last in the chapter, and the one in JavaScript."""
    numbered = [cell.number for cell in chapter.cells if cell.source.startswith(HEADING)]
    assert len(numbered) == 1, numbered
    code = [cell for cell in chapter.cells if cell.source.startswith("%%sandbox ")]
    (javascript,) = [cell.source for cell in code if cell.number > numbered[0]]
    magic, name, *options = javascript.split("\n", 1)[0].split()
    assert options[:2] == ["--lang", "js"]
    python = [cell.source for cell in code if cell.source.split()[:2] == [magic, name] and cell.number < numbered[0]]
    return python[-1], javascript


def filtered(box: Sandbox, text: str) -> object:
    try:
        return box.emit_filter("comments.items.create", {"text": text, "likes": 3})
    except ExtensionError as error:
        return error.message


def gatekeeper(box: Sandbox) -> object:
    return [filtered(box, text) for text in ("Lovely!", "Buy now, pay later", "I will BUY NOW", "")]


def comments(box: Sandbox) -> object:
    urls = (
        "",
        "?article=2",
        "?article=32",
        "?article=%32",
        "?x=1&article=2",
        "?article=100000",
        "?other=2",
        "?article=",
    )
    answers = [box.request("GET", f"/directus-extension-comments/{query}") for query in urls]
    return [(answer.status_code, answer.json()) for answer in answers]


def archive(box: Sandbox) -> object:
    found = [box.run_operation("stale", {"views": views}) for views in (0, 300, 900)]
    archived = [box.run_operation("archive", keys) for keys in found]
    counted = {"aggregate": {"count": "*"}, "groupBy": ["status"], "sort": ["status"]}
    return found, archived, box.items("articles").read(counted)


def clock(box: Sandbox) -> object:
    sums = [box.request("GET", f"/directus-extension-clock/add?{query}") for query in ("a=2&b=3", "b=-7&a=7", "a=1")]
    noted = box.request("POST", "/directus-extension-clock/note", json={"text": "tick"})
    read = [(answer.status_code, answer.json() if answer.status_code == 200 else "") for answer in sums]
    return read, noted.status_code, noted.text, [line.message for line in box.log if line.level == "info"]


ASKED: Final[dict[str, Ask]] = {
    "04-hooks": gatekeeper,
    "05-endpoints": comments,
    "06-operations-and-chains": archive,
    "08-the-api-style": clock,
}


@pytest.mark.parametrize("name", ASKED)
def test_both_cells_answer_alike(book: Notebook, name: str) -> None:
    answers = []
    for source in twins(Chapter(NOTEBOOKS / f"{name}.ipynb")):
        book.fine("%sandbox reset")
        book.fine(source)
        answers.append(ASKED[name](book.box))
    in_python, in_javascript = answers
    assert in_javascript == in_python


def test_no_other_chapter_shows_one() -> None:
    shown = {
        path.stem for path in NOTEBOOKS.glob("*.ipynb") if any(HEADING in cell.source for cell in Chapter(path).cells)
    }
    assert shown == set(ASKED)


def test_shipped_notebooks_name_their_language_and_never_set_it() -> None:
    sources = [cell.source for path in NOTEBOOKS.rglob("*.ipynb") for cell in Chapter(path).cells]
    assert [source for source in sources if "ScopeboxMagics.lang" in source] == []
