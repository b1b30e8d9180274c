"""The two magics. Their help is written by the parsers that read their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from scopebox.notebook import arguments, cell, line

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.notebook.completion.matcher import Completion
    from scopebox.notebook.session import Session

F = TypeVar("F")


def documented(text: str) -> Callable[[F], F]:
    """Give a function its help."""

    def give(function: F) -> F:
        function.__doc__ = text
        return function

    return give


@magics_class
class SandboxMagics(Magics):
    """``%%sandbox`` runs a cell as an extension, ``%sandbox`` shows and changes what is loaded."""

    def __init__(self, shell: InteractiveShell, session: Session, completion: Completion) -> None:
        super().__init__(shell)
        self.session = session
        self.completion = completion

    @no_var_expand
    @cell_magic("sandbox")  # type: ignore[arg-type]
    @documented(arguments.cell_help())
    def run_cell(self, line: str, body: str) -> object:  # noqa: D102 - see documented
        return cell.run(self.session, line, body)

    @no_var_expand
    @line_magic("sandbox")  # type: ignore[arg-type]
    @documented(line.help_text())
    def run_line(self, words: str) -> object:  # noqa: D102 - see documented
        return line.run(self.session, words)
