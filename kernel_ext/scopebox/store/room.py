"""Room for the plans of one store, of writes and of queries that hooks made: many large ones are made one after the other, so that they are not all held at once.

Whoever waits has nothing but what was given. A filter that the plan of a write waits for may write itself: that plan lies deeper in its
chain, and what is deeper has room of its own, so that nobody waits for what waits for him. Small plans need none.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Final

from scopebox.store import javascript
from scopebox.store.bounds import MAX_ITEMS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

SMALL_BYTES: Final = 32 * 1024  # of a plan that needs no room
# Of the plans that have room at the same time, if they are several. All of them have a turn on the loop before anybody else has the next:
# of eight that change 10,000 items each a client that reads one item had to wait for a second.
MAX_BYTES: Final = 2 * 2**20
# That a value to be written, or a key, takes until it is: as it was given, and as it is planned.
VALUE_BYTES: Final = 100
ITEM_BYTES: Final = 300  # the same of an item, and of a list or object in it
CONTAINERS: Final = frozenset((dict, list))
NO_ROOM: Final = nullcontext()


def weight_of(*given: object) -> int:
    """Return how many bytes a plan takes at most as long as it waits, of what was ``given`` for it; texts are held as they were given."""
    weight, waiting = 0, [*given]
    while waiting:
        within = waiting.pop()
        values = within.values() if isinstance(within, dict) else within if isinstance(within, list) else ()
        weight += ITEM_BYTES + VALUE_BYTES * len(values)
        if not CONTAINERS.isdisjoint(map(type, values)):
            waiting += [value for value in values if type(value) in CONTAINERS]
    return weight


def weight_of_chosen(query: Mapping[str, object] | None, data: object = None) -> int:
    """Return the same of a plan for the items that ``query`` selects, as many as it may."""
    limit = javascript.number((query or {}).get("limit", 0))
    return weight_of(data) + VALUE_BYTES * int(limit if 0 <= limit <= MAX_ITEMS else MAX_ITEMS)


class Rooms:
    """The room of one store. Plans may be made on several loops."""

    def __init__(self) -> None:
        self._rooms: defaultdict[int, _Room] = defaultdict(_Room)

    def held(self, weight: int, depth: int) -> AbstractAsyncContextManager[None]:
        """Hold room for a plan of so much ``weight`` for a block, so ``depth`` in its chain, as soon as there is some; for a heavier one when it is alone."""
        return NO_ROOM if weight <= SMALL_BYTES else _Held(self._rooms[depth], weight)


class _Room:
    def __init__(self) -> None:
        self._lock = Lock()
        self._held = 0
        self._waiting: deque[tuple[int, Future[None]]] = deque()

    def enter(self, weight: int) -> Future[None] | None:
        """Hold ``weight``, now or when what is returned is done."""
        with self._lock:
            if not self._waiting and self._fits(weight):
                self._held += weight
                return None
            place = Future[None]()
            self._waiting.append((weight, place))
            return place

    def leave(self, weight: int, place: Future[None] | None) -> None:
        """Give back what is held, or waited for, and let those in who come next."""
        with self._lock:
            if place is None or not place.cancel():
                self._held -= weight
            while self._waiting:
                wanted, waiting = self._waiting[0]
                if not waiting.cancelled() and not self._fits(wanted):
                    return
                self._waiting.popleft()
                if waiting.set_running_or_notify_cancel():
                    self._held += wanted
                    waiting.set_result(None)

    def _fits(self, weight: int) -> bool:
        return not self._held or self._held + weight <= MAX_BYTES


class _Held(AbstractAsyncContextManager[None]):
    def __init__(self, room: _Room, weight: int) -> None:
        self._room, self._weight = room, weight
        self._place: Future[None] | None = None

    async def __aenter__(self) -> None:
        self._place = self._room.enter(self._weight)
        if self._place is not None:
            try:
                await asyncio.wrap_future(self._place)
            except BaseException:
                self._room.leave(self._weight, self._place)
                raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._room.leave(self._weight, self._place)
