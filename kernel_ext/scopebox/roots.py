"""Roots: how work gets from a caller's thread onto the loop, as a chain, and how an interrupt ends it."""

from __future__ import annotations

import asyncio
import itertools
import sys
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.chain import Chain
from scopebox.display.result import printed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from scopebox.isolate.pool import IsolatePool
    from scopebox.settings import Settings

T = TypeVar("T")
INTERRUPT_GRACE: Final = 0.25  # seconds that an interrupt waits for what it cancelled


class Roots:
    """Starts chains on the loop of a pool and waits for them, from any thread but the loop's own."""

    def __init__(self, pool: IsolatePool, settings: Settings, cancel: Callable[[Chain], None]) -> None:
        self._pool = pool
        self._settings = settings
        self._cancel = cancel
        self._numbers = itertools.count(1)

    def start(self, root: str, wall: float | None = None) -> Chain:
        """Return a new chain; ``root`` says in a word what started it."""
        return Chain.start(root, self._settings, number=next(self._numbers), wall=wall)

    def wait(self, chain: Chain, work: Coroutine[object, object, T], twin: str) -> T:
        """Run ``work`` and return its result. An interrupt cancels the chain and is raised again.

        RuntimeError on the loop thread, where waiting would never end; it names the awaitable ``twin``.
        """
        if self._on_loop():
            work.close()
            raise RuntimeError(f"This call would block the loop it runs on; await {twin} instead")
        future = asyncio.run_coroutine_threadsafe(work, self._pool.loop)
        try:
            return future.result()
        except KeyboardInterrupt:
            self.interrupt(chain, future)
            raise

    def use(self, chain: Chain, work: Coroutine[object, object, T], twin: str) -> T:
        """Run ``work`` as :meth:`wait` does, and print what handlers printed meanwhile: it belongs to the notebook."""
        try:
            return self.wait(chain, work, twin)
        finally:
            if chain.output:
                sys.stdout.write(printed(chain.printed(self._settings.stdout)))

    async def join(self, chain: Chain, work: Coroutine[object, object, T]) -> T:
        """Run ``work`` from whatever loop awaits this; cancelling the await cancels the chain."""
        if self._on_loop():
            return await work
        future = asyncio.run_coroutine_threadsafe(work, self._pool.loop)
        try:
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:
            self._pool.loop.call_soon_threadsafe(self._cancel, chain)
            raise

    def interrupt(self, chain: Chain, future: Future[T]) -> None:
        """Cancel ``chain`` and what it waits for; return when that has ended, or after a short grace."""
        self._pool.loop.call_soon_threadsafe(self._cancel, chain)
        done = asyncio.run_coroutine_threadsafe(chain.settle(INTERRUPT_GRACE), self._pool.loop)
        future.cancel()
        try:
            done.result(INTERRUPT_GRACE * 2)
        except TimeoutError:
            done.cancel()

    def _on_loop(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._pool.loop
        except RuntimeError:
            return False
