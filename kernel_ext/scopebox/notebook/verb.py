"""One verb of ``%sandbox``, as data: what it is called, what it takes, and what carries it out."""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from scopebox.notebook.arguments import Parser
from scopebox.text.messages import quote

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from scopebox.notebook.session import Session

Argument = tuple[tuple[str, ...], dict[str, object]]
Group = Literal[
    "everyday", "try", "project", "in and out", ""
]  # where help lists a verb; nowhere the one that shows it
EVERYDAY: Final[Group] = "everyday"
GROUPS: Final[tuple[Group, ...]] = (EVERYDAY, "try", "project", "in and out")
MAX_COUNT: Final = 1_000_000
MAX_PORT: Final = 65_535
MAX_DIGITS: Final = 20
ALL_OF_ONE: Final = "%sandbox help VERB tells all there is to know of one."


def argument(*names: str, **options: object) -> Argument:
    """Return one argument of a verb, as argparse describes it."""
    return names, options


def count(text: str) -> int:
    """Return how many are meant: a whole number, one or more."""
    return _whole(text, 1, MAX_COUNT)


def port(text: str) -> int:
    """Return a port, 0 for a free one."""
    return _whole(text, 0, MAX_PORT)


def _whole(text: str, least: int, most: int) -> int:
    number = int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else -1
    if not least <= number <= most:
        raise ArgumentTypeError(f"a whole number from {least:,} to {most:,}, not {quote(text)}")
    return number


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. ``arguments`` are those of argparse, ``examples`` what could stand behind ``%sandbox``, ``group`` is where help lists it."""

    name: str
    about: str
    act: Callable[[Session, Namespace], object]
    arguments: tuple[Argument, ...] = ()
    examples: tuple[str, ...] = ()
    group: Group = ""

    def parser(self) -> Parser:
        """Return the parser of what follows the verb."""
        parser = Parser(f"%sandbox {self.name}", self.about, [f"%sandbox {example}" for example in self.examples])
        for names, options in self.arguments:
            parser.add_argument(*names, **options)  # type: ignore[arg-type]
        return parser
