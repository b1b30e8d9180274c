"""Who is told that something has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Subscribers:
    """Callbacks that are called after every change, on the thread that made it."""

    def __init__(self) -> None:
        self._callbacks: tuple[Callable[[], None], ...] = ()

    def add(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` from now on. Returns a function that unsubscribes."""
        self._callbacks = (*self._callbacks, callback)

        def unsubscribe() -> None:
            self._callbacks = tuple(entry for entry in self._callbacks if entry is not callback)

        return unsubscribe

    def __len__(self) -> int:
        """How many there are."""
        return len(self._callbacks)

    def notify(self) -> None:
        """Tell all of them."""
        for callback in self._callbacks:
            callback()
