"""Calls that wait for their answer."""

from __future__ import annotations

import asyncio

from scopebox.isolate.invocation import Answer, Invocation


class _OpenCall:
    """A call that waits for its answer. ``size`` counts against ``wire.BULK_OPEN``."""

    __slots__ = ("invocation", "size", "task")

    def __init__(self, invocation: Invocation, task: asyncio.Task[Answer], size: int) -> None:
        self.invocation = invocation
        self.task = task
        self.size = size
