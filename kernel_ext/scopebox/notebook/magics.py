"""The two magics. Their help is written by the parsers that read their arguments."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from scopebox.notebook import arguments
from scopebox.notebook.verb_table import help_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.notebook.completion.matcher import Completion
    from scopebox.notebook.inspection.inspection import Inspection
    from scopebox.notebook.session import Session

F = TypeVar("F")


def documented(text: str) -> Callable[[F], F]:
    """Give a function its help."""

    def give(function: F) -> F:
        function.__doc__ = text
        return function

    return give


@contextmanager
def helping() -> Iterator[None]:
    """Print the help that a line asks for in place of carrying it out."""
    try:
        yield
    except arguments.HelpWanted as wanted:
        sys.stdout.write(str(wanted))


def with_body(lines: list[str]) -> list[str]:
    """Give a cell that only asks for help an empty line as its body, without which IPython runs no cell magic."""
    if len(lines) != 1 or not lines[0].startswith("%%sandbox ") or not set(arguments.ASKING) & set(lines[0].split()):
        return lines
    return [*lines, "\n"]


@magics_class
class SandboxMagics(Magics):
    """``%%sandbox`` runs a cell as an extension, ``%sandbox`` shows and changes what is loaded."""

    def __init__(
        self, shell: InteractiveShell, session: Session, completion: Completion, inspection: Inspection
    ) -> None:
        super().__init__(shell)
        self.session = session
        self.completion = completion
        self.inspection = inspection

    @no_var_expand
    @cell_magic("sandbox")  # type: ignore[arg-type]
    @documented(arguments.cell_help())
    def run_cell(self, line: str, body: str) -> object:  # noqa: D102 - see documented
        with helping():
            options = arguments.parse_cell(line)
            self.session.expect(options)
            from scopebox.notebook import cell  # noqa: PLC0415 - manifests come along, and %load_ext is quick

            return cell.run(self.session, options, line, body)
        return None

    @no_var_expand
    @line_magic("sandbox")  # type: ignore[arg-type]
    @documented(help_text())
    def run_line(self, words: str) -> object:  # noqa: D102 - see documented
        from scopebox.notebook import line  # noqa: PLC0415 - as above

        with helping():
            return line.run(self.session, words)
        return None
