"""Several new items on their way through the filters."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from scopebox.store.emitter import data_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from scopebox_guest.wire import Certain

    from scopebox.store.emitter import Filtered
    from scopebox.store.writing.certainty import Certainty

MOST: Final = 100  # items that are sent through the filters at once


class Filtering:
    """What filters make of each of ``items``, asked about as many at once as nobody can tell from one by one.

    If fewer of them are taken than were sent, fewer are sent the next time, so that none is sent often.
    """

    def __init__(
        self,
        items: Sequence[object],
        certainty: Certainty,
        ask: Callable[[Sequence[object], Certain], Awaitable[Filtered]],
    ) -> None:
        self._items = items
        self._certainty = certainty
        self._ask = ask
        self._at = 0
        self._most = MOST
        self._found: deque[object] = deque()
        self._error: Exception | None = None

    async def next(self) -> object:
        """Return what became of the next item, or raise what its filters raised."""
        if not self._found and self._error is None:
            sent = self._items[self._at : self._end()]
            filtered = await self._ask(sent, self._certainty.told)
            self._found += filtered.values
            self._error = filtered.error
            self._at += len(filtered.values)
            self._most = min(MOST, 2 * max(1, len(filtered.values)))
        if self._found:
            return data_of(self._found.popleft())
        assert self._error is not None
        raise self._error

    def _end(self) -> int:
        """Return where the items end that can be sent now: one, and those behind it as long as that before is certain."""
        end = self._at + 1
        while end < min(self._at + self._most, len(self._items)) and isinstance(self._items[end], dict):
            before = self._items[end - 1]
            if not isinstance(before, dict) or not self._certainty.allows(before):
                break
            end += 1
        return end
