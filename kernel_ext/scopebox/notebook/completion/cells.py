"""What completion and help have to know of a ``%%sandbox`` cell: its arguments, its language, and its manifest up to the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from IPython.core.error import UsageError

from scopebox.manifest.sources import signs_of
from scopebox.notebook.arguments import CellOptions, HelpWanted, parse_cell

if TYPE_CHECKING:
    from scopebox.languages import Language
    from scopebox.notebook.session import Session

_CELL: Final = "%%sandbox"


def arguments_of_cell(line: str) -> str | None:
    """Return what follows ``%%sandbox`` in the first ``line`` of a cell; None for a line of another kind."""
    head, magic, given = line.partition(_CELL)
    return given if magic and not head.strip() and not given[:1].strip() else None


def language_of_cell(session: Session, arguments: str) -> Language:
    """Return the language of the cell with these arguments; that of the notebook where they are not valid yet."""
    try:
        options = parse_cell(arguments)
    except (UsageError, HelpWanted):
        options = CellOptions()
    return options.language(session.magics_config.lang)


def manifest_before(before: str, language: Language) -> str | None:
    """Return the lines of the manifest up to the cursor, without comment signs; None outside of the block."""
    openings = signs_of(language)
    inside: list[str] | None = None
    sign = ""
    for line in before.split("\n"):
        stripped = line.strip()
        if stripped in openings:
            inside, sign = [], openings[stripped]
        elif stripped == f"{sign} ///":
            inside = None
        elif inside is not None:
            if not line.startswith(sign):
                return None
            rest = line[len(sign) :]
            inside.append(rest[1:] if rest[:1].isspace() else rest)
    return None if inside is None else "\n".join(inside)
