"""The tour: committed without outputs, run from the first cell to the last, every cell showing what it promises."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import nbformat
import pytest
from nbclient import NotebookClient

from tests.kernel.kernels import close_loop

TOUR: Final = Path(__file__).parents[2] / "notebooks" / "00-tour.ipynb"
SOURCE: Final = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
CODE: Final = {cell.id: cell for cell in SOURCE.cells if cell.cell_type == "code"}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, nbformat.NotebookNode]]:
    """The cells of the tour with their outputs, by id; only cells that fail on purpose may fail."""
    home = str(tmp_path_factory.mktemp("home"))
    notebook = nbformat.read(TOUR, as_version=4)  # type: ignore[no-untyped-call]
    client = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(TOUR.parent)}})
    # No proxy would let a request out: the tour needs no network.
    places = dict.fromkeys(("HOME", "IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"), home)
    client.execute(env={**os.environ, **places, "HTTPS_PROXY": "http://127.0.0.1:9"})
    yield {cell.id: cell for cell in notebook.cells}
    asyncio.set_event_loop(None)
    close_loop()


def shown(cell: nbformat.NotebookNode) -> str:
    """All that a cell shows, in its plain and its rich form."""
    parts: list[str] = []
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(output.text)
        elif output.output_type == "error":
            parts += output.traceback
        else:
            parts += [str(data) for data in output.data.values()]
    return "\n".join(parts)


def test_it_is_committed_without_outputs() -> None:
    assert [cell.id for cell in CODE.values() if cell.outputs or cell.execution_count is not None] == []


def test_it_carries_no_state_of_widgets() -> None:
    assert set(SOURCE.metadata) == {"kernelspec", "language_info"}


@pytest.mark.parametrize("name", CODE)
def test_the_cell_shows_what_it_promises(ran: dict[str, nbformat.NotebookNode], name: str) -> None:
    promised = CODE[name].metadata.get("scopebox", {}).get("says", [])
    text = shown(ran[name])
    assert [words for words in promised if words not in text] == [], text


def test_the_cells_that_fail_on_purpose_fail_and_no_other(ran: dict[str, nbformat.NotebookNode]) -> None:
    failed = [name for name in CODE if any(output.output_type == "error" for output in ran[name].outputs)]
    assert failed == [name for name, cell in CODE.items() if "raises-exception" in cell.metadata.get("tags", [])]
    assert len(failed) == 2


def test_nothing_is_written_to_standard_error(ran: dict[str, nbformat.NotebookNode]) -> None:
    texts = [output.text for name in CODE for output in ran[name].outputs if output.get("name") == "stderr"]
    assert texts == []
