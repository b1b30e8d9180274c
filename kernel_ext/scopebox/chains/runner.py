"""How work gets from a caller's thread onto the loop, as a chain, and how an interrupt ends it."""

from __future__ import annotations

import asyncio
import itertools
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.chains.chain import Chain
from scopebox.chains.loop import cancel_soon
from scopebox.chains.meter import Metered
from scopebox.errors import CancelledRun

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scopebox.chains.loop import LoopThread
    from scopebox.settings import Settings

T = TypeVar("T")
INTERRUPT_SECONDS: Final = 0.25  # that an interrupt waits for what it cancelled
CLOSE_SECONDS: Final = 2.0  # that closing waits for what it cancelled


class ChainRunner:
    """Starts chains and waits for them, from any thread but the loop's own.

    ``cancel`` ends what runs for a chain in guests, ``at_limit`` is told of a chain that has used its processor time; both are
    called on the loop.
    """

    def __init__(
        self,
        thread: LoopThread,
        settings: Settings,
        cancel: Callable[[Chain], None],
        at_limit: Callable[[Chain], None],
    ) -> None:
        self._thread = thread
        self._settings = settings
        self._cancel = cancel
        self._at_limit = at_limit
        self._numbers = itertools.count(1)
        self._open: dict[asyncio.Task[object], Chain] = {}  # on the loop: what other threads and loops wait for

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which every chain runs."""
        return self._thread.loop

    def start(self, root: str, wall: float | None = None, *, notebook: bool = False) -> Chain:
        """Return a new chain; ``root`` says in a word what started it.

        What the host itself works for one of the ``notebook`` is shown where it goes beyond the limit, and not ended.
        """
        chain = Chain.start(root, self._settings, number=next(self._numbers), wall=wall)
        chain.notebook, chain.at_limit = notebook, self._at_limit
        return chain

    def run(self, chain: Chain, work: Callable[[], Coroutine[object, object, T]], remedy: str) -> T:
        """Run what ``work`` returns and return its result. An interrupt cancels the chain, and is raised when that has ended.

        RuntimeError on the loop thread, where waiting would never end; ``remedy`` says what to do there. CancelledRun if the
        sandbox is closed meanwhile.
        """
        if self._on_loop():
            raise RuntimeError(f"This call would block the loop it runs on; {remedy} instead")
        try:
            return self._thread.wait(
                lambda: Metered(chain, self._run(chain, work())), lambda: self._end({chain}, INTERRUPT_SECONDS)
            )
        except CancelledError:
            raise _cancelled() from None

    async def run_async(self, chain: Chain, work: Coroutine[object, object, T]) -> T:
        """Run ``work`` from whatever loop awaits this; cancelling the await cancels the chain."""
        if self._on_loop():
            return await Metered(chain, work)
        future = self._thread.submit(Metered(chain, self._run(chain, work)))
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and not task.cancelling():
                raise _cancelled() from None
            with suppress(RuntimeError):  # closed meanwhile
                self._thread.loop.call_soon_threadsafe(self._cancel, chain)
            raise

    async def close(self) -> None:
        """On the loop: end all that other threads and loops wait for, but for the caller's own work."""
        mine = asyncio.current_task()
        await self._end({chain for task, chain in self._open.items() if task is not mine}, CLOSE_SECONDS)

    async def _run(self, chain: Chain, work: Coroutine[object, object, T]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = chain
        try:
            return await work
        finally:
            del self._open[task]

    async def _end(self, chains: set[Chain], seconds: float) -> None:
        """Cancel ``chains`` and who waits for them; return when all that has ended, or after some seconds."""
        ending = {task for task, chain in self._open.items() if chain in chains}
        for chain in chains:
            ending |= chain.tasks
            self._cancel(chain)
        for task in ending:
            cancel_soon(task)
        if ending:
            await asyncio.wait(ending, timeout=seconds)

    def _on_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._thread.loop
        except RuntimeError:
            return False


def _cancelled() -> CancelledRun:
    return CancelledRun("The run was cancelled: the sandbox was closed")
