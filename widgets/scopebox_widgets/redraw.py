"""Redrawing: many changes on any thread, few drawings on one."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_SECONDS: Final = 0.1  # seconds between two drawings


class Redraw:
    """Calls ``draw`` on the thread of the running loop, soon after :meth:`mark`, at most ten times a second.

    Made where no loop runs (a plain Python, a test), it draws nothing by itself: there is no page to see it.
    """

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._lock = threading.Lock()
        self._pending = False
        self._drawn = 0.0
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            self._loop = None

    def mark(self) -> None:
        """Say that something changed; from any thread, at any rate."""
        loop = self._loop
        if loop is None or self._pending:
            return
        with self._lock:
            if self._pending:
                return
            self._pending = True
        try:
            loop.call_soon_threadsafe(self._schedule, loop)
        except RuntimeError:  # the loop is closed: the kernel goes down
            self._loop = None

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_later(max(0.0, self._drawn + INTERVAL_SECONDS - loop.time()), self._run, loop)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pending = False
        if self._loop is not None:
            self._draw()
        self._drawn = loop.time()

    def close(self) -> None:
        """Stop drawing."""
        self._loop = None
