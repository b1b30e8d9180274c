"""Busy: while a cell runs, clicks wait for it; the panel says so before it begins, as nothing can be said while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.views.html import element

from scopebox_widgets.html import Html

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.events import EventManager

WORDS = "A cell is running: clicks wait until it ends. Interrupt the kernel to stop it."


class Busy:
    """A line that appears when a cell takes longer than a moment; calls ``ended`` after each cell.

    The page delays it (see the stylesheet), so that short cells do not make it flicker.
    """

    def __init__(self, ended: Callable[[], None]) -> None:
        self.widget = Html()
        self._ended = ended
        self._events = _events()
        if self._events is not None:
            self._events.register("pre_run_cell", self._before)
            self._events.register("post_run_cell", self._after)

    def _before(self, *_: object) -> None:
        self.widget.value = element("p", WORDS, class_="sbx-busy", data_sbx="busy")

    def _after(self, *_: object) -> None:
        self.widget.value = ""
        self._ended()

    def close(self) -> None:
        """Stop listening."""
        if self._events is not None:
            self._events.unregister("pre_run_cell", self._before)
            self._events.unregister("post_run_cell", self._after)
            self._events = None


def _events() -> EventManager | None:
    """Return the events of the shell; None outside of one."""
    from IPython import get_ipython  # noqa: PLC0415 - imported only where there may be a shell

    shell = get_ipython()
    return None if shell is None else shell.events
