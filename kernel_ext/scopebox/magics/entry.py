"""The two magics. Their help is written by the parsers that read their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import Magics, cell_magic, line_magic, magics_class, no_var_expand

from scopebox.magics import arguments, cell, line

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from scopebox.magics.completion import Completion
    from scopebox.magics.session import Session


@magics_class
class SandboxMagics(Magics):
    """``%%sandbox`` runs a cell as an extension, ``%sandbox`` shows and changes what is loaded."""

    def __init__(self, shell: InteractiveShell, session: Session, completion: Completion) -> None:
        super().__init__(shell)
        self.session = session
        self.completion = completion

    @no_var_expand
    @cell_magic("sandbox")
    def run_cell(self, line: str, body: str) -> object:  # noqa: D102 - written below
        return cell.run(self.session, line, body)

    @no_var_expand
    @line_magic("sandbox")
    def run_line(self, words: str) -> object:  # noqa: D102 - written below
        return line.run(self.session, words)


SandboxMagics.run_cell.__doc__ = arguments.cell_help()
SandboxMagics.run_line.__doc__ = line.help_text()
