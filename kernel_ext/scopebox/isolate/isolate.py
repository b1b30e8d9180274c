"""An isolate as the host sees it: its socket, what runs in it, and how it ends. Every frame of a guest is hostile."""

from __future__ import annotations

import asyncio
import copy
import resource
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.chains.loop import cancel_soon
from scopebox.errors import CancelledRun, ExtensionError, IsolateDied, LimitError
from scopebox.isolate.endings import AGAIN, cause_of, stopped
from scopebox.isolate.invocation import Answer, Invocation
from scopebox.isolate.open_calls import _OpenCall
from scopebox.isolate.processor import Processor
from scopebox.isolate.stream import FrameStream
from scopebox.store.database.clock import CURRENT

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine

    from scopebox.chains.chain import Cause, Chain
    from scopebox.isolate.invocation import GuestPeer
    from scopebox.isolate.report import IsolationReport
    from scopebox.isolate.watchdog import Watchdog
    from scopebox.isolate.zygote import Child
    from scopebox.settings import Settings

STATUS_SECONDS: Final = 0.1  # how long after the end of its channel a guest may take to end
EXIT_SECONDS: Final = 5.0  # how long the exit status of a guest may be late
GRACE: Final = 0.5  # seconds a guest has to end a run whose calls were refused at its deadline
MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class _LargeCall:
    """A call with many values that is being answered."""

    invocation: Invocation
    values: int


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
        child: Child,
        settings: Settings,
        watchdog: Watchdog,
    ) -> None:
        self.pid = child.pid
        self.processor = Processor(child.pid)
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
        self._calls: dict[int, _OpenCall] = {}
        self._large: dict[asyncio.Task[object], _LargeCall] = {}
        self._bulk = 0
        self._last_call = 0
        self._last_invocation = 0
        self._status: int | None = None
        self._exited = self._at_end = False
        self._stream = FrameStream(loop, channel, self)
        child.listen(self._on_status)

    # what the owner of the isolate does

    async def load(
        self,
        *,
        source: str,
        filename: str,
        style: str,
        type: str,  # noqa: A002 - the word of the documents
        inputs: dict[str, object],
        append: bool,
        cause: Cause,
        wall: float,
        busy: float,
    ) -> wire.Done:
        """Run a cell. Raises LimitError, IsolateDied or CancelledRun if the isolate ends or the run is stopped."""
        if len(source) > wire.HOST_LIMIT:
            raise LimitError(
                f"The source has {len(source):,} characters; that does not go into an isolate", kind="frame"
            )
        invocation = self._open(cause, wall, busy)
        invocation.loads = True
        settings = self._settings
        frame = wire.Load(
            invocation.number, source, filename, style, type, inputs, append, settings.stdout, settings.outstanding
        )
        return await self._run(invocation, frame)

    def invoke(
        self, handler: int, args: list[object], *, cause: Cause, wall: float, busy: float
    ) -> asyncio.Future[wire.Done]:
        """Call a handler: the frame goes out at once, so handlers start in the order of these calls.

        Raises as :meth:`load` does, here or when it is awaited.
        """
        invocation = self._open(cause, wall, busy)
        return self._run(invocation, wire.Invoke(invocation.number, handler, args))

    def _open(self, cause: Cause, wall: float, busy: float) -> Invocation:
        if not self.alive:
            raise copy.copy(self._cause or IsolateDied("Isolate is disposed", hint=AGAIN))
        if cause.chain.ended is not None:
            raise copy.copy(cause.chain.ended)
        self._last_invocation += 1
        return Invocation(self._last_invocation, cause, wall, busy, self._loop.create_future())

    def _run(self, invocation: Invocation, frame: wire.Load | wire.Invoke) -> asyncio.Future[wire.Done]:
        data = wire.pack(frame)
        if len(data) > wire.HOST_LIMIT:
            raise LimitError(
                f"The arguments take {len(data):,} bytes; at most {wire.HOST_LIMIT:,} go into an isolate", kind="frame"
            )
        self.invocations[invocation.number] = invocation
        try:
            self._watchdog.watch(self)
        except RuntimeError as error:  # no thread can be started
            self.kill(IsolateDied(f"Isolate is disposed: its limits cannot be watched ({error})"))
        else:
            self._send(data, invocation)
        return invocation.done

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
        invocation.stopped = cause
        invocation.deadline = time.monotonic() + GRACE
        if not invocation.done.done():
            invocation.done.set_exception(cause)
        for number, call in tuple(self._calls.items()):
            if call.invocation is invocation:
                cancel_soon(call.task)
                self._close_call(number)
                self._send(wire.pack(stopped(number, cause)), invocation)

    def limit(self, mebibytes: int) -> None:
        """Let the guest have ``mebibytes`` of memory on top of what it has now, and no processor time unless something runs in it.

        OSError if that cannot be done.
        """
        try:
            size = int(Path(f"/proc/{self.pid}/statm").read_text("ascii").split()[0]) * resource.getpagesize()
        except OSError:  # a system that hides the processes of others, as which a guest counts
            size = self.ready.result().size
        most = size + mebibytes * MIB
        resource.prlimit(self.pid, resource.RLIMIT_AS, (most, most))
        self.processor.rest()

    # what the watchdog asks, on its own thread

    @property
    def woken(self) -> int:
        """How often something was delivered to the guest."""
        return self._stream.delivered

    def renew_processor(self, clock: float) -> None:
        """Let the guest go on, if something runs in it; ``clock`` is the processor time that it has used. OSError if it is gone."""
        self.processor.renew(clock, lambda: bool(self.invocations))

    def executes(self, invocation: Invocation) -> bool:
        """Whether the guest is executing code, and for ``invocation``."""
        return self.running is invocation and not self.sleeps()

    def sleeps(self) -> bool:
        """Whether the guest waits in the kernel, as it does between frames."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text("ascii", "replace")
        except OSError:
            return True  # for good
        return stat.rpartition(") ")[2].startswith("S")

    # frames from the guest

    def on_frame(self, body: bytes, size_class: int) -> None:
        """Take one frame of the guest, at the cost of the chain that it belongs to; FrameError if it breaks the protocol."""
        started = time.thread_time()
        frame = wire.decode_from_guest(body, size_class)
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

    def _take(
        self, frame: wire.Call | wire.Output | wire.Done, invocation: Invocation, body: bytes, size_class: int
    ) -> None:
        if isinstance(frame, wire.Call):
            self._on_call(frame, invocation, body if size_class == wire.BULK else b"")
        elif isinstance(frame, wire.Done):
            self._on_done(frame, invocation)
        else:
            self._on_output(frame, invocation, size_class)

    def _on_call(self, call: wire.Call, invocation: Invocation, bulk: bytes) -> None:
        """Answer a call. ``bulk`` is the frame of a large one, which waits as the text that it came in."""
        if call.id <= self._last_call:
            raise wire.FrameError("the id of a call that was made before")
        self._last_call = call.id
        if len(self._calls) >= self._settings.outstanding:
            raise wire.FrameError(f"more than {self._settings.outstanding} open calls")
        if bulk and (call.type not in wire.BULK_CALLS or self._bulk + len(bulk) > wire.BULK_OPEN):
            raise wire.FrameError("more bytes than its calls may have")
        if invocation.stopped is not None:
            self._send(wire.pack(stopped(call.id, invocation.stopped)), invocation)
            return
        assert self.peer is not None
        if bulk:
            self._wait_for(call.id, self._answer_large(bulk, invocation), invocation, len(bulk))
            return
        answer = self.peer.on_call(call, invocation)
        if isinstance(answer, Answer):
            self._answer(answer, invocation)
        else:
            self._wait_for(call.id, self._unhurried(answer) if call.type in wire.BULK_CALLS else answer, invocation, 0)

    def _wait_for(
        self, number: int, answer: Coroutine[object, object, Answer], invocation: Invocation, size: int
    ) -> None:
        self._bulk += size
        task = self._loop.create_task(answer)
        self._calls[number] = _OpenCall(invocation, task, size)
        task.add_done_callback(partial(invocation.cause.chain.step, self._on_answer, number))

    async def relax(self) -> None:
        """Wait until the guest has taken most of what it was sent."""
        await self._stream.relax()

    async def _unhurried(self, answer: Coroutine[object, object, Answer]) -> Answer:
        """Begin to answer a call only when the guest has taken the large answers before."""
        try:
            await self.relax()
            return await answer
        finally:
            answer.close()  # where it never began

    async def _answer_large(self, body: bytes, invocation: Invocation) -> Answer:
        """Answer a call that carries much, when those before it are answered: what they say is in memory as long as they run."""
        await self.relax()
        task, values = asyncio.current_task(), wire.most_values_in(body)
        assert task is not None
        while self._large and values + sum(each.values for each in self._large.values()) > wire.MAX_ITEM_VALUES:
            if all(each.invocation is not invocation for each in self._large.values()):
                return wire.Refuse(
                    wire.decode_call(body).id,
                    "RuntimeError",
                    f"Calls with more than {wire.MAX_ITEM_VALUES:,} values would run at the same time",
                    hint="The call that caused this one carries many values itself; send fewer at a time.",
                )
            await asyncio.wait(tuple(self._large), return_when=asyncio.FIRST_COMPLETED)
        self._large[task] = _LargeCall(invocation, values)
        try:
            assert self.peer is not None
            call = wire.decode_call(body)
            del body
            answer = self.peer.on_call(call, invocation)
            del call
            return answer if isinstance(answer, Answer) else await answer
        finally:
            del self._large[task]

    def _on_answer(self, number: int, task: asyncio.Task[Answer]) -> None:
        call = self._close_call(number)
        if call is None or not self.alive:
            if not task.cancelled():
                task.exception()
            return
        if task.cancelled():
            answer: Answer = wire.Refuse(number, "RuntimeError", "The call was cancelled")
        elif (error := task.exception()) is not None:
            self._loop.call_exception_handler({"message": "a capability failed", "exception": error, "task": task})
            answer = wire.Refuse(number, "RuntimeError", "The call failed inside the sandbox")
        else:
            answer = task.result()
        self._answer(answer, call.invocation)

    def _close_call(self, number: int) -> _OpenCall | None:
        call = self._calls.pop(number, None)
        if call is not None:
            self._bulk -= call.size
        return call

    def _answer(self, answer: Answer, invocation: Invocation) -> None:
        data = wire.pack(answer)
        if len(data) > wire.HOST_LIMIT:
            refusal = wire.Refuse(
                answer.id,
                "ValueError",
                f"The result takes {len(data):,} bytes; at most {wire.HOST_LIMIT:,} go into an isolate",
                hint="Ask for fewer fields, or page with limit and offset.",
            )
            data = wire.pack(refusal)
        self._send(data, invocation)

    def _on_output(self, frame: wire.Output, invocation: Invocation, size_class: int) -> None:
        invocation.printed += len(frame.text)
        if size_class != wire.ORDINARY or invocation.printed > self._settings.stdout:
            raise wire.FrameError("more printed text than it may send")
        assert self.peer is not None
        self.peer.on_output(invocation, frame.text)

    def _on_done(self, frame: wire.Done, invocation: Invocation) -> None:
        if any(call.invocation is invocation for call in self._calls.values()):
            raise wire.FrameError("the end of a run whose calls are open")
        del self.invocations[invocation.number]
        if self.running is invocation:
            self.running = None
        if not self.invocations:
            with suppress(OSError):  # gone already, as its exit status will tell
                self.processor.rest()
        if not invocation.done.done():
            invocation.done.set_result(frame)

    def _send(self, data: bytes, invocation: Invocation) -> None:
        self.running = invocation
        if not self._stream.send(data):
            self.kill(IsolateDied("Isolate is disposed: it does not read what it is sent"))

    def on_violation(self, error: wire.FrameError) -> None:
        """End a guest that broke the protocol."""
        self.kill(
            IsolateDied(
                f"Isolate is disposed: it broke the frame protocol ({error})",
                hint="No cell does that by accident; this one has broken out of its language.",
            )
        )

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
        for call in self._calls.values():
            cancel_soon(call.task)
        self._calls.clear()
        for invocation in self.invocations.values():
            if not invocation.done.done():
                invocation.done.set_exception(copy.copy(cause))
        self.invocations.clear()
        self.running = None
        if self.peer is not None:
            self.peer.on_exit(cause)
