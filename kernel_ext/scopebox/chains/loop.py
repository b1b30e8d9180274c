"""The one background thread, and the asyncio loop that runs on it."""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import threading
from concurrent.futures import CancelledError, Future, InvalidStateError
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.chains.interrupts import Interrupts
from scopebox.chains.meter import metered_task
from scopebox.errors import IsolationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")
CLOSED: Final = "The sandbox is closed"
START_SECONDS: Final = 30.0  # a machine may be busy, and a firewall may let a connection hang
STOP_SECONDS: Final = 0.5  # how long an interrupt waits for what it stops


def _need_descriptors() -> None:
    """Raise OSError unless there are descriptors for a loop: asyncio leaves half of one behind where it fails in the middle."""
    with selectors.DefaultSelector():
        for end in socket.socketpair():
            end.close()


def channel_hint() -> str:
    """Return what to look at where no channel can be opened; empty where a channel is nothing that a firewall sees."""
    if hasattr(socket, "AF_UNIX"):
        return ""
    return "On this system a channel is a connection of the machine to itself. Let Python connect to 127.0.0.1 in the settings of the firewall, and see that ports are left (netstat -an)."


def cancel_soon(task: asyncio.Future[T]) -> None:
    """Cancel a task once it has begun: of one that never did, the coroutines that it was given would never be awaited."""
    task.get_loop().call_soon(task.cancel)


class LoopThread:
    """A daemon thread named ``scopebox-loop`` with an asyncio loop, started when the loop is first asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self._open: set[Callable[[], None]] = set()  # each ends something that another thread waits for
        self._closed = self._ended = False

    @property
    def started(self) -> bool:
        """Whether the thread runs, in this process."""
        return self._loop is not None and not self._closed and self._owner == os.getpid()

    def never_started(self) -> bool:
        """Whether the thread does not run, in this process; then it never will."""
        if self._owner == os.getpid():
            with self._lock:  # it may be starting
                self._closed = self._closed or self._loop is None
        return not self.started

    @property
    def is_current(self) -> bool:
        """Whether this is the loop thread."""
        return threading.current_thread() is self._thread

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop. RuntimeError after :meth:`close`, and in a process forked from the one that made it."""
        if self._loop is None or self._owner != os.getpid():
            with Interrupts(), self._lock:
                self._start()
        assert self._loop is not None
        return self._loop

    def _start(self) -> None:
        if self._closed or self._owner != os.getpid():
            raise RuntimeError(CLOSED if self._closed else "A sandbox does not survive a fork; make another")
        if self._loop is not None:
            return
        ready: Future[None] = Future()
        thread = threading.Thread(target=self._run, args=(ready,), name="scopebox-loop", daemon=True)
        try:
            thread.start()
            ready.result(START_SECONDS)
        except (OSError, RuntimeError) as error:  # a TimeoutError is an OSError, without a word of its own
            why = str(error) or f"it was not ready within {START_SECONDS:g} seconds"
            raise IsolationError(f"The thread of the sandbox cannot be started: {why}", hint=channel_hint()) from error
        self._thread = thread

    def _run(self, ready: Future[None]) -> None:
        async def main() -> None:
            self._stop = asyncio.Event()
            self._loop = asyncio.get_running_loop()
            self._loop.set_task_factory(metered_task)
            ready.set_result(None)
            await self._stop.wait()

        try:
            _need_descriptors()
            runner = asyncio.Runner(
                loop_factory=asyncio.SelectorEventLoop
            )  # the one that can wait for sockets everywhere
            runner.get_loop()
        except OSError as error:
            ready.set_exception(error)
            return
        with runner:
            runner.run(main())
        self._ended = True
        self._drop_open()

    def submit(self, work: Coroutine[object, object, T]) -> Future[T]:
        """Run ``work`` on the loop. Whatever happens to the loop, the future comes to an end. RuntimeError after :meth:`close`."""
        if self._closed:
            work.close()
            raise RuntimeError(CLOSED)
        future: Future[T] | None = None
        try:
            with Interrupts():  # else one may be raised when the loop has the work already
                future = asyncio.run_coroutine_threadsafe(work, self.loop)
        except BaseException:
            if future is None:
                work.close()
            else:
                future.cancel()
            raise

        def drop() -> None:
            work.close()
            with suppress(InvalidStateError):
                future.set_exception(RuntimeError(CLOSED))

        self._open.add(drop)
        future.add_done_callback(lambda _: self._open.discard(drop))
        if self._ended:
            self._drop_open()
        return future

    def _drop_open(self) -> None:
        """End what the loop did not come to before it ended."""
        while self._open:
            with suppress(KeyError):  # another thread was quicker
                self._open.pop()()

    def run(self, work: Coroutine[object, object, T], timeout: float | None = None) -> T:
        """Run ``work`` on the loop and return its result. RuntimeError on the loop thread, where it would wait for itself."""
        if self.is_current:
            work.close()
            raise RuntimeError("This would block the loop it runs on; await it instead")
        try:
            return self.wait(lambda: work, timeout=timeout)
        except CancelledError:
            raise RuntimeError(CLOSED) from None

    def wait(
        self,
        make: Callable[[], Coroutine[object, object, T]],
        stop: Callable[[], Coroutine[object, object, None]] | None = None,
        timeout: float | None = None,
    ) -> T:
        """Run what ``make`` returns on the loop and return its result; CancelledError if it was cancelled there.

        Not on the loop thread. An interrupt, and a second and third one, is raised when the work has ended: it is cancelled,
        after ``stop`` did on the loop what ends it; a loop that is stuck is not waited for.
        """
        events: SimpleQueue[Future[T] | None] = SimpleQueue()
        with Interrupts(lambda: events.put(None)):
            future = self.submit(make())
            try:
                future.add_done_callback(events.put)
                if events.get(timeout=timeout) is None:
                    self._stop_work(stop)
            except Empty:
                raise TimeoutError from None
            finally:
                future.cancel()  # does nothing where it has ended
        return future.result()

    def _stop_work(self, stop: Callable[[], Coroutine[object, object, None]] | None) -> None:
        if stop is not None:
            ended: SimpleQueue[object] = SimpleQueue()
            self.submit(stop()).add_done_callback(ended.put)
            with suppress(Empty):
                ended.get(timeout=STOP_SECONDS)

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
