"""``request``: a request to the outside."""

from __future__ import annotations

from collections.abc import Awaitable
from functools import partial
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from scopebox.execution_types.caller import CallContext


def request(context: CallContext, args: list[object]) -> Awaitable[object]:
    """Send a request; the arguments after the execution type are a URL and, optionally, options."""
    if len(args) > 2:  # noqa: PLR2004 - url and options
        raise TypeError(f"Request takes url and options, {len(args)} arguments were given")
    assert context.permission is not None
    url, options = (*args, msgspec.UNSET, msgspec.UNSET)[:2]
    caller = context.caller
    assert caller.isolate is not None
    return caller.services.requester.request(
        context.permission,
        url,
        options,
        style=context.style,
        who=caller.name,
        live=caller.live,
        taken=caller.isolate.drained,
        answered=partial(caller.keep_answer, context.cause.record),
    )
