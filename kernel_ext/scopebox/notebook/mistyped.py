"""What is wrong with the arguments of a magic, in a sentence with what would be right: argparse says it in its own words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.text.messages import listed, quote, remedy

if TYPE_CHECKING:
    from argparse import Action
    from collections.abc import Sequence

_UNKNOWN: Final = re.compile(r"unrecognized arguments: (\S+)")
_MISSING: Final = re.compile(r"the following arguments are required: (.+)")
_OF_ONE: Final = re.compile(r"argument ([^:\s]+): (.+)", re.DOTALL)
_WRONG: Final = re.compile(r"invalid (?:choice|\w+ value): (?:'|\")?(.*?)(?:'|\")?(?: \(choose from .*)?$", re.DOTALL)
_NUMBERS: Final = {"int": "a whole number", "float": "a number"}


class Parser(Protocol):
    """The parser of a magic, as far as what is wrong with its arguments is put into words."""

    label: str
    examples: Sequence[str]

    def usage_line(self) -> str:
        """Return how it is written, on one line."""

    def options(self) -> list[str]:
        """Return the names of all options."""

    def action_of(self, option: str) -> Action | None:
        """Return the option of that name, short or long."""

    def positionals(self) -> list[Action]:
        """Return the positional arguments, in order."""


def in_words(parser: Parser, message: str) -> str:
    """Return what argparse said of the arguments of ``parser`` in a sentence, with an example or with what there is."""
    unknown = _UNKNOWN.search(message)
    if unknown is not None:
        return _unexpected(parser, unknown[1])
    missing = _MISSING.search(message)
    if missing is not None:
        names = missing[1].split(", ")
        return f"{listed(names)} {'is' if len(names) == 1 else 'are'} missing{_example(parser)}"
    found = _OF_ONE.search(message)
    action = None if found is None else _action(parser, found[1])
    if found is None or action is None:
        return f"{message}{_example(parser)}"
    return f"{_of_one(action, found[2])}{_example(parser, action)}"


def unknown_option(parser: Parser, word: str) -> str:
    """Return that there is no option ``word``, and which one was probably meant."""
    return f"there is no option {quote(word)}; {remedy(word.split('=', maxsplit=1)[0], parser.options())}"


def _unexpected(parser: Parser, word: str) -> str:
    if word.startswith("-"):
        return unknown_option(parser, word)
    many = parser.label.startswith("%%")
    usage = "the name of the extension is one word" if many else f"it is used as {parser.usage_line()}"
    if word.endswith(("}", "]")):
        usage = 'JSON has double quotes around names and text, as in {"name": "text"}'
    return f"{quote(word)} is one argument too many; {usage}"


def _of_one(action: Action, message: str) -> str:
    name = action.option_strings[0] if action.option_strings else str(action.metavar or action.dest.upper())
    wrong = _WRONG.search(message)
    if wrong is not None and action.choices is not None:
        *others, last = map(str, action.choices)
        verb = f"{name} takes" if action.option_strings else "say"
        return f"{verb} {', '.join(others)} or {last}, not {quote(wrong[1])}"
    if wrong is not None:
        kind = getattr(action.type, "__name__", "")
        return f"{name} takes {_NUMBERS.get(kind, 'another value')}, not {quote(wrong[1])}"
    if message.startswith("expected"):
        about = f" ({action.help})" if action.help else ""
        return f"{name} needs a value, {action.metavar or action.dest.upper()}{about}"
    return f"{name}: {message}"


def _action(parser: Parser, name: str) -> Action | None:
    """Return the argument that argparse calls ``name``: ``--header/-H``, or a positional one by its name or its metavar."""
    option = parser.action_of(name.split("/", maxsplit=1)[0])
    return option or next((each for each in parser.positionals() if name in (each.dest, each.metavar)), None)


def _example(parser: Parser, action: Action | None = None) -> str:
    """Return an example on one line that has the argument, or else the first one."""
    lines = [example for example in parser.examples if "\n" not in example]
    options = [] if action is None else action.option_strings
    having = [example for example in lines if any(option in example.split() for option in options)]
    return f". For example: {(having or lines)[0]}" if lines else ""
