"""Handlers that ask for more arguments than they get, as those of Node and of a Directus without a sandbox do."""

from __future__ import annotations

from typing import Final

from scopebox_guest.arguments import HOOK_ARGUMENTS, HOOKS, most_arguments

_ONE: Final = {
    "register-endpoint": (
        "the request",
        'Write def {name}(request): and return {{"status": 200, "body": …}}; there is no res, no next and no context.',
    ),
    "register-operation": (
        "the data",
        "Write def {name}(data): there is no context; services, database, getSchema and env do not exist in a Directus sandbox.",
    ),
    "register-filter": (
        "the payload",
        'Write def {name}(payload): here; (payload, meta, context) is for exec("register-filter", {{…}}).',
    ),
    "register-action": (
        "what was done",
        'Write def {name}(meta): here; (payload, meta, context) is for exec("register-action", {{…}}).',
    ),
}
_HOOK: Final = "Write def {name}(payload, meta, context): a hook that exec registers gets what it is about, how it came, and in whose name."
EXPORT: Final = (
    "Write def default({parameter}): services, database, getSchema and env do not exist in a Directus sandbox;"
    ' items are read with await exec("read-items", …), in a cell without --type.'
)


def too_many(kind: str, name: str, required: int, *, single: bool) -> tuple[str, str] | None:
    """Return what is wrong with a handler that cannot do with fewer than ``required`` arguments, and its hint; None if nothing is."""
    if required <= most_arguments(kind, single=single):
        return None
    if kind in HOOKS and not single:
        return f"{name} asks for {required} arguments, and a hook gets {HOOK_ARGUMENTS}", _HOOK.format(name=name)
    what, hint = _ONE[kind]
    return f"{name} asks for {required} arguments, and gets one: {what}", hint.format(name=name)


ONE_OBJECT: Final = {
    "register-filter": 'Write await exec("register-filter", {"event": "items.create", "handler": function}).',
    "register-action": 'Write await exec("register-action", {"event": "items.create", "handler": function}).',
    "register-endpoint": 'Write await exec("register-endpoint", {"path": "/", "method": "GET", "handler": function}).',
    "register-operation": 'Write await exec("register-operation", {"id": "name", "handler": function}).',
}
