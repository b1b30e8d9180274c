"""The tour on a machine without seccomp: it stops at its first extension, says which line goes on, and with that runs to its end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from scopebox.errors import IsolationError
from scopebox.isolate.levels import caution
from scopebox.isolate.pool import IsolatePool

from tests.notebook_runner import NOTEBOOKS, Cell
from tests.notebook_runner import Notebook as Tour
from tests.shells import Notebook, notebook

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the mechanisms are those of Linux"),
    pytest.mark.forked("the probes of Linux"),
]
CELLS: Final = [cell for cell in Tour(NOTEBOOKS / "00-tour.ipynb").cells if cell.kind == "code"]
LEVEL: Final = "landlock+rlimits"


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    monkeypatch.setattr(
        "scopebox.isolate.pool.IsolatePool", lambda settings: IsolatePool(settings, without=["seccomp"])
    )
    with notebook(str(tmp_path)) as made:
        yield made


def complaint(book: Notebook, cell: Cell) -> str:
    """Run a cell; return what it did otherwise than the tour says."""
    shown = book.run(cell.source)
    text = shown.text + shown.html
    missing = [words for words in cell.says if words not in text]
    return "" if bool(shown.error) == cell.raises and not missing else f"{cell.source}\n{missing}\n{shown.text}"


def test_the_tour_says_how_to_go_on_without_seccomp_and_then_runs_to_its_end(book: Notebook) -> None:
    first, *rest = CELLS
    (said,) = [line for line in book.fine(first.source).text.splitlines() if line]
    assert said.startswith(f"Isolation: {LEVEL}, less than seccomp. Missing: seccomp (")
    refused = book.run(rest[0].source)
    assert isinstance(refused.error, IsolationError)
    (line,) = [line for line in refused.text.splitlines() if "%config ScopeboxMagics.isolation = " in line]
    book.fine(line[line.index("%config") :])
    accepted = book.run(rest[0].source)
    assert caution(LEVEL) in accepted.text
    assert [said for cell in rest if (said := complaint(book, cell))] == []
