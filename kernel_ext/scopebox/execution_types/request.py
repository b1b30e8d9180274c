"""``request``: a request to the outside."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

import msgspec

from scopebox.network.outgoing import Style

if TYPE_CHECKING:
    from scopebox.execution_types.caller import Caller


def request(caller: Caller, args: list[object]) -> Awaitable[object]:
    """Send a request; the arguments after the execution type are a URL and, optionally, options."""
    if len(args) > 2:  # noqa: PLR2004 - url and options
        raise TypeError(f"Request takes url and options, {len(args)} arguments were given")
    assert caller.permission is not None
    url, options = (*args, msgspec.UNSET, msgspec.UNSET)[:2]
    style: Style = "api" if caller.api else "exec"
    isolate = caller.extension.isolate
    assert isolate is not None
    who = caller.extension.name
    return caller.extension.box.requester.request(
        caller.permission, url, options, style=style, who=who, taken=isolate.drained
    )
