"""``%sandbox``: the verbs. Without any it shows the sandbox, and returns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from IPython.core.error import UsageError
from IPython.display import display

from scopebox.errors import ScopeboxError
from scopebox.notebook import arguments, cell
from scopebox.notebook.live_line import cell_of
from scopebox.notebook.verb_table import VERBS, overview
from scopebox.text.messages import quote, remedy
from scopebox.views.parts import Block, View

if TYPE_CHECKING:
    from scopebox.notebook.session import Session

ALONE: Final = "%sandbox"


def run(session: Session, line: str) -> object:
    """Carry out a ``%sandbox`` line. UsageError for a wrong one, ScopeboxError for whatever goes wrong."""
    verb, _, rest = line.strip().partition(" ")
    if not verb:
        if cell_of(session.shell).strip() == ALONE:
            display(View((Block(overview()),)))  # type: ignore[no-untyped-call]
        return session.box
    if verb in arguments.ASKING:
        verb = "help"
    if verb.startswith("-"):
        return _run_file(session, line)
    if verb not in VERBS:
        raise UsageError(f"%sandbox: there is no verb {quote(verb)}; {remedy(verb, VERBS)}")
    options = VERBS[verb].parser().read(rest)
    try:
        return VERBS[verb].act(session, options)
    except LookupError as error:
        raise ScopeboxError(str(error.args[0]) if error.args else "There is no such thing") from None
    except KeyboardInterrupt:
        raise ScopeboxError(f"You interrupted %sandbox {verb}") from None
    except (TypeError, ValueError, OSError) as error:
        raise ScopeboxError(str(error)) from None


def _run_file(session: Session, line: str) -> object:
    """Run a file as a cell: a cell magic needs a body, and there is none."""
    options = arguments.parse_cell(line)
    if options.file is None:
        raise UsageError("%sandbox: options without a verb run a file, so --file FILE is needed")
    session.expect(options)
    return cell.run(session, options, line, "")
