"""What ``exec`` and ``gather`` return, and the scheduler that runs coroutines until all they wait for has come.

Nothing here, nor in the driver, has a name that a guest may use, and what an awaitable yields says nothing: whoever steps one by
hand gets None, and the scheduler learns in another way what is waited for.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from types import CoroutineType
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from scopebox_guest.driver.run import Outcome, Run


class Awaitable:
    """An opaque result to be awaited. Any other use means that an ``await`` was forgotten, and says so."""

    __slots__ = ("_outcome", "_scheduler", "_taken")

    def __init__(self, outcome: Outcome, scheduler: Scheduler) -> None:
        self._outcome = outcome
        self._scheduler = scheduler
        self._taken = False

    def __await__(self) -> Generator[None, None, object]:
        outcome = self._outcome
        if self._taken:  # as with any coroutine: nobody has to ask whether the call went out again
            raise RuntimeError(f"{outcome._label} was awaited before; keep its result in a variable")
        self._taken = outcome._awaited = True
        while not outcome._done:
            self._scheduler._awaited = outcome
            yield
        if outcome._error is not None:
            raise outcome._error
        return outcome._value

    def __repr__(self) -> str:
        return f"<{self._outcome._label}, to be awaited>"

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._forgotten()

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is not Awaitable and self._forgotten())

    def _forgotten(self, *_: object) -> NoReturn:
        raise TypeError(f"forgot await before {self._outcome._label}?")

    __str__ = __format__ = __bool__ = __len__ = __iter__ = __next__ = __contains__ = _forgotten
    __getitem__ = __setitem__ = __delitem__ = __lt__ = __le__ = __gt__ = __ge__ = _forgotten
    __int__ = __float__ = __index__ = __enter__ = __exit__ = __neg__ = __reversed__ = _forgotten
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _forgotten
    __floordiv__ = __mod__ = __or__ = __ror__ = __and__ = _forgotten


class Scheduler:
    """Runs coroutines, interleaved, one at a time.

    ``_run`` is the cell or handler whose code is being executed, ``_awaited`` what its last step began to wait for.
    """

    __slots__ = ("_awaited", "_ready", "_run")

    def __init__(self) -> None:
        self._ready: deque[tuple[CoroutineType[object, None, object], Outcome]] = deque()
        self._run: Run | None = None
        self._awaited: Outcome | None = None

    def _current(self, what: str) -> Run:
        """Return the cell or handler whose code runs; RuntimeError where none does."""
        if self._run is None:
            raise RuntimeError(f"{what} works only while a cell or a handler runs")
        return self._run

    def _start(self, coroutine: object, outcome: Outcome) -> None:
        """Queue a coroutine; its result settles ``outcome``."""
        assert isinstance(coroutine, CoroutineType)
        self._ready.append((coroutine, outcome))

    def _work(self) -> None:
        """Run everything that does not wait."""
        ready = self._ready
        while ready:
            coroutine, outcome = ready.popleft()
            self._run = outcome._run
            self._step(coroutine, outcome)
            self._run = None

    def _step(self, coroutine: CoroutineType[object, None, object], outcome: Outcome) -> None:
        wrong: TypeError | None = None
        while True:
            self._awaited = None
            try:
                if wrong is None:
                    coroutine.send(None)
                else:
                    coroutine.throw(wrong)
            except StopIteration as stop:
                return outcome._settle(stop.value)
            except BaseException as error:  # noqa: BLE001 - whatever the guest raises is the outcome
                return outcome._settle(None, error)
            awaited = self._awaited
            if awaited is not None:
                return awaited._when_settled(lambda: self._ready.append((coroutine, outcome)))
            wrong = TypeError("only exec, gather and your own coroutines can be awaited")

    def _gather(self, members: Sequence[object]) -> Awaitable:
        """Return one awaitable for the results of several awaitables or coroutines, in their order.

        As with a JavaScript ``Promise.all``, the first failure is the failure of all; the others run on.
        """
        run = self._current("gather()")
        outcomes = [self._member(run, member) for member in members]
        whole = run._expect("gather()")
        left = len(outcomes)

        def arrived(member: Outcome) -> None:
            nonlocal left
            left -= 1
            if whole._done:
                return
            if member._error is not None:
                whole._settle(None, member._error)
            elif not left:
                whole._settle([each._value for each in outcomes])

        if not outcomes:
            whole._settle([])
        for member in outcomes:
            member._awaited = True
            if member._done:
                arrived(member)
            else:
                member._when_settled(partial(arrived, member))
        return Awaitable(whole, self)

    def _member(self, run: Run, member: object) -> Outcome:
        if type(member) is Awaitable:
            return member._outcome
        if type(member) is not CoroutineType:
            raise TypeError(f"gather takes results of exec and coroutines, not {type(member).__name__}")
        outcome = run._expect(f"{member.__name__}()")
        self._start(member, outcome)
        return outcome


async def settled(value: object) -> object:
    """Await a value for as long as it is something to be awaited, as JavaScript does with a returned promise."""
    while type(value) is CoroutineType or type(value) is Awaitable:
        value = await value
    return value
