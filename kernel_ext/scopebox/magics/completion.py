"""Completion through the kernel, so that every front end has it: on the lines of the magics, and inside the cell.

The one place that knows IPython's completer, whose interface is provisional. Whatever goes wrong in here, the answer is no
completions, never an error.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from IPython.core.completer import SimpleCompletion, context_matcher

from scopebox.magics import choices, words
from scopebox.magics.arguments import cell_parser
from scopebox.magics.catalogue import VERBS
from scopebox.magics.choices import matching
from scopebox.magics.place import place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.magics.session import Session

    Matcher = Callable[[CompletionContext], SimpleMatcherResult]

PRIORITY: Final = 1_000  # before all of IPython's own, which know nothing of the cell
_log: Final = logging.getLogger(__name__)

_CELL: Final = re.compile(r"\s*%%sandbox(?=\s|$)")
_LINE: Final = re.compile(r"(?:^|[=;])\s*%sandbox\s+(.*)$")
_COMMENT: Final = re.compile(r"#\s?(.*)$")
_FRAGMENT: Final = re.compile(r"[\w.$-]*$")
_WORD: Final = re.compile(r"\w*$")
_FROM: Final = re.compile(r"\s*from\s+([\w.]+)\s+import\s+(?:\w+\s*,\s*)*\w*$")
_IMPORT: Final = re.compile(r"\s*(?:import|from)\s+(?:[\w.]+\s*,\s*)*([\w.]*)$")
_ATTRIBUTE: Final = re.compile(r"([\w.]*)\.(\w*)$")
_NAMES: Final = re.compile(r"[^\W\d]\w+")


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
        """Take part no more."""
        if shell.Completer is not None:
            matchers = shell.Completer.custom_matchers
            matchers[:] = [entry for entry in matchers if entry is not self._matcher]

    def _make(self) -> Matcher:
        def match(context: CompletionContext) -> SimpleMatcherResult:
            try:
                fragment, found = self.complete(context.full_text, context.cursor_line, context.cursor_position)
            except Exception:  # noqa: BLE001 - IPython would print it into the notebook
                _log.debug("no completions", exc_info=True)
                fragment, found = "", []
            completions = [SimpleCompletion(text=word, type="scopebox") for word in found]
            return {"completions": completions, "matched_fragment": fragment, "suppress": bool(found)}

        marked: Matcher = context_matcher(identifier="scopebox", priority=PRIORITY)(match)
        return marked

    def complete(self, text: str, line: int, column: int) -> tuple[str, list[str]]:
        """Return what stands before the cursor and is replaced, and the words that may replace it."""
        lines = text.split("\n")
        before = lines[line][:column]
        cell = _CELL.match(lines[0])
        if cell is not None and line == 0:
            given = before[cell.end() :]
            return choices.for_parser(self._session, cell_parser(), given) if given else ("", [])
        if cell is not None:
            return self._in_cell("\n".join([*lines[1:line], before]), text)
        found = _LINE.search(before)
        return self._in_line(found[1]) if found is not None else ("", [])

    def _in_line(self, before: str) -> tuple[str, list[str]]:
        verb, space, rest = before.partition(" ")
        if not space:
            return matching(verb, VERBS)
        if verb in ("grant", "deny"):
            return choices.for_decision(self._session, rest)
        return choices.for_parser(self._session, VERBS[verb].parser(), f" {rest}") if verb in VERBS else ("", [])

    def _in_cell(self, before: str, cell: str) -> tuple[str, list[str]]:
        box = self._session.ready_box
        manifest = _manifest_before(before)
        if manifest is not None:
            return matching(_ending(_FRAGMENT, manifest), words.in_manifest(manifest, box))
        place = place_of(before)
        if place.text is not None:
            fragment = place.text.rpartition(",")[2] if place.path[-1:] == ("sort",) else place.text
            return matching(fragment, words.in_text(place, box))
        return self._in_code(before.rpartition("\n")[2], cell)

    def _in_code(self, line: str, cell: str) -> tuple[str, list[str]]:
        language = self._session.language
        word = _ending(_WORD, line)
        if (found := _FROM.match(line)) is not None:
            return matching(word, words.API if found[1] == "directus.api" else language.modules.get(found[1], ()))
        if (found := _IMPORT.match(line)) is not None:
            return matching(found[1], [*language.modules, "directus.api"])
        if (found := _ATTRIBUTE.search(line)) is not None:
            return matching(word, language.members(found[1]))
        return matching(word, sorted({*_NAMES.findall(cell), *words.GIVEN})) if word else ("", [])


def _ending(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[0] if found is not None else ""


def _manifest_before(before: str) -> str | None:
    """Return the lines of the manifest up to the cursor, without comment signs; None outside of the block."""
    inside: list[str] | None = None
    for line in before.split("\n"):
        if line.strip() == "# /// sandbox":
            inside = []
        elif line.strip() == "# ///":
            inside = None
        elif inside is not None:
            comment = _COMMENT.match(line)
            if comment is None:
                return None
            inside.append(comment[1])
    return None if inside is None else "\n".join(inside)
