"""Promises that outcomes of the driver wait for, and rejections that nobody handles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox_guest.javascript.quickjs.values import ThrownError, is_undefined

if TYPE_CHECKING:
    from collections.abc import Callable

    from scopebox_guest.driver.run import Outcome, Run
    from scopebox_guest.javascript.errors import Errors
    from scopebox_guest.javascript.quickjs.realm import Realm
    from scopebox_guest.javascript.quickjs.values import Value
    from scopebox_guest.javascript.triggers import Triggers

    Then = Callable[[Value, Outcome], None]  # takes the result of a promise, and settles an outcome with it

PENDING, FULFILLED = 0, 1
MOST_REJECTIONS: Final = 1_000  # that are kept of those that nobody has handled yet


class Promises:
    """The open promises of one realm. ``label_of`` tells which call an error is of."""

    def __init__(self, realm: Realm, errors: Errors, triggers: Triggers, label_of: Value) -> None:
        self._realm = realm
        self._errors = errors
        self._triggers = triggers
        self._label_of = label_of
        self._open: list[tuple[Value, Outcome, Then]] = []
        self._rejected: dict[int, tuple[Value, Outcome]] = {}

    def wait(self, promise: Value, outcome: Outcome, then: Then) -> None:
        """Have ``then`` called with the result of a promise, or the outcome settled with its error."""
        self._realm._mark_handled(promise)
        self._open.append((promise, outcome, then))

    def settle(self) -> bool:
        """Go on with every promise that is settled; return whether there was one, so that code may have run."""
        waiting, self._open = self._open, []
        moved = False
        for promise, outcome, then in waiting:
            state = self._realm._state(promise)
            if state == PENDING:
                self._open.append((promise, outcome, then))
                continue
            moved = True
            try:
                result = self._realm._result(promise)
                if state == FULFILLED:
                    then(result, outcome)
                else:
                    outcome._settle(None, self._errors.outcome(ThrownError(result)))
            except (ThrownError, MemoryError) as error:
                outcome._settle(None, self._errors.outcome(error))
        return moved

    def end(self, run: Run, error: ThrownError | MemoryError) -> None:
        """End a run by an error that leaves nothing to go on with: what waits for it may never be settled."""
        problem = self._errors.outcome(error)
        self._open = [each for each in self._open if each[1]._run is not run]
        outcome = run._expect("a job") if run._main._done else run._main
        outcome._settle(None, problem)

    def forget(self) -> None:
        """Forget rejections and lacks of memory of the runs before, if nothing runs any more."""
        if not self._open:
            self._rejected.clear()
            self._realm._forget_memory()

    def on_rejected(self, promise: Value, reason: Value) -> None:
        """Note a rejection that nobody handles, as a failure of the run whose code is executed."""
        run = self._triggers.run
        if run is None or len(self._rejected) >= MOST_REJECTIONS:
            return
        outcome = run._expect(self._name(reason))
        self._rejected[promise._bare.content] = (promise, outcome)
        outcome._settle(None, ThrownError(reason))

    def _name(self, reason: Value) -> str:
        """Return how a rejected promise stands in messages: as the call that its error is of, where there is room to ask for that."""
        try:
            label = self._realm._call(self._label_of, reason)
            return "a promise" if is_undefined(label) else self._realm._bytes(label).decode()
        except ThrownError:  # no memory is left, or no stack
            return "a promise"

    def on_handled(self, promise: int) -> None:
        """Note that somebody handles it after all."""
        found = self._rejected.pop(promise, None)
        if found is not None:
            found[1]._awaited = True
