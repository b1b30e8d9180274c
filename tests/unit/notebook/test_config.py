"""``%config ScopeboxMagics.lang``: what the cells of a notebook are written in unless they say so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shells import Notebook, notebook


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Notebook]:
    with notebook(str(tmp_path)) as made:
        yield made


def test_a_language_that_there_is_not_is_refused_with_the_names(
    book: Notebook, caplog: pytest.LogCaptureFixture
) -> None:
    book.run('%config ScopeboxMagics.lang = "javascript"')
    assert "The language of a cell is one of python, js, ts, not 'javascript'" in caplog.text
    assert book.fine("%%sandbox hello\n1 + 1").text.startswith("2\n")


def test_a_cell_that_says_its_language_wins(book: Notebook) -> None:
    book.fine('%config ScopeboxMagics.lang = "ts"')
    assert book.fine("%%sandbox hello --lang python\n1 + 1").text.startswith("2\n")


def test_the_ending_of_a_file_wins(book: Notebook, tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text("len('four')")
    book.fine('%config ScopeboxMagics.lang = "js"')
    assert book.fine(f"%sandbox --file {tmp_path / 'hello.py'}").text.startswith("4\n")
