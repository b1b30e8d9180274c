"""``log``: a message in the log of the sandbox (execution-types, "Log"; sandbox, "Log Scope")."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scopebox.execution_types.caller import CallContext


def log(context: CallContext, args: list[object]) -> None:
    """Write a message, a string, to the log. TypeError for anything else, RuntimeError above the allowed rate."""
    message = args[0] if args else None
    if not isinstance(message, str) or len(args) > 1:
        raise TypeError("Log message has to be of type string")
    limit = context.caller.services.settings.log_length
    if len(message) > limit:
        message = f"{message[:limit]} … ({len(message) - limit} more characters)"
    context.caller.write_log(message, context.cause.chain)
