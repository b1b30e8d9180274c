"""What ``%sandbox grant`` and ``%sandbox deny`` decide, and what they say where it is not clear what is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.errors import GrantError
from scopebox.text.messages import hint, quote
from scopebox.text.visible import clean
from scopebox.views.parts import LINE, Line, View
from scopebox.vocabulary import EXECUTION_TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.notebook.session import Session

MAX_DECIDABLE: Final = 20  # that are shown


def decide(session: Session, words: Sequence[str], *, granted: bool) -> View:
    """Grant or deny what ``words`` name: an extension and its permissions, or these alone where one extension can be meant."""
    from scopebox.grants.grants import Grants  # noqa: PLC0415 - loading the magics must be quick

    box, manifests = session.box, session.manifests
    if not words:
        raise _undecided(session, "grant" if granted else "deny")
    name, permissions = (words[0], words[1:]) if words[0] in manifests else (_only_one(session, words), words)
    if not permissions:
        raise GrantError(
            "Name a permission", hint=f"For example: %sandbox {'grant' if granted else 'deny'} {name} request"
        )
    loaded = box.extensions.get(name)
    # A cell that failed left nothing behind but what it asked for; the decision waits for its next run.
    grants = Grants(manifests[name], extension=name, decisions=box.decisions) if loaded is None else loaded.grants
    for permission in permissions:
        (grants.grant if granted else grants.deny)(permission)
    done = f"{', '.join(permissions)} {'granted to' if granted else 'denied to'} {name}"
    box.log.write("info", name, f"{done} by the user")
    return View((Line(f"{done}; it acts on the next {'run' if loaded is None else 'call'}"),), grants)


def _undecided(session: Session, verb: str) -> GrantError:
    """Return the error of a decision that names nothing, with what there is to decide."""
    decidable = [f"{name} {permission}" for name, found in session.decidable.items() for permission in found]
    if not decidable:
        return GrantError("There is nothing to decide", hint="No extension asks for an optional permission.")
    lines = [f"%sandbox {verb} {clean(each, LINE)}" for each in decidable[:MAX_DECIDABLE]]
    return GrantError(f"Say what to {verb}", hint="\n".join(["One of these:", *lines]))


def _only_one(session: Session, words: Sequence[str]) -> str:
    """Return the one extension whose permissions ``words`` may be; GrantError if there is none, or more than one."""
    names = list(session.decidable) or list(session.box.extensions)
    if len(names) == 1 and (len(words) == 1 or words[0] in EXECUTION_TYPES):
        return names[0]
    several = ", and more than one is loaded" if len(names) > 1 else ""
    advice = hint(words[0], names) if names else "Nothing is loaded yet: run the cell of an extension first."
    raise GrantError(f"There is no extension {quote(words[0])}{several}", hint=advice)
