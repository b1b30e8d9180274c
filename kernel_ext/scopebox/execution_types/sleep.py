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
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or not math.isfinite(milliseconds):
        raise TypeError("Sleep milliseconds has to be of type number")
    # What lies beyond the deadline of the chain never comes; the bound keeps huge numbers out of the loop's clock.
    seconds = min(max(0.0, milliseconds / 1000), context.cause.chain.left() + 1)
    del args  # what else was said, which may be long, is of no use while many wait
    await asyncio.sleep(seconds)
