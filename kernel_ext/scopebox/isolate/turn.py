"""Turns of a guest: its large answers are made one after the other, so that the host holds few of them at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Turn:
    """One at a time enters, as soon as the guest has ``drained`` most of what it was sent. To be used on one loop."""

    def __init__(self, drained: Callable[[], Awaitable[None]]) -> None:
        self._drained = drained
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
        asyncio.get_running_loop().call_soon(self._lock.release)
