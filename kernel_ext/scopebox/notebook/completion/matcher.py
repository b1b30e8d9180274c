"""Completion through the kernel, so that every front end has it: on the lines of the magics, and inside the cell.

The one place that knows IPython's completer, whose interface is provisional. Whatever goes wrong in here, the answer is no
completions, never an error. On our lines and in our cells nobody else answers: what IPython knows is not there.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from IPython.core.completer import SimpleCompletion, context_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.notebook.session import Session

    Matcher = Callable[[CompletionContext], SimpleMatcherResult]

PRIORITY: Final = 1_000  # before all of IPython's own, which know nothing of the cell
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
        from scopebox.notebook.completion.words import completed  # noqa: PLC0415 - the first cell need not wait for it

        return completed(self._session, text, line, column)
