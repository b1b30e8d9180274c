"""Turns of a guest: its large answers are made one after the other, so that the host holds few of them at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scopebox.isolate.backlog import Backlog


class Turn:
    """One at a time enters, as soon as the guest has ``drained`` most of what it was sent. To be used on one loop."""

    def __init__(self, drained: Callable[[], Awaitable[None]], backlog: Backlog) -> None:
        self._drained = drained
        self._backlog = backlog
        self._made = 0  # bytes that whoever is in makes
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        """Wait until nobody else is in, and for the guest."""
        await self._lock.acquire()
        try:
            await self._drained()
        except BaseException:
            self._lock.release()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Let the next one in when what was made has been sent, if nothing else has to be waited for before."""
        asyncio.get_running_loop().call_soon(self._leave)

    async def room(self, size: int) -> None:
        """Wait, when in, until there is room for ``size`` bytes beside what waits for all guests; LimitError if that takes too long."""
        await self._backlog.make(size)
        self._made += size

    def _leave(self) -> None:
        self._lock.release()
        if self._made:
            self._backlog.let_go(self._made)
            self._made = 0
