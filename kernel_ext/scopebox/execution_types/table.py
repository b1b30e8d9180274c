"""The execution types by name, each with the function that answers it: the closed list of what ``exec`` can do."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from scopebox.execution_types.endpoints import register_endpoint
from scopebox.execution_types.hooks import register_action, register_filter
from scopebox.execution_types.items import create_items, delete_items, read_items, update_items
from scopebox.execution_types.log import log
from scopebox.execution_types.operations import register_operation
from scopebox.execution_types.request import request
from scopebox.execution_types.sleep import sleep

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.execution_types.caller import ExecFunction

FUNCTIONS: Final[Mapping[str, ExecFunction]] = MappingProxyType(
    {
        "log": log,
        "sleep": sleep,
        "request": request,
        "create-items": create_items,
        "read-items": read_items,
        "update-items": update_items,
        "delete-items": delete_items,
        "register-filter": register_filter,
        "register-action": register_action,
        "register-endpoint": register_endpoint,
        "register-operation": register_operation,
    }
)
