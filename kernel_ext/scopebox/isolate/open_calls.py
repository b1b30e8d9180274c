"""The calls of a guest that wait for their answer: how many there may be, how large, and in which order they are begun."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from scopebox_guest import weight, wire

from scopebox.chains.loop import cancel_soon
from scopebox.isolate.backlog import MAX_DECODED_BYTES, MAX_TEXT_BYTES
from scopebox.isolate.endings import stopped
from scopebox.isolate.invocation import Answer
from scopebox.isolate.outgoing import packed, size_of
from scopebox.text.sizes import most_decoded, most_in_memory
from scopebox.vocabulary import CALL_TYPES

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from scopebox.errors import ExtensionError
    from scopebox.isolate.backlog import Backlog
    from scopebox.isolate.invocation import GuestPeer, Invocation


SHORT_BYTES: Final = 4 * 1024  # of an ordinary call: what it says takes little, and so does what is made of it
MADE_OF_IT: Final = 3  # times as much as a query says takes what is made of it: its conditions, its statement


class Guest(Protocol):
    """What answers are sent to."""

    alive: bool
    peer: GuestPeer | None

    @property
    def behind(self) -> bool:
        """Whether much of what the guest was sent waits for it."""

    def send(self, pieces: Sequence[bytes], invocation: Invocation) -> None:
        """Send the pieces of a frame that belongs to ``invocation``."""

    async def drained(self) -> None:
        """Wait until the guest has taken most of what it was sent."""


@dataclass(slots=True)
class _OpenCall:
    """A call that waits for its answer. ``size`` counts against ``wire.MAX_OPEN_BULK_BYTES``, ``text`` in the backlog: it had to wait for room."""

    invocation: Invocation
    task: asyncio.Task[Answer]
    size: int
    text: int


@dataclass(frozen=True, slots=True)
class _LargeCall:
    """A call that carries much and is being answered. It has at most as many ``values``, and as many ``bytes`` in memory.

    An ``ordinary`` one has some hundred KB of them, so it may run although there is no room, if nothing else helps.
    """

    invocation: Invocation
    values: int
    bytes: int
    ordinary: bool = False


def _long(body: bytes | bytearray, invocation: Invocation) -> _LargeCall:
    """Return what an ordinary call carries: of a query as long as it may be, fifty times its text is made."""
    return _LargeCall(invocation, weight.most_values_in(body), MADE_OF_IT * most_decoded(bytes(body)), ordinary=True)


def _may_be_above(other: Invocation, invocation: Invocation) -> bool:
    """Whether a call of ``other`` may be what caused ``invocation``, so that it does not end before that does."""
    return other.cause.chain is invocation.cause.chain and other.cause.depth < invocation.cause.depth


class OpenCalls:
    """The open calls of one guest, at most ``limit``. To be used on the loop thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, guest: Guest, limit: int, backlog: Backlog) -> None:
        self._loop = loop
        self._guest = guest
        self._backlog = backlog
        self._limit = limit
        self._calls: dict[int, _OpenCall] = {}
        self._large: dict[asyncio.Task[Answer], _LargeCall] = {}
        self._bulk_bytes = 0
        self._last_id = 0

    def take(self, call: wire.Call, invocation: Invocation, body: bytes | bytearray, size_class: int) -> None:
        """Answer a call, now or later; FrameError if there may be no such call.

        ``body`` is its frame: if it is long, the call may have to wait as the text that it came in.
        """
        if call.id <= self._last_id:
            raise wire.FrameError("the id of a call that was made before")
        self._last_id = call.id
        if len(self._calls) >= self._limit:
            raise wire.FrameError(f"more than {self._limit} open calls")
        bulk = size_class == wire.BULK
        if bulk and (call.type not in CALL_TYPES.bulk or self._bulk_bytes + len(body) > wire.MAX_OPEN_BULK_BYTES):
            raise wire.FrameError("more bytes than its calls may have")
        if invocation.stopped is not None:
            self._guest.send(packed(stopped(call.id, invocation.stopped)), invocation)
            return
        if bulk:
            self._take_large(call, body, invocation)
            return
        large = _long(body, invocation) if len(body) > SHORT_BYTES and call.type in CALL_TYPES.bulk else None
        if large is not None and not self._has_room(large):
            self._wait_as_text(call.id, body, large, 0)
            return
        if call.type in CALL_TYPES.bulk and self._guest.behind:
            self._wait_for(call.id, self._when_drained(call, invocation), invocation, 0)
            return
        assert self._guest.peer is not None
        answer = self._guest.peer.on_call(call, invocation)
        if isinstance(answer, Answer):
            self._send(answer, invocation)
            return
        task = self._wait_for(call.id, answer, invocation, 0)
        if large is not None:
            self._note_large(task, large)

    def has(self, invocation: Invocation) -> bool:
        """Whether a call of ``invocation`` is open."""
        return any(call.invocation is invocation for call in self._calls.values())

    def refuse(self, invocation: Invocation, cause: ExtensionError) -> None:
        """Refuse the open calls of ``invocation``."""
        for number, call in tuple(self._calls.items()):
            if call.invocation is invocation:
                cancel_soon(call.task)
                self._close(number)
                self._guest.send(packed(stopped(number, cause)), invocation)

    def cancel(self) -> None:
        """Cancel what makes the answers: nobody is left to get them."""
        for number, call in tuple(self._calls.items()):
            cancel_soon(call.task)
            self._close(number)

    def _wait_for(
        self, number: int, answer: Coroutine[object, object, Answer], invocation: Invocation, size: int, text: int = 0
    ) -> asyncio.Task[Answer]:
        self._bulk_bytes += size
        self._backlog.texts += text
        task = self._loop.create_task(answer)
        self._calls[number] = _OpenCall(invocation, task, size, text)
        task.add_done_callback(partial(invocation.cause.chain.step, self._on_answer, number))
        return task

    def _take_large(self, call: wire.Call, body: bytes | bytearray, invocation: Invocation) -> None:
        """Answer a call that carries much: what it says is in memory as long as it runs, so others may have to end before."""
        large = _LargeCall(invocation, weight.most_values_in(body), most_in_memory(body))
        if self._has_room(large):
            task = self._wait_for(call.id, self._when_drained(call, invocation), invocation, len(body))
            self._note_large(task, large)
        else:  # it waits as the text that it came in
            self._wait_as_text(call.id, body, large, len(body))

    def _wait_as_text(self, number: int, body: bytes | bytearray, large: _LargeCall, size: int) -> None:
        """Answer a call when there is room for what it says, unless too much of all guests waits already."""
        if not self._backlog.may_wait(sum(call.text for call in self._calls.values()), len(body)):
            message = f"Calls of all extensions with more than {MAX_TEXT_BYTES:,} bytes wait already"
            hint = "Many make large calls at the same time: make them one after the other, or again later."
            self._send(wire.Refuse(number, "RuntimeError", message, hint=hint), large.invocation)
            return
        self._wait_for(number, self._when_room(number, body, large), large.invocation, size, len(body))

    def _has_room(self, large: _LargeCall) -> bool:
        return self._fits(large) and ((large.ordinary and not self._large) or self._fits_all(large))

    def _fits(self, large: _LargeCall) -> bool:
        """Whether there is room beside the other calls of this guest."""
        others = self._large.values()
        return not others or (
            large.values + sum(each.values for each in others) <= wire.MAX_ITEM_VALUES
            and large.bytes + sum(each.bytes for each in others) <= MAX_DECODED_BYTES
        )

    def _fits_all(self, large: _LargeCall) -> bool:
        """Whether there is room beside the calls of all guests."""
        return self._backlog.has_room(large.invocation.cause, large.bytes, first=not self._large)

    def _note_large(self, task: asyncio.Task[Answer], large: _LargeCall) -> None:
        self._large[task] = large
        self._backlog.hold_call(large.invocation.cause, large.bytes)
        task.add_done_callback(self._forget_large)

    def _forget_large(self, task: asyncio.Task[Answer]) -> None:
        large = self._large.pop(task)
        self._backlog.forget_call(large.invocation.cause, large.bytes)

    async def _when_room(self, number: int, body: bytes | bytearray, large: _LargeCall) -> Answer:
        while not self._has_room(large):
            others = self._large.values()
            if self._fits(large):  # others than its own are in the way
                await self._backlog.less()
                continue
            if large.ordinary and all(_may_be_above(each.invocation, large.invocation) for each in others):
                break
            if not large.ordinary and all(each.invocation is not large.invocation for each in others):
                return wire.Refuse(
                    number,
                    "RuntimeError",
                    f"Calls with more than {wire.MAX_ITEM_VALUES:,} values, or {MAX_DECODED_BYTES:,} bytes in memory, would run at the same time",
                    hint="The call that caused this one carries many values itself, or long texts; send fewer at a time.",
                )
            await self._backlog.less()
        task = asyncio.current_task()
        assert task is not None
        self._note_large(task, large)
        answer = self._when_drained(wire.decode_call(body), large.invocation)
        del body
        return await answer

    async def _when_drained(self, call: wire.Call, invocation: Invocation) -> Answer:
        """Begin to answer a call only when the guest has taken the large answers before: one that is stopped until then was never begun."""
        await self._guest.drained()
        if not self._guest.alive or call.id not in self._calls:  # the end of a guest is the end of waiting, too
            raise asyncio.CancelledError
        assert self._guest.peer is not None
        answer = self._guest.peer.on_call(call, invocation)
        del call
        return answer if isinstance(answer, Answer) else await answer

    def _on_answer(self, number: int, task: asyncio.Task[Answer]) -> None:
        call = self._close(number)
        if call is None or not self._guest.alive:
            if not task.cancelled():
                task.exception()
            return
        if task.cancelled():
            answer: Answer = wire.Refuse(number, "RuntimeError", "The call was cancelled")
        elif (error := task.exception()) is not None:
            message = "an execution type failed"
            self._loop.call_exception_handler({"message": message, "exception": error, "task": task})
            answer = wire.Refuse(number, "RuntimeError", "The call failed inside the sandbox")
        else:
            answer = task.result()
        self._send(answer, call.invocation)

    def _close(self, number: int) -> _OpenCall | None:
        call = self._calls.pop(number, None)
        if call is not None:
            self._bulk_bytes -= call.size
            self._backlog.texts -= call.text
        return call

    def _send(self, answer: Answer, invocation: Invocation) -> None:
        pieces = packed(answer)
        size = size_of(pieces)
        if size > wire.MAX_HOST_FRAME_BYTES:
            refusal = wire.Refuse(
                answer.id,
                "ValueError",
                f"The result takes {size:,} bytes; at most {wire.MAX_HOST_FRAME_BYTES:,} go into an isolate",
                hint="Ask for fewer fields, or page with limit and offset.",
            )
            pieces = packed(refusal)
        self._guest.send(pieces, invocation)
