"""Chains: the cause, depth, budget and deadline of everything that runs.

Every root (a cell, an HTTP request, an emitted event, an operation, a use of ``box.items``) starts a chain; whatever it causes,
however indirectly, belongs to the same chain.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.errors import LimitError

if TYPE_CHECKING:
    from scopebox.settings import Settings


AT_ONCE: Final = 16  # actions of one chain that run at the same time


@dataclass(eq=False)
class Chain:
    """All that one root causes. ``deadline`` is a time of ``time.monotonic``; ``busy`` counts seconds of guests' processor time."""

    root: str
    deadline: float
    busy_limit: float
    depth_limit: int
    fan_out_limit: int
    bytes_limit: int
    id: int = 0
    stored: int = 0
    busy: float = 0.0
    callbacks: int = 0
    cancelled: bool = False
    overflowed: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    waiting: deque[Callable[[], Coroutine[object, object, None] | None]] = field(default_factory=deque)
    output: list[str] = field(default_factory=list)
    output_size: int = 0

    @classmethod
    def start(cls, root: str, settings: Settings, *, number: int = 0, wall: float | None = None) -> Chain:
        """Return a new chain whose deadline lies ``wall`` seconds ahead (the setting, if not given)."""
        seconds = settings.wall if wall is None else wall
        deadline = time.monotonic() + seconds
        return cls(root, deadline, settings.chain_busy, settings.depth, settings.fan_out, settings.chain_bytes, number)

    def left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())

    def extend(self, wall: float) -> None:
        """Set the deadline ``wall`` seconds ahead: the handler that a root turned out to call says how long it may take."""
        self.deadline = time.monotonic() + wall

    def enter(self, depth: int) -> None:
        """Count one callback into a guest at ``depth``; raise :class:`LimitError` where the chain has no room for it."""
        self.callbacks += 1
        if depth > self.depth_limit:
            raise LimitError(
                f"More than {self.depth_limit} callbacks are nested in one chain, started by {self.root}",
                kind="chain",
                hint="A handler seems to cause the event that calls it.",
            )
        if self.callbacks > self.fan_out_limit:
            raise LimitError(
                f"More than {self.fan_out_limit} callbacks in one chain, started by {self.root}", kind="chain"
            )

    def store(self, size: int) -> None:
        """Count bytes that are about to be written into items; LimitError where the chain may not write as many."""
        if self.stored + size > self.bytes_limit:
            raise LimitError(
                f"More than {self.bytes_limit:,} bytes of items would be written in one chain, started by {self.root}",
                kind="chain",
                hint="Write less at a time; Sandbox(settings=Settings(chain_bytes=BYTES)) raises the limit.",
            )
        self.stored += size

    def write(self, text: str, capacity: int) -> None:
        """Keep printed text, at most ``capacity`` characters in all; the rest is counted and dropped."""
        room = capacity - self.output_size
        self.output_size += len(text)
        if room > 0:
            self.output.append(text[:room])

    def printed(self, capacity: int) -> str:
        """Return the printed text; its last line says how much was cut."""
        text = "".join(self.output)
        cut = self.output_size - capacity
        return f"{text}\n… {cut:,} more characters were printed and cut" if cut > 0 else text

    @property
    def full(self) -> bool:
        """Whether the chain has had, or waits for, as many callbacks as it may have."""
        return self.callbacks + len(self.waiting) >= self.fan_out_limit

    def queue(self, start: Callable[[], Coroutine[object, object, None] | None]) -> None:
        """Spawn what ``start`` returns: at once, or when enough of what was spawned before has ended. Order is kept."""
        self.waiting.append(start)
        self._start_waiting()

    def _start_waiting(self) -> None:
        while self.waiting and len(self.tasks) < AT_ONCE:
            work = self.waiting.popleft()()
            if work is not None:
                self.spawn(work)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self._start_waiting()

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Run ``work`` on the loop as part of this chain; nobody waits for it but :meth:`settle`."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    async def settle(self, seconds: float) -> None:
        """Wait until everything that the chain spawned has ended, at most ``seconds``."""
        limit = time.monotonic() + seconds
        while self.tasks and (left := limit - time.monotonic()) > 0:
            await asyncio.wait(tuple(self.tasks), timeout=left)

    def cancel(self) -> None:
        """Cancel everything that the chain spawned; what runs for it in guests is killed by their isolates."""
        self.cancelled = True
        self.waiting.clear()
        for task in tuple(self.tasks):
            task.cancel()


class Cause(msgspec.Struct, frozen=True):
    """Why something runs: its chain, how deep in it, and the trace record of the call that caused it (0 for the root)."""

    chain: Chain
    depth: int = 0
    record: int = 0
