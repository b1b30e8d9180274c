"""Chains: the cause, depth, budget and deadline of everything that runs.

Every root (a cell, an HTTP request, an emitted event, an operation, a use of ``box.items``) starts a chain; whatever it causes,
however indirectly, belongs to the same chain, and so does what the host works for it (see :mod:`scopebox.chains.meter`).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import msgspec

from scopebox.chains.loop import cancel_soon
from scopebox.chains.meter import Meter, Metered, current_meter
from scopebox.errors import LimitError
from scopebox.store.database.allocator import APART, keep_large_apart
from scopebox.text.visible import shorten

if TYPE_CHECKING:
    from scopebox.settings import Settings


T = TypeVar("T")
MAX_OPEN_ACTIONS: Final = 16  # actions of one chain that run at the same time
MAX_ROOT_CHARACTERS: Final = 200  # characters of what started a chain: a path may be as long as a request
TIMED_OUT: Final = "Script execution timed out."  # Directus's words


class Callbacks(Protocol):
    """Callbacks that wait for their turn, of which ``left`` are still to begin: what they share is there once."""

    left: int

    def begin(self) -> Coroutine[object, object, None]:
        """Begin the next one."""


@dataclass(eq=False)
class Chain(Meter):
    """All that one root causes. ``deadline`` is a time of ``time.monotonic``.

    ``on_print`` is given what extensions print, ``context`` the variables of who started it. ``at_limit`` is told, once, that the chain has used its processor time. ``ended`` is then why it ended, unless the notebook
    itself started it (``notebook``): what that works is shown and not ended, only guests are.
    """

    root: str
    deadline: float
    busy_limit: float
    depth_limit: int
    fan_out_limit: int
    bytes_limit: int
    held_limit: int
    id: int = 0
    stored: int = 0
    callbacks: int = 0
    cancelled: bool = False
    overflowed: bool = False
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    waiting: deque[Callbacks] = field(default_factory=deque)
    expected: int = 0  # callbacks in what is waiting
    output: BytesIO | None = None  # of UTF-8: wide characters of pieces of text would take twice as much
    output_size: int = 0
    on_print: Callable[[str], None] | None = None
    notebook: bool = False
    at_limit: Callable[[Chain], None] | None = None
    ended: LimitError | None = None
    work: asyncio.Task[Any] | None = None
    _ending: asyncio.Handle | None = None
    context: Context = field(default_factory=copy_context)

    @classmethod
    def start(cls, root: str, settings: Settings, *, number: int = 0, wall: float | None = None) -> Chain:
        """Return a new chain whose deadline lies ``wall`` seconds ahead (the setting, if not given)."""
        seconds = settings.wall if wall is None else wall
        deadline = time.monotonic() + seconds
        return cls(
            root=shorten(root, MAX_ROOT_CHARACTERS),
            deadline=deadline,
            busy_limit=settings.chain_busy,
            depth_limit=settings.depth,
            fan_out_limit=settings.fan_out,
            bytes_limit=settings.chain_bytes,
            held_limit=settings.stored_bytes,
            id=number,
        )

    @property
    def over(self) -> bool:
        """Whether guests that run for the chain are to be stopped."""
        return (self.guests if self.notebook else self.guests + self.host) > self.busy_limit

    def timed_out(self) -> LimitError:
        """Return the error for a chain that has used its processor time."""
        return LimitError(
            TIMED_OUT,
            kind="chain",
            hint=f"All that {self.root} caused used more than {self.busy_limit:g} s of processor time, that of the host for it "
            "included. Sandbox(settings=Settings(chain_busy=SECONDS)) raises the limit, to at most 60.",
        )

    def on_limit(self) -> None:
        """End what runs for the chain, or tell the notebook what it used."""
        if not self.notebook:
            self.ended = self.timed_out()
        if self.at_limit is not None:
            self.at_limit(self)

    async def perform(self, work: Coroutine[object, object, T]) -> T:
        """Run work of the host that no guest waits for as part of the chain; LimitError where the chain ends meanwhile.

        It runs in the task that asks, which the end of the chain cancels as long as it is at work.
        """
        if self.ended is not None:
            work.close()
            raise copy(self.ended)
        task = asyncio.current_task()
        assert task is not None
        others, before, self.work = task.cancelling(), self.work, task
        try:
            return await (work if current_meter() is self else Metered(self, work))
        except asyncio.CancelledError:
            if self.ended is None or task.uncancel() > others:  # somebody else cancelled it, too
                raise
            raise copy(self.ended) from None
        finally:
            self.work = before
            if before is None and self._ending is not None:  # it would hit whatever the task does next
                self._ending.cancel()
                self._ending = None

    def left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())

    def extend(self, wall: float) -> None:
        """Set the deadline ``wall`` seconds ahead: the handler that a root turned out to call says how long it may take."""
        self.deadline = time.monotonic() + wall

    @property
    def room(self) -> int:
        """How many more callbacks it may have."""
        return self.fan_out_limit - self.callbacks

    @property
    def vacant(self) -> int:
        """How many more callbacks may wait beside those that do."""
        return max(0, self.room - self.expected)

    def enter(self, depth: int, count: int = 1) -> None:
        """Count callbacks into a guest at ``depth``; raise :class:`LimitError` where the chain has no room for them."""
        self.callbacks += count
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

    def listen(self) -> None:
        """Have printed text kept, until somebody asks for it."""
        self.output = BytesIO()

    def write(self, text: str, capacity: int) -> None:
        """Keep printed text for who listens, at most ``capacity`` characters in all; the rest is counted and dropped."""
        room = capacity - self.output_size
        self.output_size += len(text)
        if 4 * self.output_size > APART:  # a wide character takes four bytes
            keep_large_apart()
        if room > 0:
            if self.output is not None:
                self.output.write(text[:room].encode())
            if self.on_print is not None:  # whatever it raises is no fault of the extension
                asyncio.get_running_loop().call_soon(self.on_print, text[:room])

    def printed(self, capacity: int) -> str:
        """Return the printed text, once; its last line says how much was cut."""
        text = "" if self.output is None else self.output.getvalue().decode()
        self.output = None  # timers and what began meanwhile may hold the chain for long
        cut = self.output_size - capacity
        return f"{text}\n… {cut:,} more characters were printed and cut" if cut > 0 else text

    def queue(self, callbacks: Callbacks) -> None:
        """Spawn each of ``callbacks``: at once, or when enough of what was spawned before has ended. Order is kept."""
        if self.ended is None and callbacks.left:
            self.waiting.append(callbacks)
            self.expected += callbacks.left
            self._start_waiting()

    def _start_waiting(self) -> None:
        while self.waiting and len(self.tasks) < MAX_OPEN_ACTIONS:
            first = self.waiting[0] if self.waiting[0].left > 1 else self.waiting.popleft()
            self.expected -= 1
            self.spawn(first.begin())

    def _ended(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self._start_waiting()

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Run ``work`` on the loop as part of this chain; nobody waits for it but :meth:`settle`."""
        task = asyncio.get_running_loop().create_task(Metered(self, work))
        self.tasks.add(task)
        task.add_done_callback(partial(self.step, self._ended))

    async def settle(self, seconds: float) -> None:
        """Wait until everything that the chain spawned has ended, at most ``seconds``."""
        limit = time.monotonic() + seconds
        while self.tasks and (left := limit - time.monotonic()) > 0:
            await asyncio.wait(tuple(self.tasks), timeout=left)

    def cancel(self) -> None:
        """Cancel everything that the chain spawned; what runs for it in guests is killed by their isolates."""
        self.cancelled = True
        self.cancel_work()

    def cancel_work(self) -> None:
        """Cancel everything that the chain spawned or performs on the loop."""
        self.waiting.clear()
        self.expected = 0
        for task in self.tasks:
            cancel_soon(task)
        if self.work is not None and self._ending is None:
            self._ending = self.work.get_loop().call_soon(self.work.cancel)


class Cause(msgspec.Struct, frozen=True):
    """Why something runs: its chain, how deep in it, and the trace record of the call that caused it (0 for the root)."""

    chain: Chain
    depth: int = 0
    record: int = 0
