"""What all guests of a pool have the host hold: bytes that wait for them, large answers that are made, and large calls that are answered."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import TYPE_CHECKING, Final, Protocol

from scopebox_guest import wire

from scopebox.errors import LimitError

if TYPE_CHECKING:
    from scopebox.chains.chain import Cause, Chain

# That wait for all guests, or are being made for them, when more that is large has to wait.
MAX_BYTES: Final = 16 * 2**20
LITTLE_BYTES: Final = 2**18  # that may wait for a guest however much waits for others
LARGE_FRAME_BYTES: Final = 2**20  # of the texts in a call of a handler, from which on it waits for room
PATIENCE_SECONDS: Final = 5.0  # that a large answer waits for room
# Of the texts in large calls that are answered at the same time: as much as those of one may take.
MAX_DECODED_BYTES: Final = 4 * wire.MAX_GUEST_FRAME_BYTES[wire.BULK]
MAX_TEXT_BYTES: Final = 24 * 2**20  # of the calls of all guests that wait for room as the texts that they came in


class Stream(Protocol):
    """What holds bytes that wait for one guest."""

    @property
    def waiting(self) -> int:
        """How many bytes."""


class Backlog:
    """What the guests of a pool share. To be used on the loop thread."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self._made = 0  # bytes of answers that are being made
        self._decoded = 0  # bytes of large calls
        self.texts = 0  # bytes of calls that had to wait for room
        self._depths: defaultdict[Chain, list[int]] = defaultdict(list)  # of large calls
        self._less: asyncio.Future[None] | None = None

    @property
    def size(self) -> int:
        """How many bytes wait, or are being made."""
        return self._made + sum(stream.waiting for stream in self.streams)

    @property
    def is_full(self) -> bool:
        """Whether those who hold much should not get more."""
        return self.size > MAX_BYTES

    def fits(self, size: int) -> bool:
        """Whether there is room for ``size`` bytes: always where nothing else is held."""
        held = self.size
        return not held or held + size <= MAX_BYTES

    async def room(self, size: int) -> None:
        """Wait until there is room for ``size`` bytes."""
        while not self.fits(size):
            await self.less()

    async def make(self, size: int) -> None:
        """Hold ``size`` bytes for an answer that is about to be made, as soon as there is room; LimitError if that takes too long."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.room(size)
        except TimeoutError:
            raise LimitError(
                f"More than {MAX_BYTES:,} bytes of answers wait for extensions that do not take them",
                kind="memory",
                hint="They compute, or ask for much at the same time. Ask for fewer items at a time, or fewer fields, or ask again later.",
            ) from None
        self._made += size

    def let_go(self, size: int) -> None:
        """Hold ``size`` bytes less: an answer was made, and is on its way, or will never be."""
        self._made -= size
        self.note()

    def has_room(self, cause: Cause, size: int, *, first: bool) -> bool:
        """Whether a large call of ``size`` bytes may be answered beside those of all guests; ``first``: its guest has no other.

        A call that another one waits for never waits for room itself, so that none waits for ever.
        """
        most = 2 * MAX_DECODED_BYTES if first else MAX_DECODED_BYTES
        if not self._decoded or self._decoded + size <= most:
            return True
        return any(depth < cause.depth for depth in self._depths.get(cause.chain, ()))

    def may_wait(self, own: int, size: int) -> bool:
        """Whether a call of ``size`` bytes may wait for room, whose guest has ``own`` bytes of such."""
        return own + size <= LITTLE_BYTES or self.texts + size <= MAX_TEXT_BYTES

    def hold_call(self, cause: Cause, size: int) -> None:
        """Note that a large call is being answered."""
        self._decoded += size
        self._depths[cause.chain].append(cause.depth)

    def forget_call(self, cause: Cause, size: int) -> None:
        """Note that a large call was answered."""
        self._decoded -= size
        depths = self._depths[cause.chain]
        depths.remove(cause.depth)
        if not depths:
            del self._depths[cause.chain]
        self.note()

    async def less(self) -> None:
        """Wait until less is held."""
        if self._less is None:
            self._less = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._less)

    def note_taken(self) -> None:
        """Note that a guest has taken something."""
        if self._less is not None and not self.is_full:
            self.note()

    def note(self) -> None:
        """Let those look again who wait."""
        less, self._less = self._less, None
        if less is not None:
            less.set_result(None)
