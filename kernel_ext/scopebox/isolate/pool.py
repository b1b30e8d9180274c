"""The pool of isolates: the loop, the zygote, ready spares, the watchdog."""

from __future__ import annotations

import asyncio
import socket
import weakref
from collections import deque
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.errors import IsolateDied, IsolationError
from scopebox.isolate.doctor import IsolationReport, probe
from scopebox.isolate.handle import Isolate
from scopebox.isolate.loop import LoopThread
from scopebox.isolate.watchdog import Watchdog
from scopebox.isolate.zygote import Zygote, ZygoteEnded
from scopebox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable

    from scopebox.isolate.invocation import GuestPeer
    from scopebox.isolate.zygote import Child

T = TypeVar("T")
READY_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 3.0


class _Parts:
    """All that a pool has to end; it does not know the pool, so that a forgotten pool can be ended."""

    def __init__(self) -> None:
        self.thread = LoopThread()
        self.watchdog: Watchdog | None = None
        self.zygote: asyncio.Task[Zygote] | None = None
        self.isolates: set[Isolate] = set()
        self.spares: deque[Isolate] = deque()

    def close(self) -> None:
        if not self.thread.started:
            self.thread.close()
            return
        if self.thread.is_current:  # a collected pool: nobody may wait here
            self._kill_all()
            self._end_zygote()
        else:
            self.thread.run(self._end())
        self.thread.close()
        if self.watchdog is not None:
            self.watchdog.close()

    async def _end(self) -> None:
        self._kill_all()
        gone = [isolate.gone for isolate in self.isolates]
        if gone:
            await asyncio.wait(gone, timeout=CLOSE_SECONDS)
        self._end_zygote()

    def _kill_all(self) -> None:
        for isolate in tuple(self.isolates):
            isolate.kill(IsolateDied("Isolate is disposed: the sandbox was closed"))

    def _end_zygote(self) -> None:
        task, self.zygote = self.zygote, None
        if task is None:
            return
        if task.done() and not task.cancelled() and task.exception() is None:
            task.result().close()
        else:
            task.cancel()


class IsolatePool:
    """Makes isolates. It owns the background thread with its loop; several sandboxes may share it.

    Nothing is started before it is needed. ``engine`` is the file of another engine and ``without`` names mechanisms of
    confinement that are switched off: both are for tests.
    """

    def __init__(
        self, settings: Settings | None = None, *, engine: str | None = None, without: Iterable[str] = ()
    ) -> None:
        self.settings = settings or Settings()
        self._engine = engine
        self._without = frozenset(without)
        self._parts = _Parts()
        self._refilling = 0
        self._end = weakref.finalize(self, self._parts.close)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which everything of a sandbox runs; the thread starts with the first use."""
        return self._parts.thread.loop

    def run(self, work: Coroutine[object, object, T], timeout: float | None = None) -> T:
        """Run ``work`` on the loop and return its result. RuntimeError when called on the loop thread."""
        return self._parts.thread.run(work, timeout)

    @property
    def isolation(self) -> IsolationReport:
        """The level of isolation reached here, mechanism by mechanism; starts the zygote if there is none."""
        return self.run(self.report())

    async def report(self) -> IsolationReport:
        """Return what :attr:`isolation` does, on the loop."""
        isolate = await self._spare()
        self._parts.spares.append(isolate)
        return IsolationReport.of(isolate.ready.result().mechanisms)

    async def probe(self) -> IsolationReport:
        """Return the report with what a guest could do when it tried, on the loop; see :func:`examine`."""
        return await probe(await self._zygote())

    async def acquire(self, peer: GuestPeer, *, memory: int) -> Isolate:
        """Return a ready isolate that reports to ``peer`` and may take ``memory`` MiB: a spare, or else a new one.

        IsolationError if none can be started.
        """
        isolate = await self._spare()
        isolate.peer = peer
        try:
            isolate.limit_memory(memory)
        except OSError as error:
            isolate.kill(IsolateDied(f"Isolate is disposed: its memory cannot be limited ({error})"))
            raise IsolationError(f"The memory of an isolate cannot be limited: {error}") from error
        return isolate

    async def refill(self) -> None:
        """Make spares, as many as the settings say. To be called when a load's result is delivered, never before."""
        spares = self._parts.spares
        while len(spares) + self._refilling < self.settings.spares:
            self._refilling += 1
            try:
                spares.append(await self._fork())
            finally:
                self._refilling -= 1

    def refill_soon(self) -> None:
        """Make spares in the background; on the loop thread. What goes wrong is left to the next load."""
        task = asyncio.get_running_loop().create_task(self.refill())
        task.add_done_callback(lambda task: task.cancelled() or task.exception())

    def close(self) -> None:
        """End every process and thread. Idempotent; also called when the pool is forgotten, and at exit."""
        self._end()

    async def _spare(self) -> Isolate:
        spares = self._parts.spares
        while spares:
            isolate = spares.popleft()
            if isolate.alive:
                return isolate
        return await self._fork()

    async def _fork(self) -> Isolate:
        parts = self._parts
        child, ours = await self._child()
        loop = asyncio.get_running_loop()
        parts.watchdog = parts.watchdog or Watchdog(loop)
        isolate = Isolate(loop, ours, child, self.settings, parts.watchdog)
        parts.isolates.add(isolate)
        isolate.gone.add_done_callback(lambda _: parts.isolates.discard(isolate))
        try:
            await asyncio.wait_for(asyncio.shield(isolate.ready), READY_SECONDS)
        except (TimeoutError, IsolateDied) as error:
            isolate.kill(IsolateDied("Isolate is disposed: it did not get ready"))
            raise IsolationError(f"No isolate gets ready: {error}") from None
        return isolate

    async def _child(self) -> tuple[Child, socket.socket]:
        """Return a new guest process and the host's end of its channel; try again if the zygote has just ended."""
        while True:
            zygote = await self._zygote()
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            try:
                return await zygote.fork(theirs), ours
            except BaseException as error:
                ours.close()
                if not isinstance(error, ZygoteEnded):
                    raise
            finally:
                theirs.close()

    async def _zygote(self) -> Zygote:
        """Return the zygote; start one if there is none, or if it ended. All who ask at the same time get the same."""
        parts = self._parts
        task = parts.zygote
        if task is None or (task.done() and (task.cancelled() or task.exception() or not task.result().alive)):
            task = parts.zygote = asyncio.get_running_loop().create_task(self._start_zygote())
        return await asyncio.shield(task)

    async def _start_zygote(self) -> Zygote:
        zygote = Zygote(asyncio.get_running_loop(), self._engine, self._without)
        try:
            await zygote.started()
        except BaseException:
            zygote.close()
            raise
        return zygote
