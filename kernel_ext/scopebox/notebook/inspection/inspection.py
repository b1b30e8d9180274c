"""Help at the cursor (Shift+Tab and Contextual Help in JupyterLab), on our lines and in our cells.

IPython looks a name up among the variables of the notebook, where it finds Python's own ``exec``; inside of a ``%%sandbox`` cell
another one is meant. So the kernel is asked here first, and there nobody else answers, but for builtins that are the same in a cell.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from scopebox.notebook.inspection.found import Found

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.notebook.session import Session

_INSPECT: Final = "do_inspect"
_log: Final = logging.getLogger(__name__)


class Inspection:
    """Answers the kernel's requests for help in the cells of a shell, and stops doing so."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._inspect: Callable[..., object] | None = None
        self._before: object = None

    def attach(self, shell: InteractiveShell) -> None:
        """Answer first, where the shell has a kernel; outside of one nobody asks."""
        kernel = getattr(shell, "kernel", None)
        if kernel is None or self._inspect is not None:
            return
        otherwise = kernel.do_inspect
        self._before = vars(kernel).get(_INSPECT)

        def do_inspect(
            code: str, cursor_pos: int, detail_level: int = 0, omit_sections: Collection[str] = ()
        ) -> object:
            found = self._found(code, cursor_pos) if self._inspect is do_inspect else Found(ours=False)
            if not found.ours:
                return otherwise(code, cursor_pos, detail_level, omit_sections)
            data = (
                {} if found.page is None else {"text/plain": found.page.plain(), "text/markdown": found.page.markdown()}
            )
            return {"status": "ok", "found": bool(data), "data": data, "metadata": {}}

        self._inspect = kernel.do_inspect = do_inspect

    def detach(self, shell: InteractiveShell) -> None:
        """Leave the answers to whoever gave them before; where somebody else asks us by now, pass on what is asked."""
        kernel, ours, self._inspect = getattr(shell, "kernel", None), self._inspect, None
        if kernel is None or ours is None or vars(kernel).get(_INSPECT) is not ours:
            return
        if self._before is None:
            vars(kernel).pop(_INSPECT)
        else:
            kernel.do_inspect = self._before

    def _found(self, code: str, position: int) -> Found:
        try:
            return self.at(code, position)
        except Exception:  # noqa: BLE001 - the kernel would end its answer with it
            from scopebox.notebook.completion.cells import arguments_of_cell  # noqa: PLC0415 - as in at

            _log.debug("no help", exc_info=True)
            return Found(ours=arguments_of_cell(code.partition("\n")[0]) is not None)

    def at(self, code: str, position: int) -> Found:
        """Return what is known of what stands at a position of a cell."""
        from scopebox.notebook.inspection.places import found_at  # noqa: PLC0415 - the first cell need not wait for it

        return found_at(self._session, code, position)
