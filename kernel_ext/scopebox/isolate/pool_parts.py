"""What a pool of isolates has to end: its thread, zygote, watchdog and isolates."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.chains.interrupts import Interrupts
from scopebox.chains.loop import CLOSED, LoopThread
from scopebox.errors import IsolateDied, IsolationError
from scopebox.isolate.backlog import Backlog

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from scopebox.errors import ExtensionError
    from scopebox.isolate.isolate import Isolate
    from scopebox.isolate.process import Starter
    from scopebox.isolate.report import IsolationReport
    from scopebox.isolate.watchdog import Watchdog

T = TypeVar("T")
CLOSE_SECONDS: Final = 3.0  # that what is being made may take to end


class EngineParts:
    """What a pool has for one engine: its zygote, ready spares, and how many more are being made."""

    def __init__(self) -> None:
        self.zygote: asyncio.Task[Starter] | None = None
        self.spares: deque[Isolate] = deque()
        self.filling = 0

    @property
    def started(self) -> Starter | None:
        """The last zygote, unless it is still starting or did not come up; it may have ended since."""
        task = self.zygote
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    @property
    def failed(self) -> bool:
        """Whether the last zygote did not come up."""
        task = self.zygote
        return task is not None and task.done() and not task.cancelled() and task.exception() is not None


class PoolParts:
    """All that a pool has to end; it does not know the pool, so that a forgotten pool can be ended.

    Every process has an owner at each moment: a task that makes it, then ``spares`` or whoever acquired it.
    """

    def __init__(self) -> None:
        self.thread = LoopThread()
        self.watchdog: Watchdog | None = None
        self.backlog = Backlog()
        self.engines: dict[str, EngineParts] = {}  # those that were used
        self.isolates: set[Isolate] = set()
        self.isolation: IsolationReport | None = None
        self.making: set[asyncio.Task[object]] = set()  # zygotes and isolates on their way
        self.closing = False

    def of(self, engine: str) -> EngineParts:
        """Return what there is for an engine, which is used from now on."""
        return self.engines.setdefault(engine, EngineParts())

    def make(self, work: Coroutine[object, object, T]) -> asyncio.Task[T]:
        """Make something in a task that no caller can cancel. On the loop."""
        if self.closing:
            work.close()
            raise IsolationError(CLOSED)
        task = asyncio.get_running_loop().create_task(work)
        self.making.add(task)
        task.add_done_callback(self._made)
        return task

    def _made(self, task: asyncio.Task[T]) -> None:
        self.making.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, whether or not anybody still waits for it

    def forget(self, isolate: Isolate) -> None:
        """Note that the process of an isolate is gone."""
        self.isolates.discard(isolate)
        with suppress(ValueError):  # most are no spares
            self.of(isolate.engine).spares.remove(isolate)

    async def settle(self) -> None:
        """Wait until nothing is being made and all that was killed is gone."""
        while self.making or self._dying():
            if self.making:
                await asyncio.wait(tuple(self.making))
            for gone in self._dying():
                await asyncio.wait([gone])

    def _dying(self) -> list[asyncio.Future[ExtensionError]]:
        return [isolate.gone for isolate in self.isolates if not isolate.alive]

    def close(self) -> None:
        """End every process and thread."""
        with Interrupts():
            self.closing = True
            if self.thread.never_started():
                return
            if self.thread.is_current:  # a collected pool: nobody may wait here
                self._kill_all()
                self._end_zygotes()
            else:
                self.thread.run(self._end())
            self.thread.close()
            if self.watchdog is not None:
                self.watchdog.close()

    async def _end(self) -> None:
        for engine in self.engines.values():
            if engine.zygote is not None:
                engine.zygote.cancel()  # where it is starting
        self._kill_all()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.settle(), CLOSE_SECONDS)
        self._end_zygotes()

    def _kill_all(self) -> None:
        for isolate in tuple(self.isolates):
            isolate.kill(IsolateDied("Isolate is disposed: the sandbox was closed"))

    def _end_zygotes(self) -> None:
        for engine in self.engines.values():
            zygote = engine.started
            engine.zygote = None
            if zygote is not None:
                zygote.close()
