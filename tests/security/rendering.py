"""Everything that a person could be shown of an attack, as HTML and as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from scopebox.errors.traceback_lines import render as render_error
from scopebox.extension.printed import printed
from scopebox.extension.result import result_view
from scopebox.notebook.views import response_view
from scopebox.views.data import Data
from scopebox.views.parts import View, Viewed

from tests.security import steps
from tests.security.corpus import JAVASCRIPT
from tests.security.evidence import Evidence

WIDE = ("widget", "registration", "manifest", "rpc", JAVASCRIPT)  # layers in which the panel is looked at as well


def render(evidence: Evidence) -> None:
    """Fill in the HTML and the text of every view."""
    pages, texts, errors = [], [], []
    if evidence.result is not None:
        with steps.step("the output of the cell"):
            cell = result_view(evidence.result)
            evidence.cell_html, evidence.cell_text = cell.html(), cell.text() + printed(evidence.result.stdout)
        pages.append(evidence.cell_html)
    for error in evidence.errors:
        with steps.step("an error"):
            errors += ["\n".join(render_error(error)), error.message]
    for make in _views(evidence):
        with steps.step("a view"):
            view = make()
            pages.append(view.html())
        with steps.step("a view as text"):
            texts.append(view.text())
    if evidence.attack.layer in WIDE:
        with evidence.world.panel.showing(evidence.box) as panel:
            with steps.step("the panel"):
                pages.append(str(panel.static()))
            texts.append(repr(panel))
    if evidence.attack.layer == "widget":
        pages += [str(collection._repr_html_()) for collection in evidence.box.store.collections.values()]
    evidence.html = "\n".join(pages)
    evidence.text = "\n".join([*texts, *errors, evidence.cell_text])


def _views(evidence: Evidence) -> Iterator[Callable[[], View]]:
    """Yield what makes each view: making one is work, too."""
    box = evidence.box
    viewed: tuple[Viewed, ...] = (box, box.log, box.trace, *box.extensions.values())
    yield from (entry.view for entry in viewed)
    yield from (partial(response_view, response) for response in evidence.responses)
    if evidence.attack.layer == "widget":
        rows = box.store.sql("select id, title, status, views from articles order by id desc limit 20").fetchall()
        items = [dict(zip(("id", "title", "status", "views"), row, strict=True)) for row in rows]
        yield lambda: View((Data(items),), items)
