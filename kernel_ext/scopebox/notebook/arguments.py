"""The arguments of the magics: one parser each for the cell and for every verb, whose errors are ``UsageError``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, fields
from functools import cache
from textwrap import indent
from typing import TYPE_CHECKING, Final, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser, MagicHelpFormatter

from scopebox.languages import LANGUAGES, language_of, language_of_file
from scopebox.notebook.mistyped import in_words, unknown_option
from scopebox.notebook.words import QuotesError, words
from scopebox.text.messages import quote
from scopebox.text.visible import clean
from scopebox.vocabulary import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.languages import Language

MAX_LINE_CHARACTERS: Final = 30_000  # characters
MAX_WORDS: Final = 500  # on a line
MAX_SHOWN: Final = 2_000  # characters of a line that is shown as it should be
HELP: Final = ("--help", "-h", "-?")  # options
ASKING: Final = (*HELP, "?")
_ABOUT: Final = """Run the cell as an extension, in a sandbox of its own.

It is written in Python, or with --lang in JavaScript or TypeScript. What it may do stands in its manifest: a comment block
"# /// sandbox" … "# ///" of TOML or JSON (with // for # in JavaScript), or --manifest. Everything else is refused. Its value is the last
expression; print() and console.log() go to the output of the cell, and exec("log", …) to the log.
Lines in errors are counted from the %%sandbox line, which is line 1."""

_EXAMPLES: Final = (
    """%%sandbox directus-extension-hello
# /// sandbox
# permissions = [{ permission = "read-items", role = "reader" }]
# ///
await exec("read-items", "articles", {"query": {"limit": 5}})""",
    """
%%sandbox directus-extension-weather --lang js --grant request --out result
// /// sandbox
// permissions = [
//   { permission = "request", allowedUrls = ["https://api.example.com/*"], optional = true },
// ]
// ///
exec('register-endpoint', {
  method: 'GET', path: '/today',
  handler: async () => ({ status: 200, body: await exec('request', 'https://api.example.com/today') }),
});""",
)


class HelpWanted(Exception):  # noqa: N818 - no error, but the end of reading arguments
    """The line asks for help, which this is."""


class _Help(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        assert isinstance(parser, Parser)
        raise HelpWanted(parser.help_text())


class _Formatter(MagicHelpFormatter):
    def _format_action_invocation(self, action: argparse.Action) -> str:
        # argparse cannot write several words for one positional argument, as in NAME PERMISSION.
        if not action.option_strings and isinstance(action.metavar, tuple):
            return " ".join(action.metavar)
        invocation: str = super()._format_action_invocation(action)  # type: ignore[no-untyped-call]
        return invocation


class Parser(MagicArgumentParser):
    """A parser that takes no abbreviations, knows what was probably meant, and has examples in its help."""

    def __init__(self, label: str, description: str, examples: Sequence[str]) -> None:
        name = label.removeprefix("%")
        super().__init__(name, description=description, formatter_class=_Formatter)  # type: ignore[no-untyped-call]
        self.label = label
        self.examples = examples
        self.allow_abbrev = False
        self.add_argument(*HELP, action=_Help, nargs=0, help=argparse.SUPPRESS)

    def help_text(self) -> str:
        """Return its usage, what it does and takes, and examples."""
        lines = self.format_help().removeprefix("::\n\n").strip().split("\n")
        return "\n".join([lines[0].strip(), *lines[1:], "", examples_text(self.examples)])

    def error(self, message: str) -> NoReturn:
        """Raise UsageError."""
        raise UsageError(f"{self.label}: {in_words(self, message)}")

    def usage_line(self) -> str:
        """Return how it is written, on one line."""
        return " ".join(self.format_usage().removeprefix("::").split())

    def options(self) -> list[str]:
        """Return the names of all options."""
        return [action.option_strings[0] for action in self._actions if action.option_strings]

    def action_of(self, option: str) -> argparse.Action | None:
        """Return the option of that name, short or long."""
        return self._option_string_actions.get(option)

    def positionals(self) -> list[argparse.Action]:
        """Return the positional arguments, in order."""
        return [action for action in self._actions if not action.option_strings]

    def read(self, line: str) -> argparse.Namespace:
        """Return the arguments in ``line``, quoted as in a shell; JSON objects and lists need no quotes."""
        if len(line) > MAX_LINE_CHARACTERS:
            raise UsageError(
                f"{self.label}: the line has {len(line):,} characters, {MAX_LINE_CHARACTERS:,} are the limit; put long data into a variable"
            )
        try:
            found = words(line)
        except QuotesError as error:
            mended = clean(f": {self.label} {error.mended.strip()}", MAX_SHOWN) if error.mended else ""
            raise UsageError(f"{self.label}: {error}{mended}") from None
        if len(found) > MAX_WORDS:
            raise UsageError(f"{self.label}: the line has {len(found):,} words, {MAX_WORDS:,} are the limit")
        if found[-1:] == ["?"]:
            raise HelpWanted(self.help_text())
        unknown = [word for word in found if word.startswith("--") and self.action_of(word.split("=")[0]) is None]
        if unknown:  # argparse would first ask for what is missing
            raise UsageError(f"{self.label}: {unknown_option(self, unknown[0])}")
        return self.parse_args(found)


def examples_text(examples: Iterable[str]) -> str:
    """Return examples below their heading, each of them as it would stand in a cell."""
    return "\n".join(["Examples:", *(indent(example, "  ") for example in examples)]) + "\n"


@dataclass(frozen=True, slots=True)
class CellOptions:
    """The arguments of one ``%%sandbox`` line."""

    name: str | None = None
    lang: str | None = None
    manifest: str | None = None
    type: str | None = None
    grant: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    timeout: float | None = None
    wall: float | None = None
    memory: int | None = None
    out: str | None = None
    input: tuple[str, ...] = ()
    file: str | None = None
    append: bool = False
    bg: bool = False
    quiet: bool = False

    def language(self, default: str) -> Language:
        """Return what the cell or its file is written in: as the line says, else the ending of the file, else the ``default``, by its name."""
        if self.lang is None and self.file is not None:
            return language_of_file(self.file)
        return language_of(self.lang or default)


@cache
def cell_parser() -> Parser:
    """Return the parser of the ``%%sandbox`` line; it keeps nothing of what it parses."""
    parser = Parser("%%sandbox", _ABOUT, _EXAMPLES)
    add = parser.add_argument
    add("name", nargs="?", metavar="NAME", help="directus-extension-…, @scope/directus-extension-… or a plain slug")
    add("--lang", choices=tuple(LANGUAGES), help="what the cell is written in; by default Python")
    add(
        "--manifest",
        "-m",
        metavar="NAME",
        help="a variable or a file that holds the manifest: TOML, JSON or a package.json",
    )
    add("--type", choices=TYPES, help="what the default export is")
    add(
        "--grant",
        "-g",
        action="append",
        metavar="PERMISSION",
        help="grant an optional permission for this run (repeatable)",
    )
    add(
        "--deny",
        "-d",
        action="append",
        metavar="PERMISSION",
        help="deny an optional permission for this run (repeatable)",
    )
    add("--timeout", "-t", type=float, metavar="SECONDS", help="CPU seconds allowed between two replies of the host")
    add("--wall", type=float, metavar="SECONDS", help="total seconds, including sleep")
    add("--memory", type=int, metavar="MIB", help="on top of what a ready isolate takes")
    add(
        "--out",
        "-o",
        type=_variable,
        metavar="NAME",
        help="keep the RunResult under this name, also when the cell fails",
    )
    add(
        "--input",
        "-i",
        action="append",
        metavar="NAME[=VAR]",
        help="copy a variable into the cell, as JSON data (repeatable)",
    )
    add("--file", "-f", metavar="FILE", help="run this file; the cell has no code of its own then")
    add("--append", action="store_true", help="run in the living isolate of the extension, beside what it has already")
    add("--bg", action="store_true", help="return at once and run in the background; --out then keeps a handle")
    add("--quiet", "-q", action="store_true", help="show nothing but refusals")
    return parser


def parse_cell(line: str) -> CellOptions:
    """Return the arguments of a ``%%sandbox`` line; UsageError for a wrong one."""
    found = cell_parser().read(line)
    given = {entry.name: getattr(found, entry.name) for entry in fields(CellOptions)}
    for repeated in ("grant", "deny", "input"):
        given[repeated] = tuple(given[repeated] or ())
    return CellOptions(**given)


def cell_help() -> str:
    """Return the help of ``%%sandbox?``."""
    return cell_parser().help_text()


def _variable(text: str) -> str:
    if not text.isidentifier():
        raise argparse.ArgumentTypeError(f"{quote(text)} is not a variable name")
    return text
