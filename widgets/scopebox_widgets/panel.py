"""The panel: everything a sandbox holds, as tabs. It shows and calls; it knows nothing that the sandbox does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from IPython.display import publish_display_data
from scopebox.extension.views import named
from scopebox.views.html import Markup, element, join
from scopebox.views.style import UNTYPESET, outermost

from scopebox_widgets import overview, sentences
from scopebox_widgets.busy import Busy
from scopebox_widgets.collections_view import Collections
from scopebox_widgets.console import Console
from scopebox_widgets.html import Html
from scopebox_widgets.least_privilege import LeastPrivilege
from scopebox_widgets.permissions import Permissions
from scopebox_widgets.redraw import Redraw
from scopebox_widgets.registrations import Registered
from scopebox_widgets.style import STYLE
from scopebox_widgets.tabs import Tabs
from scopebox_widgets.timeline import Timeline
from scopebox_widgets.view import View, Voice

if TYPE_CHECKING:
    from scopebox.sandbox.sandbox import Sandbox

VIEWS: Final[tuple[type[View], ...]] = (Permissions, Registered, Console, Timeline, Collections, LeastPrivilege)
WIDGET: Final = "application/vnd.jupyter.widget-view+json"
LIVE: Final = "Where a kernel runs and shows widgets, it has tabs."


class Panel:
    """The views on one sandbox, live in a notebook and readable as HTML where nothing runs.

    Show it as the last expression of a cell, or by ``%sandbox panel``. Made on the main thread; it follows the sandbox until
    :meth:`close`. Everything it does can be done by ``%sandbox`` and by the API as well.
    """

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.voice = Voice()
        self.views = tuple(view(box, self.voice) for view in VIEWS)
        self._overview = overview.Overview(box, self.choose)
        self._tabs = Tabs([(view.title, view.widget) for view in self.views], self._turn)
        self._redraw = Redraw(self.draw)
        self._busy = Busy(self._redraw.mark)
        said = widgets.HBox([self.voice.widget, self._busy.widget])
        parts = [Html(STYLE), self._overview.widget, said, *self._tabs.widgets]
        self.widget = widgets.VBox(parts)
        for name in ("sbx", *UNTYPESET):
            self.widget.add_class(name)
        self._unsubscribe = box.subscribe(self._redraw.mark)
        self.draw()

    def draw(self) -> None:
        """Bring the overview and the open tab up to date; the other tabs follow when they are opened."""
        for view in self.views:
            view.mark()
        self._show()
        self._overview.draw()

    @property
    def _view(self) -> View:
        return self.views[self._tabs.index]

    def _show(self) -> None:
        try:
            self._view.show()
        except Exception as error:  # noqa: BLE001 - a view that cannot be drawn must say so, and leave the others alone
            self._view.fail(error)

    def _turn(self) -> None:
        """Show another tab; what was said in the one before is over."""
        self.voice.turn(self._view)
        self._show()

    def choose(self, extension: str) -> None:
        """Show an extension in the open tab, or its permissions where the tab does not show one at a time."""
        if not self._view.choose(extension):
            self.open(Permissions.title)
            self._view.choose(extension)

    def open(self, title: str) -> None:
        """Open the tab of that title; ValueError if there is none."""
        self._tabs.open(title)

    def close(self) -> None:
        """Stop following the sandbox, and take the panel off the page; idempotent."""
        self._unsubscribe()
        self._redraw.close()
        self._busy.close()
        for view in self.views:
            view.close()
        close(self.widget)

    def static(self) -> Markup:
        """Return everything as HTML that needs no kernel."""
        parts = [Markup(STYLE), overview.static(self.box), *(_part(view) for view in self.views)]
        return Markup(outermost(join(parts), "sbx sbx-static"))

    def __repr__(self) -> str:
        lines = [overview.summary(self.box)]
        lines += [f"  {named(entry)}: {sentences.ability(entry)}" for entry in self.box.extensions.values()]
        return "\n".join(lines)

    def outputs(self) -> tuple[dict[str, object], dict[str, object]]:
        """Return what is shown: everything as HTML, and the widget, which takes its place for as long as there is a kernel.

        A saved notebook that is opened again has no widget any more, and an exported one never had it. The rule that hides the one or
        the other is in the sheet of the first; the second has no HTML of its own, so that nowhere both are read.
        """
        live = self.widget._repr_mimebundle_() or {}
        static: dict[str, object] = {"text/plain": repr(self), "text/html": self.static()}
        return static, {"text/plain": LIVE, **{kind: data for kind, data in live.items() if kind == WIDGET}}

    def _ipython_display_(self) -> None:
        for output in self.outputs():
            publish_display_data(output)  # type: ignore[no-untyped-call]


def close(widget: widgets.Widget) -> None:
    """Close a widget and all below it; ipywidgets closes the outermost alone, and keeps the others for ever."""
    for child in getattr(widget, "children", ()):
        close(child)
    widget.close()


def _part(view: View) -> Markup:
    return element("section", element("h3", view.title), view.static())
