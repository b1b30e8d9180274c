"""The driver's records of what runs: a cell or handler, and everything that has to be settled before it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.series import Series


class Outcome:
    """Something that can be awaited; guests never hold one.

    ``label`` names it in messages. ``awaited`` tells whether anybody asked for the result, so that a failure that nobody
    asked for is not lost. ``call`` is the id of the call, 0 for anything else; ``line`` is where it was made, and ``size`` what it
    counts against the bulk calls. ``run`` is the cell or handler that it belongs to.
    """

    __slots__ = ("_awaited", "_call", "_done", "_error", "_label", "_line", "_run", "_size", "_value", "_waiters")

    def __init__(self, run: Run, label: str, *, call: int = 0, line: int = 0, size: int = 0) -> None:
        self._run = run
        self._label = label
        self._call = call
        self._line = line
        self._size = size
        self._done = False
        self._awaited = False
        self._value: object = None
        self._error: BaseException | None = None
        self._waiters: list[Callable[[], None]] = []

    def _when_settled(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called once this is settled."""
        self._waiters.append(wake)

    def _settle(self, value: object, error: BaseException | None = None) -> None:
        """Note the result, wake what waits for it, and then tell the run: what was woken may belong to the same run."""
        self._done = True
        self._value = value
        self._error = error
        waiters, self._waiters = self._waiters, []
        for wake in waiters:
            wake()
        self._run._settled(self)


class Run:
    """A cell or handler that the host asked for. ``number`` is the host's number of it.

    It is put into ``ended`` when the last of what belongs to it is settled. ``series`` are the calls that it is one of, if it is,
    and ``called`` tells whether it made a call that takes effect.
    """

    __slots__ = ("_called", "_ended", "_failed", "_main", "_number", "_printed", "_series", "_takes_repr", "_waiting")

    def __init__(self, ended: dict[Run, None], number: int, *, takes_repr: bool, series: Series | None = None) -> None:
        self._ended = ended
        self._number = number
        self._series = series
        self._called = False
        self._takes_repr = takes_repr
        self._printed = 0
        self._waiting = 0
        self._failed: list[Outcome] = []
        self._main = self._expect("cell" if takes_repr else "handler")
        self._main._awaited = True

    def _expect(self, label: str, *, call: int = 0, line: int = 0, size: int = 0) -> Outcome:
        """Return something new that has to be settled before the run can end."""
        self._waiting += 1
        return Outcome(self, label, call=call, line=line, size=size)

    def _settled(self, outcome: Outcome) -> None:
        """Note that something is settled; the last one ends the run."""
        self._waiting -= 1
        if outcome._error is not None:
            self._failed.append(outcome)
        if not self._waiting:
            self._ended[self] = None

    def _unawaited(self) -> Outcome | None:
        """Return the first failure that nobody awaited."""
        return next((outcome for outcome in self._failed if not outcome._awaited), None)
