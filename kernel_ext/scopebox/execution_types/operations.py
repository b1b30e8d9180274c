"""``register-operation`` (execution-types, "Operations"): a step that a flow can run; needs no permission."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from scopebox.execution_types.arguments import handler_number, options
from scopebox.registry.registrations import Operation
from scopebox.text.messages import quote

if TYPE_CHECKING:
    from scopebox.execution_types.caller import CallContext

MAX_ID_CHARACTERS: Final = 100
OPERATION_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?")


def register_operation(context: CallContext, args: list[object]) -> None:
    """Register an operation under an id that no other operation of the sandbox has."""
    given = options(args, "register-operation")
    name = given.get("id")
    if not isinstance(name, str):
        raise TypeError("Operation config id has to be of type string")
    if len(name) > MAX_ID_CHARACTERS or not OPERATION_ID.fullmatch(name):
        raise ValueError(
            f"register-operation: {quote(name)} is not an id; one has letters, digits, dots, dashes and underscores, "
            f"{MAX_ID_CHARACTERS} at most, and begins and ends with a letter or a digit"
        )
    number = handler_number(given, "register-operation")
    caller = context.caller
    caller.count_registration()
    registry = caller.services.registry
    registry.register(Operation(name, caller.name, number, context.call_handler, registry.usage()))
    caller.note_registered(f"operation {name}")
