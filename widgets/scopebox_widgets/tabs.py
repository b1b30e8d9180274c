"""The tabs of the panel: radio buttons that look like tabs, and the pages between which they choose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Tabs:
    """Pages of which one is shown; calls ``turned`` when that is another one.

    Not ``widgets.Tab``: where JupyterLab makes an output before its cell is part of the page, as it does when all cells are run right
    after a notebook was opened, the tab bar is never told to listen and no tab opens. Radio buttons listen from the start. Which page is
    shown is a matter of the style sheet alone, so that tabs open while the kernel is busy; a browser that cannot read the rule shows all.
    """

    def __init__(self, pages: Iterable[tuple[str, widgets.Widget]], turned: Callable[[], None]) -> None:
        titles, shown = zip(*pages, strict=True)
        self._choice = widgets.RadioButtons(options=titles, index=0)
        self._choice.add_class("sbx-tabs")
        self._choice.observe(lambda _: turned(), "index")
        contents = widgets.VBox(shown)
        contents.add_class("sbx-pages")
        self.widgets: tuple[widgets.Widget, ...] = (self._choice, contents)

    @property
    def index(self) -> int:
        """The place of the page that is shown; the first where a front end says that there is none."""
        return self._choice.index or 0

    def open(self, title: str) -> None:
        """Show the page of that title; ValueError if there is none."""
        self._choice.index = self._choice.options.index(title)
