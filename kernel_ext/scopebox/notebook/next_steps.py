"""What a person could try next: below an answer that is an error, and below an event that did nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.extension.loaded import FIRST
from scopebox.sandbox.events import event_names
from scopebox.text.messages import closest, listed, quote
from scopebox.workbench.tokens import roles_with_token

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scopebox.registry.registrations import Endpoint
    from scopebox.sandbox.sandbox import Sandbox
    from scopebox.store.access import Access
    from scopebox.vocabulary import HookKind

UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
NOT_FOUND: Final = 404
MAX_LOST: Final = 5  # fields that are named
_ITEMS: Final = "items"


def after_answer(box: Sandbox, method: str, path: str, status: int, *, signed_in: bool) -> str:
    """Return what to try after an answer with ``status``; empty where its body says it all."""
    if status == NOT_FOUND:
        return _instead(box.endpoints, method, path)
    if status == UNAUTHORIZED:
        return f"Nobody has that token. {_as_role(box.store.access)}"
    if status == FORBIDDEN and not signed_in:
        return f"Nobody is signed in. {_as_role(box.store.access)}"
    return ""


def after_event(box: Sandbox, kind: HookKind, event: str, meta: Mapping[str, object]) -> str:
    """Return that nobody listened to an event, and what they listen to; empty if somebody did."""
    if box.services.events.listens(kind, event_names(event, meta)):
        return ""
    known = list(dict.fromkeys(hook.event for hook in box.hooks if hook.kind == kind))
    collection = meta.get("collection")
    if collection is not None:
        event = f"{collection}.{event}"
    elif any(name.endswith(f".{event}") for name in known):
        return f"No {kind} listens to {quote(event)} alone: add --collection NAME, or emit {listed(known)}."
    close = closest(event, known)
    others = (
        f"one listens to {quote(close)}."
        if close
        else f"they listen to {listed(known)}."
        if known
        else f"none is registered: {FIRST}."
    )
    return f"No {kind} listens to {quote(event)}; {others}"


def after_filter(payload: object, result: object) -> str:
    """Return what probably went wrong in the filters of a payload: they returned nothing, or a part of it."""
    if payload == result:
        return "Nothing was changed: a filter changes what it returns, and returning nothing leaves it as it was."
    if isinstance(payload, dict) and isinstance(result, dict):
        lost = [name for name in payload if name not in result]
        if lost:
            return (
                f"{listed(lost[:MAX_LOST])} got lost: a filter returns the whole payload with what it changes, in Python "
                '{**payload, "slug": "…"}, in JavaScript {...payload, slug: "…"}.'
            )
    return ""


def _instead(endpoints: Sequence[Endpoint], method: str, path: str) -> str:
    """Return which endpoint was probably meant by a path that none has."""
    if path.strip("/").partition("/")[0] == _ITEMS:
        return ""
    if not endpoints:
        return f"No endpoint is registered: {FIRST}."
    same = [entry for entry in endpoints if entry.path == path]
    if same:
        methods = listed([entry.method for entry in same])
        return f"This path answers to {methods}: %sandbox request {same[0].method} {path}"
    ending = "/" + path.strip("/").rpartition("/")[2]
    below = [entry.path for entry in endpoints if entry.path.endswith((path, ending))]
    meant = (below or [closest(path, [entry.path for entry in endpoints])])[0]
    if not meant:
        return f"There are {listed([f'{entry.method} {entry.path}' for entry in endpoints])}."
    found = next((entry for entry in endpoints if entry.path == meant and entry.method == method), None)
    found = found or next(entry for entry in endpoints if entry.path == meant)
    return f"An endpoint stands below the name of its extension: %sandbox request {found.method} {found.path}"


def _as_role(access: Access) -> str:
    roles = roles_with_token(access)
    return f"Add --as ROLE, one of {listed(roles)}." if roles else "No user has a token: access.json gives them."
