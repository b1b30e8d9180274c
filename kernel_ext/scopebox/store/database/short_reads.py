"""Short reads run at once, on the thread of the loop that asks: for one row by its key a trip to another thread takes longer than to wait."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.store.database.session import Session
from scopebox.store.database.statements import Statements

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from scopebox.store.database.clock import Clock
    from scopebox.store.database.estimates import Estimates
    from scopebox.store.database.lengths import Lengths

T = TypeVar("T")
LONG_SECONDS: Final = 0.1  # what no short read takes: the items are huge, the disk is slow, or somebody holds a lock
REST_SECONDS: Final = 5.0  # after one that did, all run in threads for so long
TURN_SECONDS: Final = 0.05  # a loop that has not come round after that will not


class ShortReads:
    """Runs short reads, at most one in a turn of the loop, so that others who wait for it have their turn; the rest are for the threads."""

    def __init__(
        self, cursor: Callable[[], duckdb.DuckDBPyConnection], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._make = cursor
        self._clock = clock
        self._alone = threading.Lock()  # around the cursor: there may be several loops, and one who closes
        self._statements: Statements | None = None
        self._turn = 0.0
        self._rests_until = 0.0
        self._closed = False

    def begin(self) -> bool:
        """Return whether a read may run now; :meth:`run` has to follow then."""
        now = self._clock()
        if now < self._rests_until or (self._turn and now - self._turn < TURN_SECONDS):
            return False
        if not self._alone.acquire(blocking=False):
            return False
        if self._closed:
            self._alone.release()
            return False
        self._turn = now
        asyncio.get_running_loop().call_soon(self._next_turn)
        return True

    def _next_turn(self) -> None:
        self._turn = 0.0

    def run(self, work: Callable[[Session], T], clock: Clock, estimates: Estimates, lengths: Lengths) -> T:
        """Run ``work`` on this thread."""
        started = self._clock()
        try:
            if self._statements is None:
                self._statements = Statements(self._make())
            session = Session(self._statements, clock, estimates, lengths)
            return clock.here(lambda: work(session))
        finally:
            now = self._clock()
            if now - started > LONG_SECONDS:
                self._rests_until = now + REST_SECONDS
            self._alone.release()

    def close(self) -> None:
        """Close the cursor, once nobody reads with it."""
        with self._alone:
            self._closed = True
            if self._statements is not None:
                self._statements.cursor.close()
                self._statements = None
