"""Completion through the kernel, so that every front end has it: on the lines of the magics, and inside the cell.

The one place that knows IPython's completer, whose interface is provisional. Whatever goes wrong in here, the answer is no
completions, never an error.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from IPython.core.completer import SimpleCompletion, context_matcher

from scopebox.magics import words
from scopebox.magics.arguments import Parser, cell_parser
from scopebox.magics.catalogue import VERBS
from scopebox.magics.place import place_of
from scopebox.names import UNTITLED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from IPython.core.completer import CompletionContext, MatcherAPIv2, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.magics.session import Session

MOST: Final = 500  # completions of one answer
PRIORITY: Final = 1_000  # before all of IPython's own, which know nothing of the cell
_log: Final = logging.getLogger(__name__)

_CELL: Final = re.compile(r"\s*%%sandbox(?=\s|$)")
_LINE: Final = re.compile(r"(?:^|[=;])\s*%sandbox\s+(.*)$")
_COMMENT: Final = re.compile(r"#\s?(.*)$")
_FRAGMENT: Final = re.compile(r"[\w.$-]*$")
_WORD: Final = re.compile(r"\w*$")
_IMPORT: Final = re.compile(r"\s*from\s+directus\.api\s+import\s+(?:\w+\s*,\s*)*\w*$")
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

    def _make(self) -> MatcherAPIv2:
        @context_matcher(identifier="scopebox", priority=PRIORITY)
        def match(context: CompletionContext) -> SimpleMatcherResult:
            try:
                fragment, found = self.complete(context.full_text, context.cursor_line, context.cursor_position)
            except Exception:  # an error in a matcher would be printed into the notebook
                _log.debug("no completions", exc_info=True)
                fragment, found = "", []
            completions = [SimpleCompletion(text=word, type="scopebox") for word in found]
            return {"completions": completions, "matched_fragment": fragment, "suppress": bool(found)}

        return match

    def complete(self, text: str, line: int, column: int) -> tuple[str, list[str]]:
        """Return what stands before the cursor and is replaced, and the words that may replace it."""
        lines = text.split("\n")
        before = lines[line][:column]
        cell = _CELL.match(lines[0])
        if cell is not None and line == 0:
            return self._options(cell_parser(), before[cell.end() :]) if column > cell.end() else ("", [])
        if cell is not None:
            return self._body("\n".join([*lines[1:line], before]), text)
        found = _LINE.search(before)
        return self._verb(found[1]) if found is not None else ("", [])

    # the lines of the magics

    def _verb(self, words_before: str) -> tuple[str, list[str]]:
        verb, space, rest = words_before.partition(" ")
        if not space:
            return matching(verb, VERBS)
        if verb in ("grant", "deny"):
            return matching(rest.rpartition(" ")[2], self._decisions(rest.split()[: rest.count(" ")]))
        return self._options(VERBS[verb].parser(), f" {rest}") if verb in VERBS else ("", [])

    def _decisions(self, given: list[str]) -> Iterable[str]:
        """Return extensions, and behind one the permissions that can be decided."""
        known = {**self._session.tried}
        box = self._session.ready_box
        if box is not None:
            known |= {name: extension.manifest for name, extension in box.extensions.items()}
        if given and given[0] in known:
            return [entry.permission for entry in known[given[0]].permissions if entry.optional]
        return known

    def _options(self, parser: Parser, before: str) -> tuple[str, list[str]]:
        *given, last = before.split(" ")
        previous = next((word for word in reversed(given) if word), "")
        option, equals, value = last.partition("=")
        action = parser.action_of(option) if equals else parser.action_of(previous)
        if action is not None and action.nargs != 0:
            return matching(value if equals else last, self._values(action.dest, action.choices))
        if last.startswith("-"):
            return matching(last, parser.options())
        positionals = parser.positionals()[_positionals(parser, given) :]
        names = self._values(positionals[0].dest, positionals[0].choices) if positionals else []
        return matching(last, [*names, *(parser.options() if not last else ())])

    def _values(self, kind: str, choices: Iterable[object] | None) -> list[str]:
        """Return what an argument of that name may be."""
        if choices is not None:
            return [str(choice) for choice in choices]
        box = self._session.ready_box
        variables = [name for name in self._session.shell.user_ns if not name.startswith("_")]
        match kind:
            case "name":
                return list(dict.fromkeys([*(box.extensions if box else ()), *self._session.tried])) or [UNTITLED]
            case "grant" | "deny":
                return list(words.PERMISSIONS)
            case "manifest" | "input" | "out":
                return variables
            case "file":
                return sorted(str(path) for path in Path().glob("*.py"))
            case "operation":
                return [entry.id for entry in box.operations] if box else []
            case "path":
                return [entry.path for entry in box.endpoints] if box else []
            case "method":
                return list(words.METHODS)
            case "role":
                return words.roles(box)
            case "collection":
                return list(box.store.schema.collections) if box else []
            case _:
                return []

    # the cell

    def _body(self, before: str, cell: str) -> tuple[str, list[str]]:
        box = self._session.ready_box
        manifest = _manifest_before(before)
        if manifest is not None:
            return matching(_FRAGMENT.search(manifest)[0], words.in_manifest(manifest, box))  # type: ignore[index]
        place = place_of(before)
        if place.text is not None:
            fragment = place.text.rpartition(",")[2] if place.path[-1:] == ("sort",) else place.text
            return matching(fragment, words.in_text(place, box))
        line = before.rpartition("\n")[2]
        word = _WORD.search(line)[0]  # type: ignore[index]
        if _IMPORT.match(line):
            return matching(word, words.API)
        if not word or line[: len(line) - len(word)].endswith("."):
            return "", []
        known = set(_NAMES.findall(cell)) - {word}
        return matching(word, sorted({*known, *words.GIVEN}))


def _positionals(parser: Parser, given: list[str]) -> int:
    """Return how many of the words given are no options and no values of options."""
    count, value_follows = 0, False
    for word in filter(None, given):
        if word.startswith("-"):
            action = parser.action_of(word)
            value_follows = action is not None and action.nargs != 0
        else:
            count += not value_follows
            value_follows = False
    return count


def matching(fragment: str, candidates: Iterable[str]) -> tuple[str, list[str]]:
    """Return the candidates that begin with ``fragment``, each once, and not more than a front end can show."""
    found = dict.fromkeys(word for word in candidates if word.startswith(fragment) and word != fragment)
    return fragment, list(found)[:MOST]


def _manifest_before(before: str) -> str | None:
    """Return the lines of the manifest up to the cursor, without comment signs; None outside of the block."""
    lines = before.split("\n")
    inside: list[str] | None = None
    for line in lines:
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
