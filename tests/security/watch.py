"""What the host itself went through while an attack ran: exceptions, memory, descriptors, processes."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import time
import warnings
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil
from scopebox.isolate.pool import IsolatePool
from scopebox.isolate.zygote import Zygote

from tests.security.steps import Step

MIB = 2**20
PER_ISOLATE: Final = 2  # descriptors: its channel, and its process
SETTLED: Final = 1.0  # seconds after which what grew is taken for a leak
MOST_KEPT: Final = 16.0  # MiB above its first baseline with which a process of the runner goes on


class _Warnings(logging.Handler):
    """Keeps what asyncio complains about."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.found = found

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(record.getMessage())


@dataclass
class Watch:
    """What was seen. ``memory`` is the growth at its peak in MiB, ``descriptors`` the growth in the end, ``step`` the longest."""

    exceptions: list[str] = field(default_factory=list)
    memory: float = 0.0
    descriptors: int = 0
    processes: list[str] = field(default_factory=list)
    step: Step = field(default_factory=Step)


def resident() -> float:
    """Return how many MiB of memory this process has."""
    return _peak("VmRSS")


def _peak(key: str) -> float:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise LookupError(key)


def descriptors(pools: Iterable[IsolatePool]) -> int:
    """Return how many descriptors this process has open, but for those of isolates, which live on or wait for the next cell."""
    isolates = sum(len(pool._parts.isolates) for pool in pools)
    return len(list(Path("/proc/self/fd").iterdir())) - PER_ISOLATE * isolates


def _descriptors_more(pools: list[IsolatePool], before: int) -> int:
    """Return the growth of descriptors, once what is only about to be closed, or to become an isolate, is."""
    deadline = time.monotonic() + SETTLED
    while (grown := descriptors(pools) - before) > 0 and time.monotonic() < deadline:
        time.sleep(0.02)
    return grown


def strangers(pools: list[IsolatePool]) -> list[str]:
    """Return the processes below this one that are neither zygotes nor guests, nor about to become one."""
    found: list[str] = []
    for _ in range(5):
        found = _strangers(pools)
        if not found:
            break
        time.sleep(0.05)
    return found


def _zygotes(pool: IsolatePool) -> Iterator[int]:
    for engine in tuple(pool._parts.engines.values()):
        if isinstance(zygote := engine.started, Zygote):
            yield zygote._process.pid


def _strangers(pools: list[IsolatePool]) -> list[str]:
    known = {isolate.pid for pool in pools for isolate in pool._parts.isolates} | {
        pid for pool in pools for pid in _zygotes(pool)
    }
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            command = process.cmdline()
            if process.pid not in known and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"{process.pid}: {' '.join(command)[:100]}")
        except psutil.NoSuchProcess:
            continue
    return found


@contextmanager
def watching(pools: list[IsolatePool], wanted: Container[str]) -> Iterator[Watch]:
    """Watch this process while the body runs; what takes time to find out is found out only where it is ``wanted``."""
    watch = Watch()
    loops = [pool.loop for pool in pools]

    def on_exception(_loop: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        watch.exceptions.append(f"{context.get('message')}: {context.get('exception')!r}")

    def on_unraisable(event: sys.UnraisableHookArgs) -> None:
        watch.exceptions.append(f"unraisable: {event.exc_value!r} in {event.object!r}")

    def on_thread(event: threading.ExceptHookArgs) -> None:
        watch.exceptions.append(f"in a thread: {event.exc_value!r}")

    for loop in loops:
        loop.call_soon_threadsafe(loop.set_exception_handler, on_exception)
    hooks = sys.unraisablehook, threading.excepthook
    sys.unraisablehook, threading.excepthook = on_unraisable, on_thread
    handler = _Warnings(watch.exceptions)
    logging.getLogger("asyncio").addHandler(handler)
    gc.collect()  # whatever is garbage by now would hide as much growth
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak starts anew
    before, open_before = _peak("VmRSS"), descriptors(pools)
    try:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            yield watch
            watch.memory = _peak("VmHWM") - before
            if "no_host_exception" in wanted:
                gc.collect()  # what nobody awaited says so when it is collected
        watch.exceptions += [str(entry.message) for entry in warned if issubclass(entry.category, RuntimeWarning)]
        if "host_fd_growth_max" in wanted:
            watch.descriptors = _descriptors_more(pools, open_before)
        if "no_new_processes" in wanted:
            watch.processes = strangers(pools)
    finally:
        sys.unraisablehook, threading.excepthook = hooks
        logging.getLogger("asyncio").removeHandler(handler)
        for loop in loops:
            loop.call_soon_threadsafe(loop.set_exception_handler, None)
