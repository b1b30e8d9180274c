"""The one background thread, and the asyncio loop that runs on it."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")


class LoopThread:
    """A daemon thread named ``scopebox-loop`` with an asyncio loop, started when the loop is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self._closed = False

    @property
    def started(self) -> bool:
        """Whether the thread runs, in this process."""
        return self._loop is not None and not self._closed and self._owner == os.getpid()

    @property
    def is_current(self) -> bool:
        """Whether this is the loop thread."""
        return threading.current_thread() is self._thread

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop. RuntimeError after :meth:`close`, and in a process forked from the one that made it."""
        if self._loop is None or self._owner != os.getpid():
            with self._lock:
                self._start()
        assert self._loop is not None
        return self._loop

    def _start(self) -> None:
        if self._closed or self._owner != os.getpid():
            raise RuntimeError(
                "The sandbox is closed" if self._closed else "A sandbox does not survive a fork; make another"
            )
        if self._loop is not None:
            return
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="scopebox-loop", daemon=True)
        self._thread.start()
        ready.wait()

    def _run(self, ready: threading.Event) -> None:
        async def main() -> None:
            self._stop = asyncio.Event()
            self._loop = asyncio.get_running_loop()
            ready.set()
            await self._stop.wait()

        asyncio.run(main())

    def run(self, work: Coroutine[object, object, T], timeout: float | None = None) -> T:
        """Run ``work`` on the loop and return its result. RuntimeError on the loop thread, where it would wait for itself."""
        if self.is_current:
            work.close()
            raise RuntimeError("This would block the loop it runs on; await it instead")
        try:
            future = asyncio.run_coroutine_threadsafe(work, self.loop)
        except RuntimeError:
            work.close()
            raise
        try:
            return future.result(timeout)
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what runs, and end the thread. On the loop thread itself it ends as soon as it can."""
        if not self.started:
            self._closed = True
            return
        self._closed = True
        assert self._loop is not None
        assert self._stop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        if not self.is_current:
            self._thread.join()
