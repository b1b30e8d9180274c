"""One stylesheet a notebook, and outputs that need none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from scopebox.notebook import load, unload
from scopebox.notebook.sheet import Sheet
from scopebox.views.parts import Displayed, Line, View
from scopebox.views.style import SHEET

from tests.shells import bare_shell, notebook


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    with bare_shell(str(tmp_path)) as made:
        yield made


@pytest.fixture
def sheet(shell: InteractiveShell) -> Iterator[Sheet]:
    made = Sheet(shell)
    made.attach()
    yield made
    made.detach()


def html(shell: InteractiveShell, shown: object) -> str:
    assert shell.display_formatter is not None
    return str(shell.display_formatter.format(shown)[0].get("text/html", ""))  # type: ignore[no-untyped-call]


class Info:
    """What a shell says of a cell that it is going to run."""

    def __init__(self, cell_id: str | None, raw_cell: str = "1") -> None:
        self.cell_id = cell_id
        self.raw_cell = raw_cell


VIEW = View((Line("x"),))


def has(shell: InteractiveShell, sheet: Sheet, cell: str | None, source: str = "1") -> bool:
    """Whether the output of a cell that is run now has the sheet."""
    sheet.begin(Info(cell, source))  # type: ignore[arg-type]
    page = html(shell, VIEW)
    assert page.endswith(VIEW.html())
    assert page in (VIEW.html(), SHEET + VIEW.html())
    return page.startswith(SHEET)


def test_the_first_output_has_the_sheet_and_no_other(shell: InteractiveShell, sheet: Sheet) -> None:
    assert [has(shell, sheet, f"cell-{n}") for n in range(4)] == [True, False, False, False]


def test_an_output_that_is_made_again_has_the_sheet_again(shell: InteractiveShell, sheet: Sheet) -> None:
    assert has(shell, sheet, "a")
    assert not has(shell, sheet, "b")
    assert has(shell, sheet, "a")
    assert not has(shell, sheet, "b")


def test_a_cell_that_does_not_show_the_sheet_any_more_leaves_it_to_the_next(
    shell: InteractiveShell, sheet: Sheet
) -> None:
    assert has(shell, sheet, "a")
    sheet.begin(Info("a", "print(1)"))  # type: ignore[arg-type]
    assert has(shell, sheet, "b")
    assert not has(shell, sheet, "a")


def test_a_front_end_that_names_no_cells_gets_it_once(shell: InteractiveShell, sheet: Sheet) -> None:
    assert [has(shell, sheet, None) for _ in range(3)] == [True, False, False]


def test_loading_again_brings_it_again(shell: InteractiveShell, sheet: Sheet) -> None:
    assert has(shell, sheet, None)
    assert has(shell, sheet, None, "%load_ext scopebox\n1")


def test_everything_of_ours_goes_through_it_and_nothing_else(tmp_path: Path) -> None:
    with notebook(str(tmp_path)) as book:
        shown = [
            "%%sandbox hello\n1",
            "%sandbox",
            "%sandbox list",
            "%sandbox request GET /items/articles",
            'current_sandbox().items("articles").read({"limit": 2})',
            'current_sandbox().store.sql("SELECT 1 AS n")',
            "current_sandbox().store.collections",
            'current_sandbox().store.collections["articles"]',
            "current_sandbox().log",
        ]
        book.fine("from scopebox import current_sandbox")
        pages = [book.fine(cell).html for cell in shown]
    assert all('<div class="sbx-out' in page for page in pages)
    assert "".join(pages).count("<style") <= 1


def test_unloading_leaves_the_shell_as_it_was(shell: InteractiveShell) -> None:
    assert shell.display_formatter is not None
    printers = shell.display_formatter.formatters["text/html"].type_printers
    before = dict(printers)
    load(shell)
    assert Displayed in printers
    unload(shell)
    assert dict(printers) == before


def test_an_output_says_everything_without_the_sheet() -> None:
    page = VIEW.html()
    assert "<style" not in page
    assert re.sub(r"<[^>]+>", "", page) == "x"
