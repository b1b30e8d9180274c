"""The meter: what the host works on behalf of a chain is charged to it, and a chain ends at its limit.

Charged are the processor time of every step on the loop thread (frames that are decoded, calls that are answered, each step of
every task that a chain starts, however indirectly), the processor time of the worker threads that run its SQL, and the wall
time of its statements, which DuckDB runs on threads of its own.

Which chain a step belongs to is a context variable: tasks inherit it, and :func:`metered_task`, the factory of the loop's tasks,
measures each task that has one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from scopebox.store.database.clock import CURRENT, Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

T = TypeVar("T")
MIN_WAIT_SECONDS: Final = 0.01  # between two looks at a statement that runs


@dataclass(eq=False, kw_only=True)
class Meter:
    """What one chain has used, in seconds: ``guests`` (written by the watchdog alone) and ``host`` (by the loop alone)."""

    busy_limit: float
    guests: float = 0.0
    host: float = 0.0
    reached: bool = False
    clock: Callable[[], float] = time.thread_time
    clocks: set[Clock] = field(default_factory=set)
    _look: asyncio.TimerHandle | None = None

    @property
    def busy(self) -> float:
        """Seconds used in all, SQL that runs included."""
        return self.guests + self.host + sum(clock.seconds for clock in tuple(self.clocks))

    def on_limit(self) -> None:
        """End the chain; called once, on the loop thread."""

    def step(self, work: Callable[..., T], *args: object) -> T:
        """Run one step on the loop thread; its processor time is charged, and tasks that it starts belong to the chain."""
        token = CURRENT.set(self)
        started = self.clock()
        try:
            return work(*args)
        finally:
            CURRENT.reset(token)
            self.charge(self.clock() - started)

    def charge(self, seconds: float) -> None:
        """Charge processor time of the loop thread."""
        self.host += seconds
        if self.guests + self.host > self.busy_limit:
            self._reach()

    @contextmanager
    def timing(self) -> Iterator[Clock]:
        """Give a clock to a step of SQL that runs elsewhere, and look at it when the chain can be at its limit."""
        clock = Clock()
        self.clocks.add(clock)
        self._look_later()
        try:
            yield clock
        finally:
            self.clocks.discard(clock)
            if not self.clocks and self._look is not None:
                self._look.cancel()
                self._look = None
            self.charge(clock.seconds)

    def _look_later(self) -> None:
        if self._look is None and not self.reached:
            left = max(MIN_WAIT_SECONDS, self.busy_limit - self.busy)
            self._look = asyncio.get_running_loop().call_later(left, self._look_at_clocks)

    def _look_at_clocks(self) -> None:
        self._look = None
        if self.busy > self.busy_limit:
            self._reach()
        elif self.clocks:
            self._look_later()

    def _reach(self) -> None:
        if not self.reached:
            self.reached = True
            self.on_limit()


def current_meter() -> Meter | None:
    """Return the meter that the step which runs is charged to."""
    meter = CURRENT.get()
    assert meter is None or isinstance(meter, Meter)
    return meter


async def charged(work: Callable[[], T]) -> T:
    """Do ``work`` in a worker thread, and charge its time to the chain for which this runs, if there is one."""
    meter = current_meter()
    if meter is None:
        return await asyncio.to_thread(work)
    with meter.timing() as clock:
        return await asyncio.to_thread(clock.work, work)


class Metered(Coroutine[object, Any, T]):
    """A coroutine whose every step is charged to a meter."""

    __slots__ = ("_meter", "_work")

    def __init__(self, meter: Meter, work: Coroutine[Any, Any, T]) -> None:
        self._meter = meter
        self._work = work

    def send(self, value: object) -> object:
        """Run the next step."""
        meter = self._meter
        if CURRENT.get() is not meter:
            return meter.step(self._work.send, value)
        started = meter.clock()  # the usual case, in as few calls as possible
        try:
            return self._work.send(value)
        finally:
            meter.charge(meter.clock() - started)

    def throw(
        self,
        kind: type[BaseException] | BaseException,
        value: object = None,
        trace: TracebackType | None = None,
    ) -> object:
        """Run the next step, which begins with an exception."""
        error = kind if isinstance(kind, BaseException) else value if isinstance(value, BaseException) else kind()
        return self._meter.step(self._work.throw, error if trace is None else error.with_traceback(trace))

    def close(self) -> None:
        """End the coroutine."""
        self._work.close()

    def __await__(self) -> Generator[Any, Any, T]:
        """Run it in the steps of who awaits it; as a task of its own where those are charged to a meter, so that nothing is charged twice."""
        if current_meter() is None:
            return self._stepped()
        return asyncio.get_running_loop().create_task(self).__await__()

    def _stepped(self) -> Generator[Any, Any, T]:
        step: Callable[[], object] = partial(self.send, None)
        while True:
            try:
                awaited = step()
            except StopIteration as ended:
                result: T = ended.value
                return result
            try:
                value = yield awaited
            except BaseException as error:  # noqa: BLE001 - the work is told of it, whatever it is
                step = partial(self.throw, error)
            else:
                step = partial(self.send, value)

    def __getattr__(self, name: str) -> object:
        return getattr(self._work, name)  # cr_running and the like, by which libraries look at tasks


def metered_task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T] | Generator[Any, None, T], **options: Any
) -> asyncio.Task[T]:
    """Make a task as the loop does; one that is started in a step of a chain is charged to that chain."""
    meter = current_meter()
    if meter is not None and isinstance(work, Coroutine) and not isinstance(work, Metered):
        work = Metered(meter, work)
    return asyncio.Task(work, loop=loop, **options)
