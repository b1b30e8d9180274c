"""One panel for all attacks: making the controls anew for each would show nothing more of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from scopebox.isolate.pool import IsolatePool
from scopebox.sandbox.sandbox import Sandbox
from scopebox.store.store import Store
from scopebox_widgets import Panel

from tests.security import steps


class OnePanel:
    """A panel that is drawn on one sandbox after the other, and on an empty one between them, so that it keeps nothing of them."""

    def __init__(self, store: Store, pool: IsolatePool) -> None:
        self._parts = store, pool
        self._panel: Panel | None = None

    @contextmanager
    def showing(self, box: Sandbox) -> Iterator[Panel]:
        """Yield the panel, drawn on ``box``."""
        if self._panel is None:
            store, pool = self._parts
            self._empty = Sandbox(store, pool=pool)
            self._panel = Panel(self._empty)
        panel = self._panel
        try:
            with steps.step("the panel"):
                _draw(panel, box)
            yield panel
        finally:
            _draw(panel, self._empty)

    def close(self) -> None:
        """Close the panel, if it was ever made."""
        if self._panel is not None:
            self._panel.close()
            self._empty.close()


def _draw(panel: Panel, box: Sandbox) -> None:
    panel.box = box
    for view in panel.views:
        view.box = box
    panel.draw()
