"""How much processor time one step of the host takes: the longest that was seen since it was last asked.

A step is one callback of an event loop, one cell or message of the main thread, one task of any other Python thread. While one
runs, nothing else of its thread does, and where it holds the interpreter's lock nothing of the process does. The engine's own
threads are none of Python's, and what the harness itself does is no step.
"""

from __future__ import annotations

import asyncio.events
import concurrent.futures.thread
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 0.25  # seconds of processor time
_LOOPS: Final = (
    "run_forever",
    "_work",
    "_worker",
    "_main",
)  # threads that run many steps, which are measured by themselves


@dataclass(frozen=True, slots=True)
class Step:
    """What ran, and for how many seconds of its thread's processor time."""

    seconds: float = 0.0
    what: str = ""


class _Longest:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._step = Step()

    def note(self, seconds: float, what: Callable[[], str]) -> None:
        if seconds > self._step.seconds:
            with self._lock:
                if seconds > self._step.seconds:
                    self._step = Step(seconds, what())

    def take(self) -> Step:
        """Return the longest step, and begin anew."""
        with self._lock:
            found, self._step = self._step, Step()
        return found


_LONGEST: Final = _Longest()
take: Final = _LONGEST.take


@contextmanager
def step(what: str) -> Iterator[None]:
    """Measure the body as one step: what a cell or a message makes the main thread do."""
    start = time.thread_time()
    try:
        yield
    finally:
        _LONGEST.note(time.thread_time() - start, lambda: what)


def install() -> None:
    """Measure every step of this process from now on."""
    handle, item = asyncio.events.Handle, concurrent.futures.thread._WorkItem
    run_handle, run_item, run_thread = handle._run, item.run, threading.Thread.run

    def measured_handle(self: asyncio.events.Handle) -> None:
        start = time.thread_time()
        try:
            run_handle(self)
        finally:
            seconds = time.thread_time() - start
            if seconds > LONGEST / 10:
                _LONGEST.note(seconds, lambda: f"a callback of the loop: {_named(self)}")

    def measured_item(self: object) -> None:
        start = time.thread_time()
        work = getattr(self, "fn", None) or getattr(self, "task", None)
        try:
            run_item(self)  # type: ignore[arg-type]
        finally:
            _LONGEST.note(
                time.thread_time() - start, lambda: f"a task of {threading.current_thread().name}: {work!r:.200}"
            )

    def measured_thread(self: threading.Thread) -> None:
        target = getattr(self, "_target", None)
        ours = str(getattr(target, "__module__", "")).startswith(("scopebox", "uvicorn", "httpx"))
        start = time.thread_time()
        try:
            run_thread(self)
        finally:
            if ours and getattr(target, "__name__", "") not in _LOOPS and not self.name.startswith("scopebox-loop"):
                _LONGEST.note(time.thread_time() - start, lambda: f"the thread {self.name}: {target!r:.200}")

    handle._run = measured_handle  # type: ignore[method-assign]
    item.run = measured_item  # type: ignore[method-assign]
    threading.Thread.run = measured_thread  # type: ignore[method-assign]


def _named(handle: asyncio.events.Handle) -> str:
    callback: object = getattr(handle, "_callback", None)
    owner = getattr(callback, "__self__", None)
    coroutine = owner.get_coro() if isinstance(owner, asyncio.Task) else callback
    return f"{coroutine!r:.200}"
