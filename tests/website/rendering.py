"""One page of the site as HTML, by nbconvert and the stylesheet of JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Final

import nbformat
from jinja2 import pass_context
from jupyter_core.paths import jupyter_path
from jupyterlab_pygments import JupyterStyle
from nbconvert import HTMLExporter
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from tests.website.links import Rewriting
from tests.website.pages import Page, sections

TEMPLATES: Final = Path(__file__).parent
# What stands for an output: HTML before widgets, which need a kernel.
SHOWN: Final = ("text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain")
CONFIG: Final = Config(
    {
        "NbConvertBase": {"display_data_priority": list(SHOWN)},
        "HighlightMagicsPreprocessor": {"enabled": True},
        "TagRemovePreprocessor": {"enabled": True, "remove_input_tags": {"check"}},
        "CSSHTMLHeaderPreprocessor": {"enabled": False},
    }
)
LAB: Final = "lab/static"

_DRAWING: Final = re.compile(r"```mermaid\n(.*?)```", re.DOTALL)
_ARROW: Final = re.compile(r"^ *(\w+) --> (\w+)$", re.MULTILINE)


class _Exporter(HTMLExporter):
    """nbconvert's own, whose markdown links to pages."""

    rewriting: Rewriting

    @pass_context
    def markdown2html(self, context: object, source: str) -> str:
        """Markdown to HTML."""
        return self.rewriting.page(super().markdown2html(context, source))


class Renderer:
    """Makes pages; keeps the exporter, which takes long to make."""

    def __init__(self, pages: list[Page]) -> None:
        self._sections = sections(pages)
        self._exporter = _Exporter(  # type: ignore[no-untyped-call]
            config=CONFIG,
            template_name="template",
            extra_template_basedirs=[str(TEMPLATES)],
            exclude_anchor_links=True,
            exclude_input_prompt=True,
            exclude_output_prompt=True,
        )

    def render(self, page: Page, notebook: nbformat.NotebookNode, rewriting: Rewriting) -> str:
        """Return the HTML of a page, whose files are then in ``rewriting``."""
        self._exporter.rewriting = rewriting
        up = "../" * (len(page.place.parts) - 1)
        resources = {"page": page, "sections": self._sections, "up": up}
        return str(self._exporter.from_notebook_node(notebook, resources)[0])


def of_markdown(text: str) -> nbformat.NotebookNode:
    """Return markdown as a notebook of one cell."""
    drawn = _DRAWING.sub(lambda found: _table(found[1]), text)
    cell = nbformat.v4.new_markdown_cell(drawn, id="page")  # type: ignore[no-untyped-call]
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
    return notebook


def listing(folder: PurePosixPath, files: Sequence[PurePosixPath]) -> nbformat.NotebookNode:
    """Return the page of a folder that has none of its own."""
    rows = "".join(f"- [{file.relative_to(folder)}]({file.relative_to(folder)})\n" for file in files)
    return of_markdown(f"# {folder.name}\n\n{rows}")


def stylesheet() -> str:
    """Return the one stylesheet: JupyterLab's, its two themes, the colours of code, and our own rules."""
    folder = next(Path(path, LAB) for path in jupyter_path("nbconvert", "templates") if Path(path, LAB).is_dir())
    light = (folder / "theme-light.css").read_text("utf-8")
    dark = (folder / "theme-dark.css").read_text("utf-8").replace(":root", 'body[data-jp-theme-light="false"]')
    code = HtmlFormatter(style=JupyterStyle).get_style_defs(".highlight")
    return "\n".join(
        [(folder / "index.css").read_text("utf-8"), light, dark, code, (TEMPLATES / "site.css").read_text("utf-8")]
    )


def _table(drawing: str) -> str:
    """Return a drawing as a table: nothing of a page is drawn by scripts."""
    arrows: dict[str, list[str]] = {}
    for here, there in _ARROW.findall(drawing):
        arrows.setdefault(here.replace("_", " "), []).append(there)
    rows = "".join(f"| {here} | {', '.join(there)} |\n" for here, there in arrows.items())
    return f"| folder | rests on |\n| --- | --- |\n{rows}"
