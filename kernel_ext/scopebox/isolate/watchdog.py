"""The watchdog: a thread of its own that stops what runs too long, also when the loop is busy.

It sleeps without polling while nothing runs. While something does, it looks at the guests' processor clocks a few times within
the smallest limit; frames cost it nothing, they are only counted.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from scopebox.chains.chain import TIMED_OUT
from scopebox.errors import IsolateDied, LimitError
from scopebox.isolate.endings import out_of_memory
from scopebox.text.literals import inline

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Mapping

    from scopebox.errors import ExtensionError
    from scopebox.isolate.invocation import Invocation
    from scopebox.isolate.process import Facts

MIN_PAUSE_SECONDS: Final = 0.005  # between two looks
MAX_PAUSE_SECONDS: Final = 0.05
REFUSAL_SECONDS: Final = 1.0  # that a busy loop has to refuse the calls of a late run
LOOKS_PER_LIMIT: Final = 10  # looks within the time of a limit


class Watched(Protocol):
    """What the watchdog reads and does of an isolate, on its own thread."""

    alive: bool
    running: Invocation | None

    @property
    def process(self) -> Facts:
        """What the system says of the guest."""

    @property
    def invocations(self) -> Mapping[int, Invocation]:
        """What runs in it, by number."""

    @property
    def deliveries(self) -> int:
        """How often something was delivered to the guest."""

    def executes(self, invocation: Invocation) -> bool:
        """Whether the guest is executing code, and for ``invocation``."""

    def too_large(self) -> bool:
        """Whether the guest has more memory than it may, where nothing but a look tells. OSError if it is gone."""

    def renew_processor(self, clock: float) -> None:
        """Let the guest go on, if something runs in it. OSError if it is gone."""

    def kill(self, cause: ExtensionError) -> None:
        """End it."""

    def stop(self, invocation: Invocation, cause: ExtensionError) -> None:
        """Refuse all that a waiting run waits for. On the loop thread."""


class _Meter:
    """What the watchdog saw of one isolate: its clock at the last look, and at the last one that saw a delivery."""

    __slots__ = ("busy", "clock", "deliveries", "isolate", "since")

    def __init__(self, isolate: Watched) -> None:
        self.isolate = isolate
        self.clock = self.since = isolate.process.clock()
        self.deliveries = isolate.deliveries
        running = isolate.running
        self.busy = MAX_PAUSE_SECONDS if running is None else running.busy

    def pause(self, now: float) -> float:
        """Return the seconds until the next look is due."""
        return min(
            MAX_PAUSE_SECONDS, self.busy / LOOKS_PER_LIMIT, *(each.deadline - now for each in _runs(self.isolate))
        )


class Watchdog:
    """Looks after the isolates in which something runs."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._meters: dict[Watched, _Meter] = {}
        self._new: set[Watched] = set()
        self._wake = threading.Event()
        self._idle = False
        self._closed = False
        self._thread: threading.Thread | None = None

    def watch(self, isolate: Watched) -> None:
        """Look after ``isolate`` until nothing runs in it. On the loop thread; RuntimeError if no thread can be started."""
        if isolate in self._meters:
            return
        self._new.add(isolate)
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="scopebox-watchdog", daemon=True)
            thread.start()
            self._thread = thread
        elif self._idle:
            self._wake.set()

    def close(self) -> None:
        """End the thread."""
        self._closed = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            self._idle = not self._meters
            if self._new or self._meters:
                self._wake.wait(self._look())
            else:
                self._wake.wait()
            self._wake.clear()

    def _look(self) -> float:
        """Look at every isolate once; return the seconds until the next look."""
        now = time.monotonic()
        for isolate, meter in tuple(self._meters.items()):
            try:
                more = self._measure(meter, now)
            except Exception as error:  # noqa: BLE001 - a guest that cannot be watched does not run
                isolate.kill(IsolateDied(f"Isolate is disposed: its limits cannot be watched ({inline(error, 300)})"))
                more = False
            if not more:
                del self._meters[isolate]
                if isolate.alive and isolate.invocations:  # a run began meanwhile, and found it watched
                    self._new.add(isolate)
        while self._new:  # these have their first look the next time: nothing can be told from one reading of a clock
            isolate = self._new.pop()
            try:
                self._meters[isolate] = _Meter(isolate)
            except OSError:
                continue  # gone already; the loop learns of that by itself
        return max(MIN_PAUSE_SECONDS, min((meter.pause(now) for meter in self._meters.values()), default=0.0))

    def _measure(self, meter: _Meter, now: float) -> bool:
        """Charge and, at a limit, stop one isolate. False when there is nothing to look after any more."""
        isolate = meter.isolate
        running = isolate.running
        try:
            clock = isolate.process.clock()
        except OSError:
            return False
        spent, meter.clock = clock - meter.clock, clock
        if meter.deliveries != isolate.deliveries:
            meter.deliveries = isolate.deliveries
            meter.since = clock
        if running is not None:
            meter.busy = running.busy
            running.cause.chain.guests += spent
        elif not isolate.invocations and isolate.process.sleeps():
            return False
        if not isolate.alive:
            return False
        self._check_processor(meter, running)
        for invocation in _runs(isolate):
            if now >= invocation.deadline:
                self._overdue(isolate, invocation, now)
        return True

    def _check_processor(self, meter: _Meter, running: Invocation | None) -> None:
        isolate = meter.isolate
        if meter.clock - meter.since > meter.busy:
            isolate.kill(
                LimitError(
                    TIMED_OUT,
                    kind="busy",
                    hint=f"It used more than {meter.busy:g} s of processor time at a stretch. "
                    "%%sandbox --timeout SECONDS raises the limit, to at most 10.",
                )
            )
        elif running is not None and running.cause.chain.over and running.stopped is None:
            isolate.kill(running.cause.chain.timed_out())
        with suppress(OSError):  # gone; the loop learns of that by itself
            if isolate.too_large():
                isolate.kill(out_of_memory())
            isolate.renew_processor(meter.clock)

    def _overdue(self, isolate: Watched, invocation: Invocation, now: float) -> None:
        if invocation.stopped is not None:
            isolate.kill(invocation.stopped)
            return
        cause = _too_long(invocation, now)
        if invocation.loads or isolate.executes(invocation):
            isolate.kill(cause)
            return
        invocation.stopped = cause
        invocation.deadline = now + REFUSAL_SECONDS
        self._loop.call_soon_threadsafe(isolate.stop, invocation, cause)


def _too_long(invocation: Invocation, now: float) -> LimitError:
    chain = invocation.cause.chain
    if now >= chain.deadline:
        took = f"All that {chain.root} caused took longer than it may, waiting included."
    else:
        took = f"It took longer than {invocation.wall:g} s in all, waiting included."
    hint = f"{took} %%sandbox --wall SECONDS raises the limit, to at most 300."
    return LimitError(TIMED_OUT, kind="wall", hint=hint)


def _runs(isolate: Watched) -> tuple[Invocation, ...]:
    return tuple(isolate.invocations.values())
