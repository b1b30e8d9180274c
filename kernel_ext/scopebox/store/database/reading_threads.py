"""The threads that read, and how many steps wait for one."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
THREADS: Final = 2


class ReadingThreads:
    """Two threads that run steps in the order in which they came. Any thread may submit one."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="scopebox-read")
        self._lock = threading.Lock()
        self._open = 0

    @property
    def queued(self) -> bool:
        """Whether a step waits until a thread is free."""
        return self._open > THREADS

    def submit(self, work: Callable[[Callable[[], T]], T], step: Callable[[], T]) -> Future[T]:
        """Run ``work(step)`` in one of the threads; its future can be cancelled as long as it has not begun."""
        future = self._pool.submit(work, step)
        with self._lock:
            self._open += 1
        future.add_done_callback(lambda _: self._end())
        return future

    def _end(self) -> None:
        with self._lock:
            self._open -= 1

    def close(self) -> None:
        """Finish what waits and end the threads."""
        self._pool.shutdown()
