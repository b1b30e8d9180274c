"""What makes code run: cells, calls of handlers and answers, one after the other.

The engine runs all jobs that come of one before it takes the next, so it is known for which run a continuation calls the host.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.run import Run


class Triggers:
    """Those that wait; ``run`` is the cell or handler whose code is executed, if any is."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self._waiting: deque[tuple[Run, Callable[[], None]]] = deque()

    def add(self, run: Run, action: Callable[[], None]) -> None:
        """Have something done in the name of a run."""
        self._waiting.append((run, action))

    def next(self) -> Callable[[], None] | None:
        """Return what is to be done next, and take its run for the one whose code is executed; None if nothing waits."""
        if not self._waiting:
            self.run = None
            return None
        self.run, action = self._waiting.popleft()
        return action
