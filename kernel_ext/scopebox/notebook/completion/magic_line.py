"""What can stand on the line of a magic: options, and what each of them takes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from shlex import quote
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Final

from scopebox.languages import ENDINGS
from scopebox.manifest.naming import UNTITLED
from scopebox.notebook.completion import offers
from scopebox.notebook.verb_table import VERBS
from scopebox.vocabulary import METHODS, PERMISSIONS

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Callable, Iterable, Mapping

    from scopebox.notebook.arguments import Parser
    from scopebox.notebook.session import Session

MAX_COMPLETIONS: Final = 500  # completions of one answer
MAX_FILES: Final = 2_000  # of a folder that are looked at
_LINE: Final = "%sandbox"
_TAKEN_APART: Final = re.compile(r"([\s'\"\\])")  # what a word of a line would end at, or lose
_ESCAPED: Final = r"\\\1"


def matching(fragment: str, candidates: Iterable[str]) -> tuple[str, list[str]]:
    """Return the candidates that begin with ``fragment``, each once, and not more than a front end can show."""
    found = dict.fromkeys(word for word in candidates if word.startswith(fragment) and word != fragment)
    return fragment, list(found)[:MAX_COMPLETIONS]


def after_magic(line: str) -> str | None:
    """Return what follows ``%sandbox`` where it stands at the beginning, or behind an assignment; None elsewhere."""
    head, _, rest = line.partition(_LINE)
    before = head.rstrip()
    if not rest[:1].isspace() or (before and before[-1] not in "=;"):
        return None
    return rest.lstrip()


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands at a place of a line: ``typed`` of the name of an option, or of what ``taker`` takes. ``option`` is the one of that name."""

    typed: str
    taker: Action | None = None
    option: Action | None = None


def argument_at(parser: Parser, before: str) -> Argument:
    """Return what stands at the end of ``before``, the arguments up to the cursor."""
    *given, last = before.split(" ")
    previous = next((word for word in reversed(given) if word), "")
    option, equals, value = last.partition("=")
    action = parser.action_of(option if equals else previous)
    if action is not None and action.nargs != 0:
        return Argument(value if equals else last, action)
    if last.startswith("-"):
        return Argument(last, option=parser.action_of(last))
    positionals = parser.positionals()
    at = _positionals(parser, given)
    many = positionals[-1:] if positionals and positionals[-1].nargs == "*" else []
    return Argument(last, next(iter([*positionals[at:], *many]), None))


def for_parser(session: Session, parser: Parser, before: str) -> tuple[str, list[str]]:
    """Return what can follow ``before``, the arguments up to the cursor."""
    argument = argument_at(parser, before)
    typed = argument.typed
    taken = () if argument.taker is None else _taken_by(session, argument.taker, typed)
    if argument.taker is not None and argument.taker.option_strings:
        return matching(typed, taken)
    if typed.startswith("-"):
        return matching(typed, parser.options())
    return matching(typed, [*taken, *(parser.options() if not typed else ())])


def for_decision(session: Session, before: str) -> tuple[str, list[str]]:
    """Return extensions with something to decide, and behind one, or where there is but one, the permissions that can be decided."""
    *given, last = before.split(" ")
    known = session.decidable
    named = next((known[word] for word in given if word in known), None)
    alone = next(iter(known.values())) if len(known) == 1 and not any(given) else []
    return matching(last, named if named is not None else [*known, *alone])


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


def _taken_by(session: Session, action: Action, typed: str) -> Iterable[str]:
    if action.choices is not None:
        return [str(choice) for choice in action.choices]
    source = _SOURCES.get(action.dest)
    if source is not None:
        return source(session)
    if action.type is Path or action.dest in _OF_FILES:
        return _files(typed, _OF_FILES.get(action.dest, ()))
    return ()


def _extensions(session: Session) -> list[str]:
    return [] if session.ready_box is None else list(session.ready_box.extensions)


def _variables(session: Session) -> list[str]:
    """Return the variables that may hold data: not what IPython put there, no functions and no modules."""
    hidden = session.shell.user_ns_hidden
    return [
        name
        for name, value in session.shell.user_ns.items()
        if not name.startswith("_") and name not in hidden and not callable(value) and not isinstance(value, ModuleType)
    ]


def _files(typed: str, endings: tuple[str, ...] = ()) -> list[str]:
    """Return the files with one of these endings, any if there are none, and the folders in the folder that is typed."""
    place, slash, _ = typed.rpartition("/")
    folder = place + slash
    try:
        with os.scandir(folder or ".") as entries:
            found = {entry.name: entry.is_dir() for entry in islice(entries, MAX_FILES)}
    except (OSError, ValueError):
        return []
    return [
        f"{folder}{_TAKEN_APART.sub(_ESCAPED, name)}{'/' if is_folder else ''}"
        for name, is_folder in sorted(found.items())
        if not name.startswith(".") and (is_folder or name.endswith(endings or ""))
    ]


def _operations(session: Session) -> list[str]:
    return [entry.id for entry in session.ready_box.operations] if session.ready_box else []


def _paths(session: Session) -> list[str]:
    """Return the paths of endpoints, and those of the items of each collection."""
    if session.ready_box is None:
        return []
    endpoints = (entry.path for entry in session.ready_box.endpoints)
    return [*endpoints, *(f"/items/{name}" for name in offers.collections(session.ready_box))]


def _collections(session: Session) -> list[str]:
    """Return the collections of a project and those of the system, in quotes where that takes some."""
    return [] if session.ready_box is None else [quote(name) for name in session.ready_box.store.schema.all]


def _secrets(session: Session) -> list[str]:
    return [] if session.ready_box is None else list(session.ready_box.secrets)


# By the name of the argument: the endings of files that it takes, none for files of every kind.
_OF_FILES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({"file": ENDINGS, "package": ()})
# By the name of the argument as well.
_SOURCES: Final[Mapping[str, Callable[[Session], Iterable[str]]]] = MappingProxyType(
    {
        "extension": _extensions,
        "name": lambda session: list(session.manifests) or [UNTITLED],
        "secret": _secrets,
        **dict.fromkeys(("grant", "deny", "permissions"), lambda _: PERMISSIONS),
        **dict.fromkeys(("manifest", "input", "body", "data", "payload", "meta", "query"), _variables),
        "out": _variables,
        "operation": _operations,
        "path": _paths,
        "event": lambda session: offers.events(offers.collections(session.ready_box)),
        "method": lambda _: METHODS,
        "role": lambda session: offers.roles(session.ready_box),
        "collection": _collections,
        "verb": lambda _: VERBS,
    }
)
