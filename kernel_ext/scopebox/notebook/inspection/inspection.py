"""Help at the cursor (Shift+Tab and Contextual Help in JupyterLab), on our lines and in our cells.

IPython looks a name up among the variables of the notebook, where it finds Python's own ``exec``; inside of a ``%%sandbox`` cell
another one is meant. So the kernel is asked here first, and there nobody else answers, but for builtins that are the same in a cell.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, NamedTuple

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.notebook.arguments import cell_parser
from scopebox.notebook.completion.cells import arguments_of_cell, language_of_cell
from scopebox.notebook.completion.magic_line import after_magic
from scopebox.notebook.completion.slots import slot_at
from scopebox.notebook.inspection import line_pages
from scopebox.notebook.inspection.body_pages import Asked, page_of
from scopebox.notebook.inspection.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.notebook.inspection.pages import Page
    from scopebox.notebook.session import Session

MAX_CELL_CHARACTERS: Final = 50_000  # characters of a cell in which help is looked for
_INSPECT: Final = "do_inspect"
_log: Final = logging.getLogger(__name__)


class Found(NamedTuple):
    """What is known of what stands at a cursor. ``ours``: nobody else is asked."""

    page: Page | None = None
    ours: bool = True


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
            _log.debug("no help", exc_info=True)
            return Found(ours=arguments_of_cell(code.partition("\n")[0]) is not None)

    def at(self, code: str, position: int) -> Found:
        """Return what is known of what stands at a position of a cell."""
        first, _, body = code.partition("\n")
        arguments = arguments_of_cell(first)
        if len(code) > MAX_CELL_CHARACTERS:
            return Found(ours=arguments is not None)
        if arguments is None:
            return self._on_line(code, position)
        if position <= len(first):
            at = position - (len(first) - len(arguments))
            rights = Rights(self._session, arguments, body)
            return Found(line_pages.page_of(self._session, cell_parser(), arguments, at, rights))
        return self._in_body(arguments, body, position - len(first) - 1)

    def _on_line(self, code: str, position: int) -> Found:
        start = code.rfind("\n", 0, position) + 1
        line = code[start:].partition("\n")[0]
        given = after_magic(f"{line} ")
        if given is None:
            return Found(ours=False)
        at = position - start - (len(line) + 1 - len(given))
        return Found(line_pages.verb_page(self._session, given.rstrip(), at))

    def _in_body(self, arguments: str, body: str, at: int) -> Found:
        session = self._session
        box, language = session.ready_box, language_of_cell(session, arguments)
        slot = slot_at(body[:at], language, None if box is None else box.store.schema)
        asked = Asked(slot, body[at:], language, Rights(session, arguments, body), box)
        page = page_of(asked)
        if page is not None or language is not DEFAULT_LANGUAGE or slot.kind != "name":
            return Found(page)
        return Found(ours=asked.word not in session.language.builtins or asked.word in session.shell.user_ns)
