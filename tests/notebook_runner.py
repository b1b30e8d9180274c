"""Runs the notebooks as a reader would: top to bottom in a kernel of their own, then the exercises once more."""

from __future__ import annotations

import asyncio
import copy
import html
import json
import os
import re
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import nbformat
from nbclient import NotebookClient
from scopebox.languages import LANGUAGES, language_of

from tests import portable
from tests.forked_kernels import forked_kernels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scopebox.languages import Language

NOTEBOOKS: Final = Path(__file__).parents[1] / "notebooks"
WORKERS: Final = 2
CELL_SECONDS: Final = 30

_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_MARKUP: Final = re.compile(r"<style.*?</style>|<[^>]*>", re.DOTALL)
_FENCE: Final = re.compile(rf"```({'|'.join(LANGUAGES)})\n(.*?)\n```", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """One cell as it was committed. ``says`` are texts that its output has to hold."""

    number: int
    kind: str
    source: str
    tags: frozenset[str]
    says: tuple[str, ...]
    outputs: int
    count: int | None

    @property
    def raises(self) -> bool:
        """Whether it is meant to end with an error."""
        return "raises-exception" in self.tags

    @property
    def code(self) -> str:
        """The code of a solution, which is a markdown cell."""
        return self._shown[2]

    @property
    def language(self) -> Language:
        """The language of a solution."""
        return language_of(self._shown[1])

    @property
    def _shown(self) -> re.Match[str]:
        found = _FENCE.search(self.source)
        assert found is not None, f"cell {self.number} shows no code"
        return found


@dataclass(frozen=True)
class Exercise:
    """The cell that the learner fills in, its solution, and the cell that checks it."""

    cell: Cell
    solution: Cell
    check: Cell


@dataclass(frozen=True)
class Notebook:
    """A notebook as it was committed."""

    path: Path

    @property
    def name(self) -> str:
        """Its path below the folder of the notebooks."""
        return self.path.relative_to(NOTEBOOKS).as_posix()

    @cached_property
    def data(self) -> dict[str, object]:
        """The JSON of the file."""
        data: dict[str, object] = json.loads(self.path.read_text("utf-8"))
        return data

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells, counted from one."""
        node = nbformat.read(self.path, as_version=4)  # type: ignore[no-untyped-call]
        return tuple(_cell(number, cell) for number, cell in enumerate(node.cells, 1))

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises: cells with the tags exercise, solution and check, in this order."""
        marked = {tag: [cell for cell in self.cells if tag in cell.tags] for tag in ("exercise", "solution", "check")}
        return tuple(Exercise(*cells) for cells in zip(*marked.values(), strict=True))


def _cell(number: int, node: nbformat.NotebookNode) -> Cell:
    says = node.metadata.get("scopebox", {}).get("says", ())
    return Cell(
        number,
        node.cell_type,
        node.source,
        frozenset(node.metadata.get("tags", ())),
        (says,) if isinstance(says, str) else tuple(says),
        len(node.get("outputs", ())),
        node.get("execution_count"),
    )


@dataclass(frozen=True)
class Said:
    """What one execution of a cell came to. ``errors`` is what it wrote to standard error."""

    cell: Cell
    failed: bool
    text: str
    errors: str


@dataclass
class Run:
    """What a notebook came to: its cells as shipped, and what the check said to each attempt, in order."""

    said: list[Said] = field(default_factory=list)
    executed: nbformat.NotebookNode = field(default_factory=nbformat.NotebookNode)  # the notebook with its outputs
    verdicts: list[str] = field(default_factory=list)

    def complaints(self) -> Iterator[str]:
        """What went otherwise than the notebook says."""
        for said in self.said:
            where = f"cell {said.cell.number}"
            if said.failed != said.cell.raises:
                expected = "ended with an error" if said.failed else "was meant to end with an error"
                yield f"{where} {expected}:\n{said.cell.source}\n{said.text}"
            yield from (
                f"{where} does not say {text!r}:\n{said.text}" for text in said.cell.says if text not in said.text
            )


def notebooks() -> list[Notebook]:
    """Every notebook of the course and of the gallery."""
    return [Notebook(path) for path in sorted(NOTEBOOKS.rglob("*.ipynb")) if ".ipynb_checkpoints" not in path.parts]


def course_in(folder: Path) -> Path:
    """Copy the notebooks, and what lies beside them, into a folder of ``folder``."""
    return shutil.copytree(NOTEBOOKS, folder / "notebooks", ignore=shutil.ignore_patterns(".*", "__pycache__"))


class Runner:
    """Runs notebooks, a few at a time; every result is kept.

    ``attempts`` are sources to try in place of an exercise, by notebook. The kernels find ``home`` in place of that of the user,
    and a proxy that lets no request out: no notebook needs a network. They run in a copy of the folder, in which they keep what they write.
    """

    def __init__(self, attempts: dict[str, list[str]], home: Path) -> None:
        self._attempts = attempts
        self._home = home
        self._course = course_in(home)
        self._open = ExitStack()
        self._kernels = self._open.enter_context(forked_kernels()) / "kernels"
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="notebook")
        self._runs: dict[str, Future[Run]] = {}

    def start(self, notebook: Notebook) -> None:
        """Begin to run a notebook, unless that was done."""
        if notebook.name not in self._runs:
            attempts = self._attempts.get(notebook.name, [])
            self._runs[notebook.name] = self._pool.submit(lambda: asyncio.run(self._run(notebook, attempts)))

    def result(self, notebook: Notebook) -> Run:
        """Wait for the end of a notebook."""
        self.start(notebook)
        return self._runs[notebook.name].result()

    def close(self) -> None:
        """Forget what was not begun, and wait for the rest."""
        self._pool.shutdown(cancel_futures=True)
        self._open.close()

    async def _run(self, notebook: Notebook, attempts: list[str]) -> Run:
        node = nbformat.read(notebook.path, as_version=4)  # type: ignore[no-untyped-call]
        failed: list[bool] = []
        client = NotebookClient(
            node,
            timeout=CELL_SECONDS,
            allow_errors=True,
            kernel_name="python3",
            extra_arguments=["--log-level=ERROR"],  # else each warns that its loopback is not encrypted
            resources={"metadata": {"path": str((self._course / notebook.name).parent)}},
            on_cell_executed=lambda execute_reply, **_: failed.append(execute_reply["content"]["status"] == "error"),
        )

        manager = client.create_kernel_manager()
        manager.connection_file = str(self._home / f"{notebook.name.replace('/', '-')}.json")
        manager.kernel_spec_manager.kernel_dirs.insert(0, str(self._kernels))

        async def execute(number: int, source: str | None = None) -> str:
            cell = node.cells[number - 1]
            cell.source = cell.source if source is None else source
            await client.async_execute_cell(cell, number - 1)
            return "\n".join(_text(output) for output in cell.outputs)

        run = Run()
        if portable.forced():
            portable.force_in_kernels(self._home / "ipython")
        places = {
            "HOME": str(self._home),
            "IPYTHONDIR": str(self._home / "ipython"),
            "HTTPS_PROXY": "http://127.0.0.1:9",
        }
        async with client.async_setup_kernel(env={**os.environ, **places}):
            for cell in notebook.cells:
                if cell.kind == "code":
                    text = await execute(cell.number)
                    outputs = node.cells[cell.number - 1].outputs
                    errors = "".join(output.text for output in outputs if output.get("name") == "stderr")
                    run.said.append(Said(cell, failed[-1], text, errors))
            run.executed = copy.deepcopy(node)
            for exercise in notebook.exercises:
                run.verdicts.append(await execute(exercise.check.number))
                for source in attempts:
                    await execute(exercise.cell.number, source)
                    run.verdicts.append(await execute(exercise.check.number))
        return run


def _text(output: nbformat.NotebookNode) -> str:
    match output.output_type:
        case "stream":
            return str(output.text)
        case "error":
            return _COLOUR.sub("", "\n".join(output.traceback))
        case _:
            page = html.unescape(_MARKUP.sub(" ", str(output.data.get("text/html", ""))))
            return f"{output.data.get('text/plain', '')}\n{page}".rstrip()
