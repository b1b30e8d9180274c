"""What runs in an isolate, and whom the isolate reports to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, Protocol

from scopebox_guest import wire

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine

    from scopebox.chains.chain import Cause
    from scopebox.errors import ExtensionError


NOTHING: Final = b"null"


class Following(Protocol):
    """What comes behind a call of a series."""

    left: int  # calls that are still to come

    def next(self, done: wire.Done) -> Cause:
        """Take what the call before came to, and return why the next one runs."""


Answer = wire.Reply | wire.Refuse


class Invocation:
    """A cell or a handler that runs in an isolate. ``number`` is its number there, ``cause`` why it runs.

    ``deadline`` is a time of ``time.monotonic``, ``busy`` the seconds of processor time between two answers. ``stopped`` is why
    its calls are refused, if they are. ``following`` is what comes behind it in its frame: they have one ``done``, set by the last.
    ``told`` is how many bytes those before it came to.
    """

    __slots__ = (
        "busy",
        "cause",
        "deadline",
        "done",
        "following",
        "loads",
        "number",
        "printed",
        "stopped",
        "told",
        "wall",
    )

    def __init__(self, number: int, cause: Cause, wall: float, busy: float, done: asyncio.Future[wire.Done]) -> None:
        self.number = number
        self.cause = cause
        self.wall = wall
        self.busy = busy
        self.done = done
        self.deadline = min(time.monotonic() + wall, cause.chain.deadline)
        self.following: Following | None = None
        self.loads = False
        self.told = 0
        self.printed = 0
        self.stopped: ExtensionError | None = None

    def next(self, done: wire.Done) -> Invocation | None:
        """Return what runs now that this ended with ``done``, if anything does; FrameError where that cannot be."""
        following = self.following
        left = 0 if following is None else following.left
        succeeded = done.failure is None and not done.repr
        if done.last and not (left and succeeded):
            raise wire.FrameError("the last of calls behind which there are none")
        if following is None or done.last or not (left and succeeded):
            return None
        told = self.told + len(done.value) - len(NOTHING)
        if told > wire.MAX_SERIES_BYTES:
            raise wire.FrameError("more than the calls of a series may come to")
        after = Invocation(self.number + 1, following.next(done), self.wall, self.busy, self.done)
        after.following, after.told = following, told
        if self.stopped is not None:
            after.stopped, after.deadline = self.stopped, self.deadline
        return after


class GuestPeer(Protocol):
    """What an isolate reports to. All methods are called on the loop thread and must not raise."""

    def refuses(self, kind: str) -> bool:
        """Whether a call of the type ``kind`` is refused, whatever its arguments are."""

    def on_call(self, call: wire.Call, invocation: Invocation) -> Answer | Coroutine[object, object, Answer]:
        """Answer a call, at once or by a coroutine, which becomes a task."""

    def on_output(self, invocation: Invocation, text: str) -> None:
        """Take printed text."""

    def on_exit(self, cause: ExtensionError) -> None:
        """Note that the isolate is gone; called once."""
