"""``sleep``: wait for a number of milliseconds (sandbox, "Sleep Scope")."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scopebox.execution_types.caller import CallContext


async def sleep(context: CallContext, args: list[object]) -> None:
    """Wait for a number of milliseconds. The wall time of the cell or handler goes on. TypeError unless it is a number."""
    milliseconds = args[0] if args else None
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not abs(milliseconds) < math.inf:
        raise TypeError("Sleep milliseconds has to be of type number")
    # What lies beyond the deadline of the chain never comes; a whole number may have thousands of digits, more than a float or the loop's clock holds.
    longest = context.cause.chain.left() + 1
    del args  # what else was said, which may be long, is of no use while many wait
    await asyncio.sleep(min(max(0, milliseconds), longest * 1000) / 1000)
