"""HTML on the page, as a widget."""

from __future__ import annotations

import ipywidgets as widgets
from scopebox.views.style import outermost
from traitlets import validate


class Html(widgets.HTML):  # type: ignore[misc]
    """HTML on the page: whatever it is given stands in an element in which text is text."""

    @validate("value")
    def _framed(self, proposal: dict[str, str]) -> str:
        return outermost(proposal["value"]) if proposal["value"] else ""
