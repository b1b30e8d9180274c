"""``register-operation`` (execution-types, "Operations"): a step that a flow can run; needs no permission."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from scopebox.capabilities import options
from scopebox.capabilities.hooks import handler_number
from scopebox.events import HandlerCall, Usage
from scopebox.text import clean

if TYPE_CHECKING:
    from scopebox.capabilities import Caller
    from scopebox.chain import Cause

ID_CHARACTERS: Final = 100
OPERATION_ID: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,98}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Operation:
    """One registered operation. Ids are unique in a sandbox, and case counts."""

    id: str
    extension: str
    handler: int
    call: HandlerCall
    usage: Usage = field(default_factory=Usage)

    def __repr__(self) -> str:
        return f"<Operation {clean(self.id)} of {self.extension}: {self.usage.calls} calls>"

    async def run(self, data: object, cause: Cause) -> object:
        """Call the handler with ``data`` and return its result; ExtensionError for what it raised."""
        with self.usage.timed():
            return await self.call(self.handler, [data], cause, f"operation:{self.id}")


def register_operation(caller: Caller, args: list[object]) -> None:
    """Register an operation under an id that no other operation of the sandbox has."""
    given = options(args, 0, "register-operation", ("id", "handler", "style"))
    name = given.get("id")
    if not isinstance(name, str):
        raise TypeError("Operation id has to be of type string")
    if len(name) > ID_CHARACTERS or not OPERATION_ID.fullmatch(name):
        raise ValueError("register-operation: an id has letters, digits, dots, dashes and underscores, 100 at most")
    number = handler_number(given, "Operation handler")
    extension = caller.extension
    extension.count_registration()
    extension.box.registry.add_operation(Operation(name, extension.name, number, extension.call_handler))
    extension.note_registered(f"operation {name}")
