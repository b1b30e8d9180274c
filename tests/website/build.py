"""The site: the executed course and gallery, the reference and the pages of ``docs/``, as static files."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import nbformat

from tests.website.links import Rewriting
from tests.website.pages import ROOT, Page, pages
from tests.website.rendering import Renderer, listing, of_markdown, stylesheet

WIDGET: Final = "application/vnd.jupyter.widget-view+json"
SKIPPED: Final = {"__pycache__", ".ipynb_checkpoints", ".pytest_cache"}


def build(out: Path, executed: Mapping[str, nbformat.NotebookNode]) -> None:
    """Write the site into ``out``; the notebooks are taken as they were ``executed``, by their names."""
    known = pages()
    renderer = Renderer(known)
    places = {page.source: page.place for page in known}
    wanted: set[PurePosixPath] = set()
    for page in known:
        rewriting = Rewriting(ROOT, page.source, places)
        _write(out / page.place, renderer.render(page, _notebook(page, executed), rewriting))
        wanted |= rewriting.files
    for named in sorted(wanted):
        if named.name == "README.md":
            wanted = wanted | set(_folder(out, named.parent, renderer, places))
    for named in sorted(file for file in wanted if file.name != "README.md"):
        (out / named).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / named, out / named)
    _write(out / "site.css", stylesheet())


def _notebook(page: Page, executed: Mapping[str, nbformat.NotebookNode]) -> nbformat.NotebookNode:
    if page.source.suffix != ".ipynb":
        return of_markdown((ROOT / page.source).read_text("utf-8"))
    notebook = copy.deepcopy(executed[page.source.relative_to("notebooks").as_posix()])
    for cell in notebook.cells:
        if "outputs" in cell:
            cell.outputs = shown(cell.outputs)
    return notebook


def shown(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return the outputs that stand on a page: a panel without a kernel is what is displayed in front of its widgets."""
    return [output for output in outputs if WIDGET not in output.get("data", {}) or "text/html" in output.data]


def _folder(
    out: Path, folder: PurePosixPath, renderer: Renderer, places: Mapping[PurePosixPath, PurePosixPath]
) -> list[PurePosixPath]:
    """Write the page of a folder without one of its own, and return the files in it."""
    inside = [path for path in sorted((ROOT / folder).rglob("*")) if path.is_file() and not SKIPPED & set(path.parts)]
    files = [PurePosixPath(path.relative_to(ROOT).as_posix()) for path in inside]
    page = Page(folder / "README.md", "", folder.name)
    rewriting = Rewriting(ROOT, page.source, {**places, page.source: page.place})
    _write(out / page.place, renderer.render(page, listing(folder, files), rewriting))
    return files


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
