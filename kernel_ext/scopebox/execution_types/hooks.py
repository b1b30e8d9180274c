"""``register-filter`` and ``register-action`` (execution-types, "Hooks"): built in, all events are exposed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.execution_types.arguments import handler_number, options
from scopebox.registry.event_names import matches
from scopebox.registry.registrations import Hook
from scopebox.text.messages import closest
from scopebox.vocabulary import ITEM_EVENTS

if TYPE_CHECKING:
    from scopebox.execution_types.caller import Caller
    from scopebox.registry.registrations import Kind

EVENT: Final = re.compile(r"[A-Za-z0-9_*$@/-]{1,100}(\.[A-Za-z0-9_*$@/-]{1,100}){0,7}")
EVENT_CHARACTERS: Final = 8 * 101
COMPARED: Final = 500  # names that an unknown one is compared with
HANDLER_KEYS: Final = ("event", "handler", "style")


def register_filter(caller: Caller, args: list[object]) -> None:
    """Register a filter: it may change the payload of an event before it takes effect."""
    _register(caller, args, "filter")


def register_action(caller: Caller, args: list[object]) -> None:
    """Register an action: it is called after an event took effect."""
    _register(caller, args, "action")


def _register(caller: Caller, args: list[object], kind: Kind) -> None:
    given = options(args, 0, f"register-{kind}", HANDLER_KEYS)
    event = given.get("event")
    if not isinstance(event, str):
        raise TypeError(f"{kind.capitalize()} event has to be of type string")
    if len(event) > EVENT_CHARACTERS or not EVENT.fullmatch(event):
        raise ValueError(f"register-{kind}: not an event name; names are words divided by dots, such as items.create")
    extension = caller.extension
    number = handler_number(given, f"{kind.capitalize()} handler")
    extension.count_registration()
    note = _note(event, tuple(extension.box.store.schema.collections))
    extension.box.events.add(Hook(kind, event, extension.name, number, extension.call_handler, note))
    extension.note_registered(f"{kind} {event}", note)


def _note(event: str, collections: tuple[str, ...]) -> str:
    """Say that this store never fires an event, with the closest name that it does; empty if it fires it."""
    known = [*ITEM_EVENTS, *(f"{name}.{item}" for name in collections for item in ITEM_EVENTS)]
    if any(matches(event, name) for name in known):
        return ""
    match = closest(event, known[:COMPARED])
    did_you_mean = f', did you mean "{match}"?' if match else ""
    return f'"{event}" never fires here: %sandbox emit{did_you_mean}'
