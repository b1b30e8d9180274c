"""The words that may stand at the cursor, on the lines of the magics and inside of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.notebook.arguments import cell_parser
from scopebox.notebook.completion import magic_line, offers
from scopebox.notebook.completion.cells import arguments_of_cell, language_of_cell
from scopebox.notebook.completion.magic_line import matching
from scopebox.notebook.completion.slots import slot_at
from scopebox.notebook.verb_table import VERBS

if TYPE_CHECKING:
    from scopebox.languages import Language
    from scopebox.notebook.session import Session

MAX_CELL_CHARACTERS: Final = 50_000  # characters of a cell in which words are looked for
MAX_LINE_CHARACTERS: Final = 10_000  # characters of the line before the cursor
CODE: Final = ("imported", "module", "member", "name")


def completed(session: Session, text: str, line: int, column: int) -> tuple[str, list[str]] | None:
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
            return _in_cell(session, language_of_cell(session, head), "\n".join([*lines[1:line], before]), text)
        given = arguments_of_cell(before)
        return magic_line.for_parser(session, cell_parser(), given) if given else None
    found = magic_line.after_magic(before)
    return _in_line(session, found) if found is not None else None


def _in_line(session: Session, before: str) -> tuple[str, list[str]]:
    verb, space, rest = before.partition(" ")
    if not space:
        return matching(verb, VERBS)
    if verb in ("grant", "deny"):
        return magic_line.for_decision(session, rest)
    return magic_line.for_parser(session, VERBS[verb].parser(), f" {rest}") if verb in VERBS else ("", [])


def _in_cell(session: Session, language: Language, before: str, cell: str) -> tuple[str, list[str]]:
    box = session.ready_box
    slot = slot_at(before, language, None if box is None else box.store.schema)
    if slot.kind in CODE:
        return matching(slot.typed, offers.in_code(slot, language, session.language, cell))
    return matching(slot.typed, offers.words(slot, box))
