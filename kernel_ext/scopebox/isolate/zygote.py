"""The host's end of the zygote: starts it, asks it for guests, and learns of their ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.errors import IsolationError
from scopebox.isolate.engines import NO_ISOLATE
from scopebox.isolate.guest_modules import guest_directory, module_paths
from scopebox.isolate.inspection import inspect
from scopebox.isolate.kernel_limits import KernelLimits
from scopebox.isolate.process import StarterEndedError
from scopebox.isolate.process_facts import ProcessFacts
from scopebox.vocabulary import CALL_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACKET_BYTES: Final = 16 * 1024
START_SECONDS: Final = 30.0
FORK_SECONDS: Final = 30.0  # a machine may be busy
END_SECONDS: Final = 5.0


class Child:
    """One guest process. Killing it is safe from any thread and at any time, also when it has ended already.

    ``engine`` is that of its zygote, ``proven`` are the mechanisms that its zygote proved, which it has to have as well.
    """

    def __init__(self, pid: int, pidfd: int | None, engine: str, proven: Mapping[str, str]) -> None:
        self.pid = pid
        self.engine = engine
        self.proven = proven
        self.reason = ""  # its zygote has warmed it up, and would have said so
        self.facts = ProcessFacts(pid)
        self.limits = KernelLimits(pid, self.facts)
        self._pidfd = pidfd
        self._ended = False
        self._lock = threading.Lock()
        self._on_exit: Callable[[int | None], None] | None = None
        self._status: int | None = None

    def kill(self) -> None:
        """Kill the process, if it has not ended."""
        with self._lock:
            if self._ended:
                return
            try:
                if self._pidfd is not None:
                    signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
                else:
                    os.kill(self.pid, signal.SIGKILL)  # the zygote reports an end as soon as it has reaped
            except ProcessLookupError:
                pass

    def listen(self, on_exit: Callable[[int | None], None]) -> None:
        """Have ``on_exit`` called, once, with the exit status; None if it got lost with the zygote."""
        self._on_exit = on_exit
        if self._ended:
            on_exit(self._status)

    def inspect(self, said: Mapping[str, str]) -> Mapping[str, str]:
        """Compare what the guest says of its confinement with what the zygote proved, and with what the kernel says."""
        return inspect(self.pid, said, self.proven)

    def ended(self, status: int | None) -> None:
        """Note the end of the process."""
        with self._lock:
            if self._ended:
                return
            self._ended = True
            if self._pidfd is not None:
                os.close(self._pidfd)
        self._status = status
        if self._on_exit is not None:
            self._on_exit(status)


class Zygote:
    """A running zygote. All methods are to be called on the loop thread, which must live as long as the zygote.

    ``engine`` is the package of the guest that runs the language of its guests, or the file of another engine.

    The kernel kills a zygote when the *thread* that spawned it ends, so that it cannot outlive a killed host.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, engine: str, without: frozenset[str]) -> None:
        self._loop = loop
        self._engine = engine
        self._without = without
        self._hello: asyncio.Future[Mapping[str, str]] = loop.create_future()
        self._requests: deque[asyncio.Future[Child]] = deque()
        self._children: dict[int, Child] = {}
        self.alive = True
        self.mechanisms: Mapping[str, str] = {}
        try:
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ExitStack() as undo, theirs:
                undo.callback(self._control.close)
                self._control.setblocking(False)
                loop.add_reader(self._control.fileno(), self._readable)
                undo.callback(loop.remove_reader, self._control.fileno())
                self._process = self._spawn(theirs.fileno())
                undo.pop_all()
        except OSError as error:
            raise IsolationError(f"No process can be started: {error}") from error

    def _spawn(self, control: int) -> subprocess.Popen[bytes]:
        options = {"engine": self._engine, "types": CALL_TYPES, "without": self._without}
        script = guest_directory() / "zygote.py"
        return subprocess.Popen(  # noqa: S603 - our own interpreter and script
            [sys.executable, "-I", "-S", script, str(control), wire.encode(options), *module_paths(self._engine)],
            env={},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(control,),
            start_new_session=True,
        )

    async def started(self) -> None:
        """Wait until the zygote is confined. IsolationError, with the reason, if it does not come up."""
        try:
            self.mechanisms = await asyncio.wait_for(asyncio.shield(self._hello), START_SECONDS)
        except TimeoutError:
            self.close()
            raise IsolationError(f"The zygote did not start within {START_SECONDS:g} seconds") from None

    async def fork(self, channel: socket.socket, *, probe: bool = False) -> Child:
        """Return a new guest whose end of the channel is ``channel``; with ``probe`` it tries out its confinement and ends."""
        if not self.alive:
            raise StarterEndedError("The zygote ended")
        request: asyncio.Future[Child] = self._loop.create_future()
        self._requests.append(request)
        try:
            socket.send_fds(self._control, [b"probe" if probe else b"guest"], [channel.fileno()])
        except OSError as error:
            self._lost()
            raise StarterEndedError(f"The zygote ended: {error}") from error
        try:
            return await asyncio.wait_for(asyncio.shield(request), FORK_SECONDS)
        except BaseException as error:
            if not request.cancel() and not request.exception():
                request.result().kill()  # it came, and nobody takes it
            if isinstance(error, TimeoutError):
                self.close()
                raise IsolationError(f"The zygote did not answer within {FORK_SECONDS:g} seconds") from None
            raise

    def _readable(self) -> None:
        try:
            packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, 1)
        except BlockingIOError:
            return
        except OSError:
            packet, descriptors = b"", []
        if not packet:
            self._lost()
            return
        match wire.decode_from_zygote(packet):
            case wire.Hello(mechanisms=mechanisms):
                self._hello.set_result(mechanisms)
            case wire.Failed(message=message):
                self._failed(message)
            case wire.Forked(pid=pid):
                self._born(Child(pid, descriptors[0] if descriptors else None, self._engine, self.mechanisms))
            case wire.Exited(pid=pid, status=status):
                child = self._children.pop(pid, None)
                if child is not None:
                    child.ended(status)

    def _born(self, child: Child) -> None:
        request = self._requests.popleft()
        self._children[child.pid] = child
        if request.done():  # nobody waits any more
            child.kill()
        else:
            request.set_result(child)

    def _failed(self, message: str) -> None:
        error = IsolationError(f"{NO_ISOLATE}{message}")
        if not self._hello.done():
            self._hello.set_exception(error)
        elif self._requests and not (request := self._requests.popleft()).done():
            request.set_exception(error)

    def _lost(self) -> None:
        """The zygote is gone, and its guests with it."""
        if not self.alive:
            return
        self.alive = False
        self._loop.remove_reader(self._control.fileno())
        self._control.close()
        if not self._hello.done():
            self._hello.set_exception(IsolationError("The zygote ended before it was ready"))
            self._hello.exception()  # retrieved, whether or not anybody still waits for it
        for request in self._requests:
            if not request.done():
                request.set_exception(StarterEndedError("The zygote ended"))
        self._requests.clear()
        children, self._children = self._children, {}
        for child in children.values():
            child.kill()
            child.ended(None)
        self._reap()

    def _reap(self) -> None:
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):  # then it is reaped when the next process is started
            self._process.wait(END_SECONDS)

    def close(self) -> None:
        """End the zygote and all its guests."""
        self._lost()
