"""An isolate as the host sees it: its socket, what runs in it, and how it ends. Every frame of a guest is hostile.

The module is longer than the house rule because a guest has one life: what starts, feeds and ends its runs shares one state, and is read
as one when it is audited.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest import wire

from scopebox.errors import CancelledRun, ExtensionError, IsolateDied, IsolationError, LimitError
from scopebox.isolate.backlog import LARGE_FRAME_BYTES
from scopebox.isolate.endings import AGAIN, cause_of, violated
from scopebox.isolate.invocation import Invocation
from scopebox.isolate.open_calls import OpenCalls
from scopebox.isolate.outgoing import packed, packed_call, size_of
from scopebox.isolate.stream import FrameStream
from scopebox.isolate.turn import Turn
from scopebox.store.database.clock import CURRENT
from scopebox.vocabulary import CALL_TYPES

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from scopebox.chains.chain import Cause, Chain
    from scopebox.isolate.backlog import Backlog
    from scopebox.isolate.invocation import Following, GuestPeer
    from scopebox.isolate.process import GuestProcess
    from scopebox.isolate.report import IsolationReport
    from scopebox.isolate.watchdog import Watchdog
    from scopebox.settings import Settings

STATUS_SECONDS: Final = 0.1  # how long after the end of its channel a guest may take to end
EXIT_SECONDS: Final = 5.0  # how long the exit status of a guest may be late
GRACE_SECONDS: Final = 0.5  # that a guest has to end a run whose calls were refused at its deadline
MIB: Final = 2**20  # bytes


class Isolate:
    """One guest. Made by the pool; everything but :meth:`kill` is to be called on the loop thread.

    ``running`` is what the last frame that was delivered to the guest was for. ``isolation`` is what holds it, as far as it was
    looked at: the pool gives out no other.
    """

    isolation: IsolationReport

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        channel: socket.socket,
        child: GuestProcess,
        settings: Settings,
        watchdog: Watchdog,
        *,
        backlog: Backlog,
    ) -> None:
        self.pid = child.pid
        self.engine = child.engine
        self.process = child.facts
        self.alive = True
        self.running: Invocation | None = None
        self.invocations: dict[int, Invocation] = {}
        self.ready: asyncio.Future[wire.Ready] = loop.create_future()
        self.gone: asyncio.Future[ExtensionError] = loop.create_future()
        self.peer: GuestPeer | None = None
        self._loop = loop
        self._child = child
        self._settings = settings
        self._watchdog = watchdog
        self._cause: ExtensionError | None = None
        self._limits = child.limits
        self._backlog = backlog
        self._calls = OpenCalls(loop, self, settings.outstanding, backlog)
        self.turn = Turn(self.drained, backlog)
        self._last_invocation = 0
        self._status: int | None = None
        self._waiting: deque[tuple[Invocation, Callable[[], list[bytes]], int]] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._exited = self._at_end = False
        self._stream = FrameStream(loop, channel, self, backlog)
        child.listen(self._on_status)

    # what the owner of the isolate does

    async def load(
        self,
        *,
        language: str,
        source: str,
        filename: str,
        style: str,
        type: str,  # noqa: A002 - the word of the documents
        inputs: dict[str, object],
        append: bool,
        cause: Cause,
        wall: float,
        busy: float,
        outline: bool = False,
    ) -> wire.Done:
        """Run a cell, or with ``outline`` only read its text. Raises LimitError, IsolateDied or CancelledRun if the isolate ends or the run is stopped."""
        if len(source) > wire.MAX_HOST_FRAME_BYTES:
            much = f"The source has {len(source):,} characters; that does not go into an isolate"
            raise LimitError(much, kind="frame")
        invocation = self._open(cause, wall, busy)
        invocation.loads = True
        number, most_output, most_calls = invocation.number, self._settings.stdout, self._settings.outstanding
        frame = wire.Load(
            number, language, source, filename, style, type, inputs, append, most_output, most_calls, outline
        )
        return await self._run(invocation, partial(packed, frame))

    def invoke(
        self, handler: int, args: list[object], *, cause: Cause, wall: float, busy: float
    ) -> asyncio.Future[wire.Done]:
        """Call a handler: handlers start in the order of these calls.

        Raises as :meth:`load` does, here or when it is awaited.
        """
        invocation = self._open(cause, wall, busy)
        texts = sum([len(arg) for arg in args if isinstance(arg, msgspec.Raw)])
        return self._run(invocation, partial(packed_call, invocation.number, handler, args), texts)

    def call_series(
        self, series: wire.Series, following: Following, *, cause: Cause, wall: float, busy: float
    ) -> asyncio.Future[wire.Done]:
        """Call handlers one after the other, in whose frame only the number is missing; the result is that of the last that ran.

        ``cause`` is that of the first one; ``following`` knows those of the others. Raises as :meth:`load` does, here or when it
        is awaited.
        """
        invocation = self._open(cause, wall, busy)
        invocation.following = following
        self._last_invocation += following.left
        texts = sum(map(len, series.payloads))
        return self._run(invocation, partial(packed, msgspec.structs.replace(series, inv=invocation.number)), texts)

    def _open(self, cause: Cause, wall: float, busy: float) -> Invocation:
        if not self.alive:
            raise copy.copy(self._cause or IsolateDied("Isolate is disposed", hint=AGAIN))
        if cause.chain.ended is not None:
            raise copy.copy(cause.chain.ended)
        self._last_invocation += 1
        return Invocation(self._last_invocation, cause, wall, busy, self._loop.create_future())

    def _run(self, invocation: Invocation, make: Callable[[], list[bytes]], size: int = 0) -> asyncio.Future[wire.Done]:
        """Send the frame that ``make`` returns the pieces of, as soon as the guest has taken most of what it was sent before.

        Frames that wait are not made: several may hold the same data. A large one of ``size`` bytes waits for room as well.
        """
        waits = (
            bool(self._waiting) or self._stream.behind or (size > LARGE_FRAME_BYTES and not self._backlog.fits(size))
        )
        pieces = [] if waits else _fitting(make())
        self.invocations[invocation.number] = invocation
        try:
            self._watchdog.watch(self)
        except RuntimeError as error:  # no thread can be started
            self.kill(IsolateDied(f"Isolate is disposed: its limits cannot be watched ({error})"))
            return invocation.done
        if not waits:
            self.send(pieces, invocation)
            return invocation.done
        self._waiting.append((invocation, make, size))
        if self._sending is None:
            self._sending = self._loop.create_task(self._send_waiting())
            self._sending.add_done_callback(self._sent)
        return invocation.done

    async def _send_waiting(self) -> None:
        """Send frames that waited, each when the guest has taken most of those before."""
        while self._waiting:
            await self._stream.drained()
            if self._waiting and self._waiting[0][2] > LARGE_FRAME_BYTES:
                await self._backlog.room(self._waiting[0][2])
            if not self._waiting or not self.alive:
                return
            invocation, make, _ = self._waiting.popleft()
            if invocation.number in self.invocations:  # else it was stopped meanwhile
                invocation.cause.chain.step(self._send_late, invocation, make)

    def _send_late(self, invocation: Invocation, make: Callable[[], list[bytes]]) -> None:
        try:
            pieces = _fitting(make())
        except LimitError as error:
            self._drop(invocation, error)
            return
        self.send(pieces, invocation)

    def _drop(self, invocation: Invocation, cause: ExtensionError) -> None:
        """Forget a run that the guest has not heard of."""
        del self.invocations[invocation.number]
        if not invocation.done.done():
            invocation.done.set_exception(cause)

    def _sent(self, _: asyncio.Task[None]) -> None:
        self._sending = None

    def kill(self, cause: ExtensionError) -> None:
        """End the isolate; ``cause`` is what everybody who waits for it is told, unless it is ending already. Any thread."""
        if self._cause is None:
            self._cause = cause
        self.alive = False
        self._child.kill()

    def cancel(self, chain: Chain, cause: ExtensionError | None = None) -> None:
        """Stop what runs for ``chain``: by a kill if its code is being executed, else by refusing what it waits for."""
        cause = cause or CancelledRun("The run was interrupted")
        for invocation in tuple(self.invocations.values()):
            if invocation.cause.chain is chain and invocation.stopped is None:
                if self.executes(invocation):
                    self.kill(cause)
                    return
                self.stop(invocation, cause)

    def stop(self, invocation: Invocation, cause: ExtensionError) -> None:
        """Refuse all that a waiting run waits for, now and later, so that it ends; the watchdog kills it if it does not."""
        if invocation.number not in self.invocations or not self.alive:
            return
        if any(waiting is invocation for waiting, *_ in self._waiting):  # the guest has not heard of it
            self._drop(invocation, cause)
            return
        invocation.stopped = cause
        invocation.deadline = time.monotonic() + GRACE_SECONDS
        if not invocation.done.done():
            invocation.done.set_exception(cause)
        self._calls.refuse(invocation, cause)

    def limit_memory(self, mebibytes: int) -> None:
        """Let the guest have ``mebibytes`` of memory on top of what it has now, and no processor time unless something runs in it.

        IsolateDied if it has ended, IsolationError if that cannot be done; it is not to be used then.
        """
        try:
            size = self.process.size_bytes()
        except OSError:  # a system that hides the processes of others, as which a guest counts
            size = self.ready.result().size
        try:
            self._limits.allow_memory(size + mebibytes * MIB)
            self._limits.rest()
        except ProcessLookupError:
            ended = IsolateDied("Isolate is disposed: it ended before anything ran in it", hint=AGAIN)
            self.kill(ended)
            raise copy.copy(ended) from None
        except OSError as error:
            self.kill(IsolateDied(f"Isolate is disposed: it cannot be limited ({error})"))
            raise IsolationError(f"Memory and processor time of an isolate cannot be limited: {error}") from error

    # what the watchdog asks, on its own thread

    @property
    def deliveries(self) -> int:
        """How often something was delivered to the guest."""
        return self._stream.delivered

    def too_large(self) -> bool:
        """Whether the guest has more memory than it may, where nothing but a look tells. OSError if it is gone."""
        return self._limits.exceeded()

    def renew_processor(self, clock: float) -> None:
        """Let the guest go on, if something runs in it; ``clock`` is the processor time that it has used. OSError if it is gone."""
        self._limits.renew(clock, lambda: bool(self.invocations))

    def executes(self, invocation: Invocation) -> bool:
        """Whether the guest is executing code, and for ``invocation``."""
        return self.running is invocation and not self.process.sleeps()

    # frames from the guest

    def on_frame(self, body: bytes | bytearray, size_class: int) -> None:
        """Take one frame of the guest, at the cost of the chain that it belongs to; FrameError if it breaks the protocol."""
        started = time.thread_time()
        frame = wire.decode_from_guest(body, size_class, CALL_TYPES, self._refuses)
        if isinstance(frame, wire.Ready):
            if self.ready.done():
                raise wire.FrameError("ready twice")
            self.ready.set_result(frame)
            return
        invocation = self.invocations.get(frame.inv)
        if invocation is None:
            raise wire.FrameError("a frame for a cell or handler that does not run")
        chain = invocation.cause.chain
        token = CURRENT.set(chain)
        try:
            self._take(frame, invocation, body, size_class)
        finally:
            CURRENT.reset(token)
            chain.charge(time.thread_time() - started)

    def _refuses(self, kind: str) -> bool:
        return self.peer is None or self.peer.refuses(kind)

    def _take(
        self,
        frame: wire.Call | wire.Unread | wire.Output | wire.Done,
        invocation: Invocation,
        body: bytes | bytearray,
        size_class: int,
    ) -> None:
        if isinstance(frame, wire.Call):
            self._calls.take(frame, invocation, body, size_class)
        elif isinstance(frame, wire.Unread):
            self._calls.take(frame.call(), invocation, b"", wire.ORDINARY)
        elif isinstance(frame, wire.Done):
            self._on_done(frame, invocation)
        else:
            self._on_output(frame, invocation, size_class)

    def _on_output(self, frame: wire.Output, invocation: Invocation, size_class: int) -> None:
        invocation.printed += len(frame.text)
        if size_class != wire.ORDINARY or invocation.printed > self._settings.stdout:
            raise wire.FrameError("more printed text than it may send")
        assert self.peer is not None
        self.peer.on_output(invocation, frame.text)

    def _on_done(self, frame: wire.Done, invocation: Invocation) -> None:
        if self._calls.has(invocation):
            raise wire.FrameError("the end of a run whose calls are open")
        after = invocation.next(frame)
        if after is None and len(self.invocations) == 1 and self._stream.far_behind:
            raise wire.FrameError("the end of all runs while answers wait that these were given")
        if after is not None:  # there is always one for the watchdog to see
            self.invocations[after.number] = after
        if self.running is invocation:
            self.running = after
        del self.invocations[invocation.number]
        if after is not None:
            return
        if not self.invocations:
            with suppress(OSError):  # gone already, as its exit status will tell
                self._limits.rest()
        if not invocation.done.done():
            invocation.done.set_result(frame)

    def send(self, pieces: Sequence[bytes], invocation: Invocation) -> None:
        """Send the pieces of a frame that belongs to ``invocation``."""
        self.running = invocation
        if not self._stream.send(pieces):
            self.kill(IsolateDied("Isolate is disposed: it does not read what it is sent"))

    @property
    def behind(self) -> bool:
        """Whether much of what the guest was sent waits for it."""
        return self._stream.behind

    async def drained(self) -> None:
        """Wait until the guest has taken most of what it was sent."""
        await self._stream.drained()

    def on_violation(self, error: wire.FrameError) -> None:
        """End a guest that broke the protocol."""
        self.kill(violated(error))

    # the end

    def on_end(self) -> None:
        """Nothing more will come: the guest has ended, which its exit status will tell, or it closed its end and lives on."""
        self._at_end = True
        self.alive = False
        if self._exited:
            self._finish()
            return
        closed = IsolateDied("Isolate is disposed: it closed its channel", hint=AGAIN)
        self._loop.call_later(STATUS_SECONDS, self._end_survivor, closed)
        self._loop.call_later(EXIT_SECONDS, self._finish)

    def _end_survivor(self, cause: ExtensionError) -> None:
        if not self._exited:
            self.kill(cause)

    def _on_status(self, status: int | None) -> None:
        self._status = status
        self._exited = True
        if self._at_end or status is None:
            self._finish()

    def _finish(self) -> None:
        """Tell everybody who waits that the isolate is gone, and why."""
        if self.gone.done():
            return
        self.alive = False
        cause = self._cause = self._cause or cause_of(self._status, working=bool(self.invocations))
        self._stream.close()
        self.gone.set_result(cause)
        if not self.ready.done():
            self.ready.set_exception(cause)
            self.ready.exception()  # retrieved, whether or not anybody still waits for it
        self._calls.cancel()
        for invocation in self.invocations.values():
            if not invocation.done.done():
                invocation.done.set_exception(copy.copy(cause))
        self.invocations.clear()
        self._waiting.clear()
        self.running = None
        if self.peer is not None:
            self.peer.on_exit(cause)


def _fitting(pieces: list[bytes]) -> list[bytes]:
    """Return the pieces of a frame; LimitError if they are more than go into a guest."""
    size = size_of(pieces)
    if size > wire.MAX_HOST_FRAME_BYTES:
        much = f"The arguments take {size:,} bytes; at most {wire.MAX_HOST_FRAME_BYTES:,} go into an isolate"
        raise LimitError(much, kind="frame")
    return pieces
