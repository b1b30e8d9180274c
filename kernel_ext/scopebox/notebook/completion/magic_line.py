"""What can stand on the line of a magic: options, and what each of them takes."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.languages import ENDINGS
from scopebox.manifest.naming import UNTITLED
from scopebox.notebook.completion import offers
from scopebox.notebook.verb_table import VERBS
from scopebox.vocabulary import METHODS, PERMISSIONS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Mapping

    from scopebox.manifest.manifest import Manifest
    from scopebox.notebook.arguments import Parser
    from scopebox.notebook.session import Session

MAX_COMPLETIONS: Final = 500  # completions of one answer


def matching(fragment: str, candidates: Iterable[str]) -> tuple[str, list[str]]:
    """Return the candidates that begin with ``fragment``, each once, and not more than a front end can show."""
    found = dict.fromkeys(word for word in candidates if word.startswith(fragment) and word != fragment)
    return fragment, list(found)[:MAX_COMPLETIONS]


def for_parser(session: Session, parser: Parser, before: str) -> tuple[str, list[str]]:
    """Return what can follow ``before``, the arguments up to the cursor."""
    *given, last = before.split(" ")
    previous = next((word for word in reversed(given) if word), "")
    option, equals, value = last.partition("=")
    action = parser.action_of(option if equals else previous)
    if action is not None and action.nargs != 0:
        return matching(value if equals else last, _taken_by(session, action))
    if last.startswith("-"):
        return matching(last, parser.options())
    positionals = parser.positionals()[_positionals(parser, given) :]
    taken = _taken_by(session, positionals[0]) if positionals else []
    return matching(last, [*taken, *(parser.options() if not last else ())])


def for_decision(session: Session, before: str) -> tuple[str, list[str]]:
    """Return extensions, and behind one the permissions that can be decided."""
    *given, last = before.split(" ")
    known = _known(session)
    if given and given[0] in known:
        return matching(last, (entry.permission for entry in known[given[0]].permissions if entry.optional))
    return matching(last, known)


def _positionals(parser: Parser, given: list[str]) -> int:
    """Return how many of the words given are positional arguments."""
    count, value_follows = 0, False
    for word in filter(None, given):
        if word.startswith("-"):
            action = parser.action_of(word)
            value_follows = action is not None and action.nargs != 0
        else:
            count += not value_follows
            value_follows = False
    return count


def _taken_by(session: Session, action: argparse.Action) -> list[str]:
    if action.choices is not None:
        return [str(choice) for choice in action.choices]
    source = _SOURCES.get(action.dest)
    return [] if source is None else source(session)


def _known(session: Session) -> dict[str, Manifest]:
    """Return the manifests of all extensions that are loaded or were tried."""
    box = session.ready_box
    loaded = {} if box is None else {name: extension.manifest for name, extension in box.extensions.items()}
    return {**session.tried, **loaded}


def _extensions(session: Session) -> list[str]:
    return list(_known(session)) or [UNTITLED]


def _variables(session: Session) -> list[str]:
    return [name for name in session.shell.user_ns if not name.startswith("_")]


def _files(_: Session) -> list[str]:
    return sorted(str(path) for path in Path().glob("*") if path.name.endswith(ENDINGS))


def _operations(session: Session) -> list[str]:
    return [entry.id for entry in session.ready_box.operations] if session.ready_box else []


def _paths(session: Session) -> list[str]:
    return [entry.path for entry in session.ready_box.endpoints] if session.ready_box else []


def _collections(session: Session) -> list[str]:
    """Return the collections of a project and those of the system, in quotes where that takes some."""
    return [] if session.ready_box is None else [quote(name) for name in session.ready_box.store.schema.all]


def _events(session: Session) -> list[str]:
    return offers.events(offers.collections(session.ready_box))


# By the name of the argument.
_SOURCES: Final[Mapping[str, Callable[[Session], list[str]]]] = MappingProxyType(
    {
        "name": _extensions,
        "grant": lambda _: list(PERMISSIONS),
        "deny": lambda _: list(PERMISSIONS),
        "manifest": _variables,
        "input": _variables,
        "out": _variables,
        "file": _files,
        "operation": _operations,
        "path": _paths,
        "event": _events,
        "method": lambda _: list(METHODS),
        "role": lambda session: offers.roles(session.ready_box),
        "collection": _collections,
        "verb": lambda _: list(VERBS),
    }
)
