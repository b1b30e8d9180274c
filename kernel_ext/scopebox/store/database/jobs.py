"""Threads that do one job after the other, each in as many tasks as it takes to keep every task short."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from scopebox.errors import ScopeboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

T = TypeVar("T")
BREATH_SECONDS: Final = 0.001  # between two looks at a job that is about to end
TASK_SECONDS: Final = 0.05  # of processor time, after which a task ends at the next place where it may


@dataclass(eq=False, slots=True)
class _Job(Generic[T]):
    """Work in steps: it may rest at each ``yield``. ``around`` is called with each task of it."""

    steps: Generator[None, None, T]
    around: Callable[[Callable[[], None]], None]
    future: Future[T] = field(default_factory=Future)


def _ended(job: _Job[Any]) -> bool:
    """Work on ``job`` for the time of one task; return whether it is over."""
    steps = job.steps
    try:
        job.around(lambda: _go_on(steps))
    except StopIteration as end:
        job.future.set_result(end.value)
    except BaseException as error:  # noqa: BLE001 - whoever waits for it raises it
        job.future.set_exception(error)
        del job  # the error holds this frame, which must not hold the error
    else:
        return False
    return True


def _go_on(steps: Generator[None, None, object]) -> None:
    until = time.thread_time() + TASK_SECONDS
    while True:
        next(steps)
        if time.thread_time() > until:
            return


class Threads:
    """A ``number`` of threads that take a job after the other, and go on with one of several tasks before they take the next."""

    def __init__(self, number: int, name: str) -> None:
        self._number = number
        self._pool = ThreadPoolExecutor(number, thread_name_prefix=name)
        self._waiting: deque[_Job[Any]] = deque()
        self._state = threading.Condition()  # around what waits, how many jobs run, and whether more are taken
        self._running = 0
        self._closed = False

    @property
    def busy(self) -> bool:
        """Whether a job is worked on, or waits."""
        return self._running > 0

    @property
    def queued(self) -> bool:
        """Whether a job waits until a thread is free."""
        if not self._waiting:
            return False
        with self._state:
            return self._running == self._number and any(not job.future.cancelled() for job in self._waiting)

    def submit(self, steps: Generator[None, None, T], around: Callable[[Callable[[], None]], None]) -> Future[T]:
        """Queue work in steps; its future can be cancelled as long as it has not begun. Any thread may do it. ScopeboxError once they are closed."""
        job = _Job(steps, around)
        with self._state:
            if self._closed:
                raise store_closed()
            self._waiting.append(job)
            if self._running < self._number:
                self._running += 1
                self._pool.submit(self._work, None)
        return job.future

    def _work(self, job: _Job[Any] | None) -> None:
        """Do one task: of ``job``, or of the first that waits. Whatever is left becomes a task of its own."""
        while (job := job or self._taken()) is not None:
            if _ended(job):
                job = self._taken()
            if job is None or self._left_to_a_task(job):
                return

    def _taken(self) -> _Job[Any] | None:
        """Return the first job that waits and was not cancelled; None where there is none, and then one thread less runs."""
        with self._state:
            while self._waiting:
                job = self._waiting.popleft()
                if job.future.set_running_or_notify_cancel():
                    return job
            self._running -= 1
            self._state.notify_all()
            return None

    def _left_to_a_task(self, job: _Job[Any]) -> bool:
        try:
            self._pool.submit(self._work, job)
        except RuntimeError:  # the interpreter is about to end: what has begun is brought to its end in this task
            return False
        return True

    def close(self) -> None:
        """Finish what waits, take nothing more, and end the threads."""
        with self._state:
            self._closed = True
            self._state.wait_for(lambda: not self._running)
        self._pool.shutdown()


async def result_of(future: Future[T], cancel: Callable[[], None]) -> T:
    """Return what a job gives. Whoever is cancelled meanwhile goes on when the job, which ``cancel`` stops, has ended."""
    try:
        return await asyncio.wrap_future(future)
    except asyncio.CancelledError:
        while not future.done():  # a job that waits in the queue is done as soon as it is cancelled
            cancel()
            with suppress(asyncio.CancelledError):  # being cancelled again changes nothing
                await asyncio.sleep(BREATH_SECONDS)
        raise


def result_now(future: Future[T], cancel: Callable[[], None]) -> T:
    """Wait for what a job gives, as :func:`result_of` does, whose cancelling is an interrupt here."""
    try:
        return future.result()
    except BaseException:
        future.cancel()
        while not future.done():
            with suppress(KeyboardInterrupt):
                cancel()
                time.sleep(BREATH_SECONDS)
        raise


def store_closed() -> ScopeboxError:
    """Return the error of whoever wants something of a store that is closed."""
    return ScopeboxError("This store is closed", hint="Open or make it again.")


class EndedError(Exception):
    """Nobody waits for the work any more."""


def awaited(work: Generator[None, None, T]) -> T:
    """Do ``work`` in a thread of its own, in as many tasks as keep each of them short, and wait for what it gives.

    Whoever is interrupted while waiting ends it at the next place where it may rest.
    """
    thread, ended = Threads(1, "scopebox-read-project"), threading.Event()

    def around(task: Callable[[], None]) -> None:
        if ended.is_set():
            raise EndedError
        task()

    try:
        return thread.submit(work, around).result()
    finally:
        ended.set()
        thread.close()
