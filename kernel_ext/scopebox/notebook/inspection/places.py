"""The places of a cell at which there is help: its first line, a line of ours, and its body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.notebook.arguments import cell_parser
from scopebox.notebook.completion.cells import arguments_of_cell, language_of_cell
from scopebox.notebook.completion.magic_line import after_magic
from scopebox.notebook.completion.slots import slot_at
from scopebox.notebook.inspection import line_pages
from scopebox.notebook.inspection.body_pages import Asked, page_of
from scopebox.notebook.inspection.found import Found
from scopebox.notebook.inspection.rights import Rights

if TYPE_CHECKING:
    from scopebox.notebook.session import Session

MAX_CELL_CHARACTERS: Final = 50_000  # characters of a cell in which help is looked for


def found_at(session: Session, code: str, position: int) -> Found:
    """Return what is known of what stands at a position of a cell."""
    first, _, body = code.partition("\n")
    arguments = arguments_of_cell(first)
    if len(code) > MAX_CELL_CHARACTERS:
        return Found(ours=arguments is not None)
    if arguments is None:
        return _on_line(session, code, position)
    if position <= len(first):
        at = position - (len(first) - len(arguments))
        rights = Rights(session, arguments, body)
        return Found(line_pages.page_of(session, cell_parser(), arguments, at, rights))
    return _in_body(session, arguments, body, position - len(first) - 1)


def _on_line(session: Session, code: str, position: int) -> Found:
    start = code.rfind("\n", 0, position) + 1
    line = code[start:].partition("\n")[0]
    given = after_magic(f"{line} ")
    if given is None:
        return Found(ours=False)
    at = position - start - (len(line) + 1 - len(given))
    return Found(line_pages.verb_page(session, given.rstrip(), at))


def _in_body(session: Session, arguments: str, body: str, at: int) -> Found:
    box, language = session.ready_box, language_of_cell(session, arguments)
    slot = slot_at(body[:at], language, None if box is None else box.store.schema)
    asked = Asked(slot, body[at:], language, Rights(session, arguments, body), box)
    page = page_of(asked)
    if page is not None or language is not DEFAULT_LANGUAGE or slot.kind != "name":
        return Found(page)
    return Found(ours=asked.word not in session.language.builtins or asked.word in session.shell.user_ns)
