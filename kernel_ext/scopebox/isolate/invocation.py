"""What runs in an isolate, and whom the isolate reports to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from scopebox_guest import wire

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from scopebox.chains.chain import Cause
    from scopebox.errors import ExtensionError

Answer = wire.Reply | wire.Refuse


class Invocation:
    """A cell or a handler that runs in an isolate. ``number`` is its number there, ``cause`` why it runs.

    ``deadline`` is a time of ``time.monotonic``, ``busy`` the seconds of processor time between two answers. ``stopped`` is why
    its calls are refused, if they are.
    """

    __slots__ = ("busy", "cause", "deadline", "done", "loads", "number", "printed", "stopped", "wall")

    def __init__(self, number: int, cause: Cause, wall: float, busy: float, done: asyncio.Future[wire.Done]) -> None:
        self.number = number
        self.cause = cause
        self.wall = wall
        self.busy = busy
        self.done = done
        self.deadline = min(time.monotonic() + wall, cause.chain.deadline)
        self.loads = False
        self.printed = 0
        self.stopped: ExtensionError | None = None


class GuestPeer(Protocol):
    """What an isolate reports to. All methods are called on the loop thread and must not raise."""

    def on_call(self, call: wire.Call, invocation: Invocation) -> Answer | Coroutine[object, object, Answer]:
        """Answer a call, at once or by a coroutine, which becomes a task."""

    def on_output(self, invocation: Invocation, text: str) -> None:
        """Take printed text."""

    def on_exit(self, cause: ExtensionError) -> None:
        """Note that the isolate is gone; called once."""
