"""The page for what stands at the cursor on the line of a magic: a verb, an option, or what one of them takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.notebook.completion.magic_line import argument_at
from scopebox.notebook.inspection.functions import default_page, exec_page
from scopebox.notebook.inspection.pages import Code, Page
from scopebox.notebook.verb_table import VERBS, help_text
from scopebox.text.messages import listed
from scopebox.vocabulary import EXECUTION_TYPES, TYPES

if TYPE_CHECKING:
    from argparse import Action

    from scopebox.notebook.arguments import Parser
    from scopebox.notebook.inspection.rights import Rights
    from scopebox.notebook.session import Session

_ITEMS: Final = "/items/"
_PERMISSIONS: Final = ("grant", "deny", "permissions", "words")  # arguments that name execution types


def verb_page(session: Session, given: str, at: int) -> Page:
    """Return the page for a place of what follows ``%sandbox``; the one of all verbs where none stands."""
    verb, _, rest = given.partition(" ")
    if verb not in VERBS or at < 0:
        return Page("", (Code(help_text()),))
    parser = VERBS[verb].parser()
    return page_of(session, parser, f" {rest}", at - len(verb), None)


def page_of(session: Session, parser: Parser, given: str, at: int, rights: Rights | None) -> Page:
    """Return the page for a place of the arguments ``given`` of a magic; the one of the magic itself in front of them."""
    whole = Page("", (Code(parser.help_text()),))
    if at <= 0:
        return whole
    end = given.find(" ", at)
    argument = argument_at(parser, given[: end if end >= 0 else len(given)])
    if argument.option is not None:
        return _option_page(parser, argument.option)
    if argument.taker is None:
        return whole
    found = _of_value(session, argument.taker, argument.typed, rights)
    return found or _option_page(parser, argument.taker)


def _option_page(parser: Parser, action: Action) -> Page:
    """Return what an argument means and takes, with an example of the magic that has it."""
    meta = " ".join(action.metavar) if isinstance(action.metavar, tuple) else action.metavar or ""
    name = ", ".join(action.option_strings)
    about = action.help or ""
    choices = f"One of {listed([str(choice) for choice in action.choices])}." if action.choices else ""
    with_it = [text for text in parser.examples if any(option in text.split() for option in action.option_strings)]
    usage = parser.help_text().partition("\n\n")[0]
    return Page(
        f"{name} {meta}".strip(),
        (f"{about[:1].upper()}{about[1:]}." if about else "", choices, Code(usage)),
        (with_it or [""])[0].strip(),
    )


def _of_value(session: Session, action: Action, word: str, rights: Rights | None) -> Page | None:  # noqa: PLR0911 - one return a kind
    """Return the page of what an argument names: a role, a collection, an event, an extension, an execution type."""
    from scopebox.notebook.inspection import data_pages  # noqa: PLC0415 - loading must be quick

    box, name = session.ready_box, action.dest
    if name in _PERMISSIONS and word in EXECUTION_TYPES:
        return exec_page(word, DEFAULT_LANGUAGE, rights)
    if name == "type":
        return default_page(word, DEFAULT_LANGUAGE) if word in TYPES else None
    if name == "verb" and word in VERBS:
        return Page("", (Code(VERBS[word].parser().help_text()),))
    if name == "event":
        return data_pages.event_page(word)
    if box is None:
        return None
    if word in box.extensions:
        return Page(word, (Code(box.extensions[word].view().text()),))
    if name == "role":
        return data_pages.role_page(box, word)
    if name == "collection":
        return data_pages.collection_page(box, word.strip("'\""))
    if name == "path" and word.startswith(_ITEMS):
        return data_pages.collection_page(box, word.removeprefix(_ITEMS).partition("?")[0].partition("/")[0])
    return None
