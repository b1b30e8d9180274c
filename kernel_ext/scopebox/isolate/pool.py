"""The pool of isolates: the loop, a zygote and ready spares for each engine, the watchdog."""

from __future__ import annotations

import asyncio
import socket
import sys
import weakref
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.chains.loop import CLOSED, LoopThread, channel_hint
from scopebox.errors import IsolateDied, IsolationError
from scopebox.isolate.engines import beyond
from scopebox.isolate.isolate import Isolate
from scopebox.isolate.levels import PORTABLE, is_enough, portable_refused, too_low
from scopebox.isolate.pool_parts import PoolParts
from scopebox.isolate.probing import probe
from scopebox.isolate.process import StarterEndedError
from scopebox.isolate.report import IsolationReport
from scopebox.isolate.starting import start
from scopebox.isolate.watchdog import Watchdog
from scopebox.languages import DEFAULT_LANGUAGE, LANGUAGES
from scopebox.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence
    from concurrent.futures import Future

    from scopebox.isolate.invocation import GuestPeer
    from scopebox.isolate.process import GuestProcess, Starter
    from scopebox.languages import Language

T = TypeVar("T")
READY_SECONDS: Final = 30.0  # that a guest may take; a machine may be busy


class IsolatePool:
    """Makes isolates. It owns the background thread with its loop; several sandboxes may share it.

    Nothing is started before it is needed: each engine has a zygote of its own, so that a guest holds nothing of the others, and
    spares once it was used. Where no zygote can be had, outside Linux, an isolate is portable: an interpreter of its own, which nothing but
    the language confines, and only where that is accepted. ``engine`` is the file of another engine, for whatever language, ``without`` names mechanisms of
    confinement that are switched off, and ``portable`` makes portable isolates here as well: all three are for tests.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        engine: str | None = None,
        without: Iterable[str] = (),
        portable: bool = False,
    ) -> None:
        self.settings = settings or Settings()
        self._portable = portable or sys.platform != "linux"
        self._engine = engine
        self._without = frozenset(without)
        self._parts = PoolParts()
        self._end = weakref.finalize(self, self._parts.close)

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which everything of a sandbox runs; the thread starts with the first use."""
        return self._parts.thread.loop

    @property
    def thread(self) -> LoopThread:
        """The thread that the loop runs on."""
        return self._parts.thread

    @property
    def started(self) -> bool:
        """Whether the loop runs."""
        return self._parts.thread.started

    def run(self, work: Coroutine[object, object, T], timeout: float | None = None) -> T:
        """Run ``work`` on the loop and return its result. RuntimeError when called on the loop thread."""
        return self._parts.thread.run(work, timeout)

    def submit(self, work: Coroutine[object, object, T]) -> Future[T]:
        """Run ``work`` on the loop; from any thread. The future comes to an end, also when the pool is closed."""
        return self._parts.thread.submit(work)

    @property
    def isolates(self) -> tuple[Isolate, ...]:
        """All isolates whose process may still be there, spares included; from any thread."""
        return tuple(self._parts.isolates)

    async def settle(self) -> None:
        """Wait until no process is being started, and each that was killed is gone. On the loop."""
        await self._parts.settle()

    @property
    def isolation(self) -> IsolationReport:
        """The level of isolation reached here, mechanism by mechanism; starts the zygote if there is none."""
        return self.run(self.report())

    @property
    def known_isolation(self) -> IsolationReport | None:
        """The level of isolation if a guest has shown it already; nobody waits, and nothing is started."""
        return self._parts.isolation

    async def report(self) -> IsolationReport:
        """Return what :attr:`isolation` does, on the loop."""
        self._accept(self.settings.isolation)
        isolate = await self._spare(self._engine_of(DEFAULT_LANGUAGE))
        self._keep(isolate)
        return isolate.isolation

    def examine(self) -> IsolationReport:
        """Have guests of every engine try what they must not do, and return the full report. Not on the loop thread."""
        return self.run(self.probe())

    async def probe(self) -> IsolationReport:
        """Return what :meth:`examine` does, on the loop."""
        default = self._engine_of(DEFAULT_LANGUAGE)
        report = await probe(await self._zygote(default))
        others = {self._engine_of(language) for language in LANGUAGES.values()} - {default}
        return replace(
            report,
            engines={engine: await self._parts.make(self._tried(engine, report.possible)) for engine in sorted(others)},
        )

    def expect(self, language: Language) -> None:
        """Start the zygote of a language for a load that is about to come. Not on the loop thread. What goes wrong is left to that load."""
        engine = self._engine_of(language)
        if engine in self._parts.engines or self._portable:  # nothing portable is started before somebody accepted it
            return

        async def spawned() -> None:
            self._starting(engine)
            await asyncio.sleep(0)  # its process is there then: what this thread does next would only hold that up

        with suppress(IsolationError, RuntimeError):
            self.run(spawned())

    async def acquire(
        self, peer: GuestPeer, *, memory: int, accepted: str = "", language: Language = DEFAULT_LANGUAGE
    ) -> Isolate:
        """Return a ready isolate for a language that reports to ``peer`` and may take ``memory`` MiB: a spare, or a new one.

        IsolationError if none can be started, and if its level of isolation is below ``accepted``, by default that of the settings.
        IsolateDied if it ended while it was taken.
        """
        accepted = accepted or self.settings.isolation
        self._accept(accepted)
        isolate = await self._spare(self._engine_of(language))
        level = isolate.isolation.level
        if not is_enough(level, accepted):
            self._keep(isolate)
            raise too_low(level, accepted, isolate.isolation.missing)
        isolate.peer = peer
        isolate.limit_memory(memory)
        return isolate

    async def refill(self) -> None:
        """Make spares, as many as the settings say. To be called when a load's result is delivered, never before."""
        parts = self._parts
        if not self._portable:  # else nothing is started before somebody accepted it
            parts.of(self._engine_of(DEFAULT_LANGUAGE))
        for engine, of_engine in tuple(parts.engines.items()):
            if of_engine.failed:  # the next load tries once more, and says why
                continue
            for _ in range(self.settings.spares - len(of_engine.spares) - of_engine.filling):
                await asyncio.shield(parts.make(self._make_spare(engine)))

    def refill_soon(self) -> None:
        """Make spares in the background; on the loop thread. What goes wrong is left to the next load."""
        if not self._parts.closing:
            self._parts.make(self.refill())

    def close(self) -> None:
        """End every process and thread. Idempotent; also called when the pool is forgotten, and at exit."""
        self._end()

    def _accept(self, accepted: str) -> None:
        if self._portable and not is_enough(PORTABLE, accepted):
            raise portable_refused(accepted)

    def _engine_of(self, language: Language) -> str:
        return self._engine or language.engine

    async def _spare(self, engine: str) -> Isolate:
        """Return a spare, or else a new isolate; the caller owns it from then on."""
        spares = self._parts.of(engine).spares
        while spares:
            isolate = spares.popleft()
            if isolate.alive:
                return isolate
        task = self._parts.make(self._fork(engine))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(self._unwanted)
            raise

    def _unwanted(self, task: asyncio.Task[Isolate]) -> None:
        """Take over an isolate whose caller went away while it was made."""
        if not task.cancelled() and task.exception() is None:
            self._keep(task.result())

    def _keep(self, isolate: Isolate) -> None:
        """Make a spare of an isolate, or end it where there are enough."""
        parts = self._parts
        spares = parts.of(isolate.engine).spares
        if isolate.alive and not parts.closing and len(spares) < self.settings.spares:
            spares.append(isolate)
        else:
            isolate.kill(IsolateDied("Isolate is disposed: it is not needed"))

    async def _make_spare(self, engine: str) -> None:
        of_engine = self._parts.of(engine)
        of_engine.filling += 1
        try:
            self._keep(await self._fork(engine))
        finally:
            of_engine.filling -= 1

    async def _fork(self, engine: str) -> Isolate:
        parts = self._parts
        child, ours = await self._child(engine)
        loop = asyncio.get_running_loop()
        parts.watchdog = parts.watchdog or Watchdog(loop)
        try:
            isolate = Isolate(loop, ours, child, self.settings, parts.watchdog, backlog=parts.backlog)
        except OSError as error:
            child.kill()
            ours.close()
            raise IsolationError(f"An isolate cannot be reached: {error}") from error
        parts.isolates.add(isolate)
        isolate.gone.add_done_callback(lambda _: parts.forget(isolate))
        try:
            ready = await asyncio.wait_for(asyncio.shield(isolate.ready), READY_SECONDS)
            isolate.isolation = parts.isolation = IsolationReport.of(child.inspect(ready.mechanisms))
            if parts.closing:
                raise IsolationError(CLOSED)  # noqa: TRY301 - as whatever else goes wrong
        except BaseException as error:
            isolate.kill(IsolateDied("Isolate is disposed: it did not get ready"))
            if isinstance(error, TimeoutError | IsolateDied):
                raise IsolationError(f"No isolate became ready: {child.reason or error}") from None
            raise
        return isolate

    async def _child(self, engine: str) -> tuple[GuestProcess, socket.socket]:
        """Return a new guest process and the host's end of its channel; try again if the zygote has just ended."""
        while True:
            zygote = await self._zygote(engine)
            try:
                ours, theirs = socket.socketpair()
            except OSError as error:
                raise IsolationError(f"No channel to an isolate can be opened: {error}", hint=channel_hint()) from error
            ours.setblocking(False)
            try:
                return await zygote.fork(theirs), ours
            except BaseException as error:
                ours.close()
                if not isinstance(error, StarterEndedError):
                    raise
            finally:
                theirs.close()

    async def _zygote(self, engine: str) -> Starter:
        """Return the zygote of an engine; start one if there is none, or if it ended. All who ask at the same time get the same."""
        task = self._starting(engine)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled() and self._parts.closing:
                raise IsolationError(CLOSED) from None
            raise

    def _starting(self, engine: str) -> asyncio.Task[Starter]:
        of_engine = self._parts.of(engine)
        task, started = of_engine.zygote, of_engine.started
        if task is None or (task.done() and (started is None or not started.alive)):
            task = of_engine.zygote = self._parts.make(self._start(engine))
        return task

    async def _start(self, engine: str) -> Starter:
        return await start(engine, self._without, portable=self._portable)

    async def _tried(self, engine: str, known: Sequence[str]) -> str:
        """Return why no guest of an engine should run here, empty if it can do nothing but what is ``known``; nothing of it stays."""
        try:
            zygote = await self._start(engine)
            try:
                possible = (await probe(zygote)).possible
            finally:
                zygote.close()
        except IsolationError as error:
            return error.message
        return beyond(engine, possible, known)
