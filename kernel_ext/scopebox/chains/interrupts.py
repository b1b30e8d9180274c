"""Interrupts as events: within a block none of them is raised between any two instructions; the first is raised at its end."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType


class Interrupts:
    """A block that no interrupt cuts short: a step that has to be whole, such as handing over or ending a process.

    ``told`` is called at each interrupt, between two instructions of the main thread, so it must be as safe as a signal handler.
    What handled interrupts before decides whether one is raised, and what; it is raised when the block has ended. A block
    within another one leaves its interrupts to the outer one. On other threads than the main one there are no interrupts.
    """

    def __init__(self, told: Callable[[], None] | None = None) -> None:
        self._told = told
        self._previous: Callable[[int, FrameType | None], object] | None = None
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            previous = signal.getsignal(signal.SIGINT)
            if callable(previous):
                self._previous = previous  # before the next line, after which an interrupt comes here
                signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, number: int, frame: FrameType | None) -> None:
        assert self._previous is not None
        try:
            self._previous(number, frame)
        except BaseException as error:  # noqa: BLE001 - raised again at the end of the block
            self._error = self._error or error
            if self._told is not None:
                self._told()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
        if self._error is not None:
            raise self._error
