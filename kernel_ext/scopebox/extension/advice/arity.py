"""Handlers of JavaScript that name more parameters than they get: the others are undefined, there and here, so it is noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox_guest.wire import TAKES

from scopebox.vocabulary import API_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence

_GETS: Final = {
    "register-endpoint": "one, the request: there is no res and no context. Return { status: 200, body: … }",
    "register-operation": "one, the data: there is no context, and services, database, getSchema and env do not exist in a Directus sandbox",
    "register-filter": "one, the payload; (payload, meta, context) is for exec('register-filter', …)",
    "register-action": "one, what was done; (payload, meta, context) is for exec('register-action', …)",
}
_HOOK: Final = "three: (payload, meta, context)"
_MOST: Final = 3


def parameters_note(kind: str, args: Sequence[object], line: int) -> str:
    """Return what the user should know of a handler that was registered; empty for one that gets what it asks for."""
    options = args[0] if args else None
    takes = options.get(TAKES) if isinstance(options, dict) else None
    gets = _GETS.get(kind.removeprefix(API_PREFIX), "")
    if not isinstance(takes, int) or not gets:
        return ""
    place = f"Line {line}: the" if line else "The"
    return f"{place} handler has {min(takes, 100)} parameters and gets {_HOOK if takes > _MOST and 'exec(' in gets else gets}."
