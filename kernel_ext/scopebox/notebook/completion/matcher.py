"""Completion through the kernel, so that every front end has it: on the lines of the magics, and inside the cell.

The one place that knows IPython's completer, whose interface is provisional. Whatever goes wrong in here, the answer is no
completions, never an error.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Final

from IPython.core.completer import SimpleCompletion, context_matcher

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.manifest.object_notation import is_notation
from scopebox.notebook.arguments import cell_parser
from scopebox.notebook.completion import javascript_cursor, javascript_names, magic_line, offers
from scopebox.notebook.completion.cells import arguments_of_cell, language_of_cell, manifest_before
from scopebox.notebook.completion.cursor import place_of
from scopebox.notebook.completion.help import Help
from scopebox.notebook.completion.magic_line import matching
from scopebox.notebook.verb_table import VERBS
from scopebox.vocabulary import SCOPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.languages import Language
    from scopebox.notebook.completion.cursor import Place
    from scopebox.notebook.session import Session

    Matcher = Callable[[CompletionContext], SimpleMatcherResult]

PRIORITY: Final = 1_000  # before all of IPython's own, which know nothing of the cell
_log: Final = logging.getLogger(__name__)

MAX_CELL_CHARACTERS: Final = 50_000  # characters of a cell in which completions are looked for
MAX_LINE_CHARACTERS: Final = 10_000  # characters of the line before the cursor
_LINE: Final = "%sandbox"
_NAMES: Final = re.compile(r"[^\W\d]\w+")


class Completion:
    """Adds itself to the completer of a shell, and takes itself away again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._matcher = self._make()
        self._help = Help(session)

    def attach(self, shell: InteractiveShell) -> None:
        """Take part in completions of ``shell``, and in its help."""
        self._help.attach(shell)
        if shell.Completer is not None:
            shell.Completer.custom_matchers.append(self._matcher)

    def detach(self, shell: InteractiveShell) -> None:
        """Stop completing and helping."""
        self._help.detach(shell)
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
        if len(text) > MAX_CELL_CHARACTERS:
            return "", []
        lines = text.split("\n")
        before = lines[line][:column]
        if len(before) > MAX_LINE_CHARACTERS:
            return "", []
        head = arguments_of_cell(lines[0])
        if head is not None:
            if line:
                return self._in_cell(language_of_cell(self._session, head), "\n".join([*lines[1:line], before]), text)
            given = arguments_of_cell(before)
            return magic_line.for_parser(self._session, cell_parser(), given) if given else ("", [])
        found = _after_magic(before)
        return self._in_line(found) if found is not None else ("", [])

    def _in_line(self, before: str) -> tuple[str, list[str]]:
        verb, space, rest = before.partition(" ")
        if not space:
            return matching(verb, VERBS)
        if verb in ("grant", "deny"):
            return magic_line.for_decision(self._session, rest)
        return magic_line.for_parser(self._session, VERBS[verb].parser(), f" {rest}") if verb in VERBS else ("", [])

    def _in_cell(self, language: Language, before: str, cell: str) -> tuple[str, list[str]]:
        manifest = manifest_before(before, language)
        if manifest is not None:
            return self._in_manifest(manifest)
        if language is not DEFAULT_LANGUAGE:
            return self._in_javascript(before, cell)
        place = place_of(before)
        return self._in_text(place) if place.text is not None else self._in_code(before.rpartition("\n")[2], cell)

    def _in_manifest(self, text: str) -> tuple[str, list[str]]:
        box = self._session.ready_box
        if not is_notation(text):
            return matching(offers.ending(text, ".$-"), offers.in_manifest(text, box))
        place = javascript_cursor.place_of(text if text.lstrip().startswith(("{", "[")) else f"{{{text}")
        word = place.key if place.text is None else place.text
        return ("", []) if word is None else matching(word, offers.in_objects(place, box))

    def _in_text(self, place: Place) -> tuple[str, list[str]]:
        text = place.text or ""
        _, reference, name = text.rpartition(offers.REFERENCE)
        if reference and "}" not in name:
            return matching(name, (f"{each}}}}}" for each in offers.secrets(self._session.ready_box)))
        fragment = text.rpartition(",")[2] if place.path[-1:] == ("sort",) else text
        return matching(fragment, offers.in_text(place, self._session.ready_box))

    def _in_javascript(self, before: str, cell: str) -> tuple[str, list[str]]:
        place, line = javascript_cursor.place_of(before), before.rpartition("\n")[2]
        if place.text is not None:
            if javascript_names.names_module(line[: len(line) - len(place.text) - 1]):
                return matching(place.text, [javascript_names.MODULE])
            return self._in_text(place)
        word, path = offers.ending(line, "$"), offers.ending(line, "$.")
        owner, dot, _ = path.rpartition(".")
        if dot:
            return matching(word, javascript_names.members(owner))
        keys = () if place.key is None else offers.in_text(place, self._session.ready_box)
        names = javascript_names.imported(line) or keys
        if names or not word:
            return matching(word, names)
        return matching(word, sorted({*_NAMES.findall(cell), *javascript_names.WORDS}))

    def _in_code(self, line: str, cell: str) -> tuple[str, list[str]]:
        language = self._session.language
        word, path = offers.ending(line), offers.ending(line, ".")
        module = _imported_from(line)
        if module is not None:
            return matching(word, SCOPES if module == "directus.api" else language.modules.get(module, ()))
        if _imports(line, path):
            return matching(path, [*language.modules, "directus.api"])
        owner, dot, _ = path.rpartition(".")
        if dot:
            return matching(word, language.members(owner))
        return matching(word, sorted({*_NAMES.findall(cell), *offers.GIVEN})) if word else ("", [])


def _after_magic(line: str) -> str | None:
    """Return what follows ``%sandbox`` where it stands at the beginning, or behind an assignment; None elsewhere."""
    head, _, rest = line.partition(_LINE)
    before = head.rstrip()
    if not rest[:1].isspace() or (before and before[-1] not in "=;"):
        return None
    return rest.lstrip()


def _imported_from(line: str) -> str | None:
    """Return the module of ``from … import``, behind which the cursor stands; None anywhere else."""
    match line.split(None, 3):
        case ["from", module, "import", *rest] if rest or line[-1].isspace():
            return module
        case _:
            return None


def _imports(line: str, path: str) -> bool:
    """Whether the ``path`` at the cursor is the name of a module, behind ``import`` or ``from``."""
    match line[: len(line) - len(path)].split(None, 1):
        case ["import" | "from"]:
            return line[: len(line) - len(path)][-1].isspace()
        case ["import" | "from", names]:
            return names.rstrip().endswith(",")
        case _:
            return False
