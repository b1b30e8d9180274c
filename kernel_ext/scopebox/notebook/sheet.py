"""The stylesheet of a session's outputs: one output brings it, the others are without one.

An output without it is complete, and only plainer. So it matters little that the output with the sheet may be cleared or deleted; but
the sheet comes again when its cell is run again, after ``%load_ext scopebox``, and with a new kernel. A notebook that is saved or
exported has it where the session had it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.views.parts import Displayed
from scopebox.views.style import SHEET

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.formatters import HTMLFormatter
    from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell

T = TypeVar("T")
HTML: Final = "text/html"
RUN: Final = "pre_run_cell"
_LOAD: Final = "load_ext scopebox"


class Sheet:
    """Shows whatever is :class:`~scopebox.views.parts.Displayed` in a shell, the first of it with the sheet."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._types: set[type] = set()
        self._shown = False
        self._carrier: str | None = None  # the cell whose output has the sheet, where the front end names cells
        self._cell: str | None = None  # the cell that runs

    def attach(self) -> None:
        """Show everything of ours in the shell."""
        self.show(Displayed, lambda shown: shown)
        self._shell.events.register(RUN, self.begin)

    def show(self, kind: type[T], displayed: Callable[[T], Displayed]) -> None:
        """Show every object of a type, which is not ours, as what ``displayed`` makes of it."""
        self._types.add(kind)
        _formatter(self._shell).for_type(kind, lambda shown: self.html(displayed(shown)))  # type: ignore[no-untyped-call]

    def detach(self) -> None:
        """Leave the shell as it was."""
        for kind in self._types:
            _formatter(self._shell).pop(kind, None)  # type: ignore[no-untyped-call]
        self._shell.events.unregister(RUN, self.begin)

    def begin(self, info: ExecutionInfo) -> None:
        """Note which cell runs: what it showed before is gone."""
        self._cell = info.cell_id
        if (self._cell is not None and self._cell == self._carrier) or _LOAD in str(info.raw_cell):
            self._shown = False

    def html(self, shown: Displayed) -> str:
        """Return what is shown, with the sheet if no output has it."""
        page = shown.html()
        if self._shown:
            return page
        self._shown, self._carrier = True, self._cell
        return SHEET + page


def _formatter(shell: InteractiveShell) -> HTMLFormatter:
    assert shell.display_formatter is not None
    found: HTMLFormatter = shell.display_formatter.formatters[HTML]
    return found
