"""The meter: what the host works on behalf of a chain is charged to it, and a chain ends at its limit.

Charged are the processor time of every step on the loop thread (frames that are decoded, calls that are answered, each step of
every task that a chain starts, however indirectly), the processor time of the worker threads that run its SQL, and the wall
time of its statements, which DuckDB runs on threads of its own.

Which chain a step belongs to is a context variable: tasks inherit it, and :func:`metered_task`, the factory of the loop's tasks,
measures each task that has one.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar
from weakref import WeakKeyDictionary

from scopebox.store.database.clock import CURRENT, Clock

if TYPE_CHECKING:
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

    def timing(self) -> Timing:
        """Give a clock to a step of SQL that runs elsewhere, and look at it when the chain can be at its limit."""
        return Timing(self)

    def _begin(self, clock: Clock) -> None:
        self.clocks.add(clock)
        if not self.reached:
            Looks.of_loop().add(self)

    def _end(self, clock: Clock) -> None:
        self.clocks.discard(clock)
        if not self.clocks:
            Looks.of_loop().discard(self)
        self.charge(clock.seconds)

    def due(self) -> float:
        """Return when it can be at its limit, by the clock of the loop."""
        return asyncio.get_running_loop().time() + max(MIN_WAIT_SECONDS, self.busy_limit - self.busy)

    def look(self) -> bool:
        """End the chain if what its SQL has taken by now is too much. Whether it has to be looked at again."""
        if self.busy > self.busy_limit:
            self._reach()
        return bool(self.clocks) and not self.reached

    def _reach(self) -> None:
        if not self.reached:
            self.reached = True
            self.on_limit()


class Timing:
    """A clock that runs for a block. A class, because every request enters some, and a generator takes several times as long."""

    __slots__ = ("_clock", "_meter")

    def __init__(self, meter: Meter) -> None:
        self._clock = Clock()
        self._meter = meter

    def __enter__(self) -> Clock:
        """Let it run."""
        self._meter._begin(self._clock)  # noqa: SLF001 - it is a part of the meter
        return self._clock

    def __exit__(self, *_: object) -> None:
        """Charge what it shows."""
        self._meter._end(self._clock)  # noqa: SLF001


class Looks:
    """Looks at the meters whose SQL runs elsewhere, each when it can be at its limit.

    There is one timer for all meters of a loop: most SQL ends long before it, and a timer for each would take longer than its charge.
    """

    _of_loops: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, Looks]] = WeakKeyDictionary()

    def __init__(self) -> None:
        self._meters: set[Meter] = set()
        self._next = math.inf  # when the first of them is due, by the clock of the loop

    @classmethod
    def of_loop(cls) -> Looks:
        """Return those of the loop that runs."""
        loop = asyncio.get_running_loop()
        found = cls._of_loops.get(loop)
        if found is None:
            found = cls._of_loops[loop] = cls()
        return found

    def add(self, meter: Meter) -> None:
        """Look at ``meter`` until it is discarded."""
        self._meters.add(meter)
        self._look_at(meter.due())

    def discard(self, meter: Meter) -> None:
        """Look no more at ``meter``."""
        self._meters.discard(meter)

    def _look_at(self, due: float) -> None:
        if due < self._next:
            self._next = due
            asyncio.get_running_loop().call_at(due, self._look, due)

    def _look(self, due: float) -> None:
        if due != self._next:  # another was due earlier, and all were looked at then
            return
        self._next = math.inf
        for meter in tuple(self._meters):
            if not meter.look():
                self._meters.discard(meter)
        if self._meters:
            self._look_at(min(meter.due() for meter in self._meters))


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
