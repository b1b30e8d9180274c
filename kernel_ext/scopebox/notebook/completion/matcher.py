"""Completion through the kernel, so that every front end has it: on the lines of the magics, and inside the cell.

The one place that knows IPython's completer, whose interface is provisional. Whatever goes wrong in here, the answer is no
completions, never an error. On our lines and in our cells nobody else answers: what IPython knows is not there.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from IPython.core.completer import SimpleCompletion, context_matcher

from scopebox.notebook.arguments import cell_parser
from scopebox.notebook.completion import magic_line, offers
from scopebox.notebook.completion.cells import arguments_of_cell, language_of_cell
from scopebox.notebook.completion.magic_line import matching
from scopebox.notebook.completion.slots import slot_at
from scopebox.notebook.verb_table import VERBS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.languages import Language
    from scopebox.notebook.session import Session

    Matcher = Callable[[CompletionContext], SimpleMatcherResult]

PRIORITY: Final = 1_000  # before all of IPython's own, which know nothing of the cell
MAX_CELL_CHARACTERS: Final = 50_000  # characters of a cell in which words are looked for
MAX_LINE_CHARACTERS: Final = 10_000  # characters of the line before the cursor
CODE: Final = ("imported", "module", "member", "name")
_log: Final = logging.getLogger(__name__)


class Nothing:
    """No completions, and none of anybody else: IPython keeps its own back only for an answer that has a length."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[SimpleCompletion]:
        return iter(())


class Completion:
    """Adds itself to the completer of a shell, and takes itself away again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._matcher = self._make()

    def attach(self, shell: InteractiveShell) -> None:
        """Take part in completions of ``shell``."""
        if shell.Completer is not None:
            shell.Completer.custom_matchers.append(self._matcher)

    def detach(self, shell: InteractiveShell) -> None:
        """Stop completing."""
        if shell.Completer is not None:
            matchers = shell.Completer.custom_matchers
            matchers[:] = [entry for entry in matchers if entry is not self._matcher]

    def _make(self) -> Matcher:
        def match(context: CompletionContext) -> SimpleMatcherResult:
            try:
                answer = self.complete(context.full_text, context.cursor_line, context.cursor_position)
            except Exception:  # noqa: BLE001 - IPython would print it into the notebook
                _log.debug("no completions", exc_info=True)
                answer = None
            fragment, found = answer or ("", [])
            completions = [SimpleCompletion(text=word, type="scopebox") for word in found]
            shown = completions or (Nothing() if answer is not None else [])
            return {"completions": shown, "matched_fragment": fragment, "suppress": answer is not None}  # type: ignore[typeddict-item]

        marked: Matcher = context_matcher(identifier="scopebox", priority=PRIORITY)(match)
        return marked

    def complete(self, text: str, line: int, column: int) -> tuple[str, list[str]] | None:
        """Return what stands before the cursor and is replaced, and the words that may replace it; None where it is not ours."""
        head = arguments_of_cell(text.partition("\n")[0])
        if len(text) > MAX_CELL_CHARACTERS:
            return None if head is None else ("", [])
        lines = text.split("\n")
        before = lines[line][:column]
        if len(before) > MAX_LINE_CHARACTERS:
            return None if head is None else ("", [])
        if head is not None:
            if line:
                return self._in_cell(language_of_cell(self._session, head), "\n".join([*lines[1:line], before]), text)
            given = arguments_of_cell(before)
            return magic_line.for_parser(self._session, cell_parser(), given) if given else None
        found = magic_line.after_magic(before)
        return self._in_line(found) if found is not None else None

    def _in_line(self, before: str) -> tuple[str, list[str]]:
        verb, space, rest = before.partition(" ")
        if not space:
            return matching(verb, VERBS)
        if verb in ("grant", "deny"):
            return magic_line.for_decision(self._session, rest)
        return magic_line.for_parser(self._session, VERBS[verb].parser(), f" {rest}") if verb in VERBS else ("", [])

    def _in_cell(self, language: Language, before: str, cell: str) -> tuple[str, list[str]]:
        box = self._session.ready_box
        slot = slot_at(before, language, None if box is None else box.store.schema)
        if slot.kind in CODE:
            return matching(slot.typed, offers.in_code(slot, language, self._session.language, cell))
        return matching(slot.typed, offers.words(slot, box))
