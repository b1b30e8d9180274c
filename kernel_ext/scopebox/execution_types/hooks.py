"""``register-filter`` and ``register-action`` (execution-types, "Hooks"): built in, all events are exposed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.execution_types.arguments import handler_number, options
from scopebox.registry.event_names import matches
from scopebox.registry.registrations import Hook
from scopebox.text.messages import closest, quote, remedy
from scopebox.text.visible import shorten
from scopebox.vocabulary import ITEM_EVENTS

if TYPE_CHECKING:
    from scopebox.execution_types.caller import CallContext
    from scopebox.vocabulary import HookKind

EVENT: Final = re.compile(r"[A-Za-z0-9_*$@/-]{1,100}(\.[A-Za-z0-9_*$@/-]{1,100}){0,7}")
MAX_EVENT_CHARACTERS: Final = 8 * 101
MAX_NOTED_CHARACTERS: Final = 200  # of a name in the note on it, which is kept beside the name


def register_filter(context: CallContext, args: list[object]) -> None:
    """Register a filter: it may change the payload of an event before it takes effect."""
    _register(context, args, "filter")


def register_action(context: CallContext, args: list[object]) -> None:
    """Register an action: it is called after an event took effect."""
    _register(context, args, "action")


def _register(context: CallContext, args: list[object], kind: HookKind) -> None:
    call = f"register-{kind}"
    given = options(args, call)
    event = given.get("event")
    if not isinstance(event, str):
        raise TypeError(f"{kind.capitalize()} event has to be of type string")
    if len(event) > MAX_EVENT_CHARACTERS or not EVENT.fullmatch(event):
        raise ValueError(
            f"{call}: {quote(event)} is not an event name; names are words divided by dots, such as items.create"
        )
    caller = context.caller
    number = handler_number(given, call)
    caller.count_registration()
    note = _note(event, tuple(caller.services.store.schema.collections))
    registry = caller.services.registry
    registry.register(Hook(kind, event, caller.name, number, context.call_handler, registry.usage(), note))
    caller.note_registered(f"{kind} {event}", note)


def _note(event: str, collections: tuple[str, ...]) -> str:
    """Say that this store never fires an event, with the closest name that it does; empty if it fires it."""
    known = [*ITEM_EVENTS, *(f"{name}.{item}" for name in collections for item in ITEM_EVENTS)]
    if any(matches(event, name) for name in known):
        return ""
    meant = closest(event, known)
    advice = f"; {remedy(event, (meant,))}" if meant else ""
    return f'"{shorten(event, MAX_NOTED_CHARACTERS)}" never fires here except by %sandbox emit{advice}'
