"""How far a series of calls has come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from scopebox_guest import wire

from scopebox.chains.chain import Cause
from scopebox.registry.registrations import Returned
from scopebox.registry.series import Passed
from scopebox.vocabulary import FILTER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.errors import ScopeboxError
    from scopebox.journal.records import CallRecord
    from scopebox.registry.series import Step


class Progress:
    """Steps that payloads go through, one call after the other: each has its record in the trace, and is counted where it is listed.

    ``left`` calls are behind the one whose ``record`` this is, which runs because of ``cause``. How long each of those before the last took is their
    mean: the guest sends the ends of many at once.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        payloads: Sequence[object],
        cause: Cause,
        start: Callable[[str, Cause], CallRecord],
        finish: Callable[[CallRecord], None],
    ) -> None:
        self.left = len(steps) * len(payloads) - 1
        self._steps, self._payloads, self._outer = steps, payloads, cause
        self._start, self._finish = start, finish
        self._passed = Passed()
        self._records: list[CallRecord] = []
        self._closed = False
        self._started = time.perf_counter()
        self.record, self.cause = self._begin()

    def _begin(self) -> tuple[CallRecord, Cause]:
        """Note that the next call begins."""
        step = self._steps[len(self._records) % len(self._steps)]
        step.hook.usage.calls += 1
        record = self._start(f"{FILTER_PREFIX}{step.hook.event}", self._outer)
        self._records.append(record)
        self._last_started = time.perf_counter()
        return record, Cause(self._outer.chain, self._outer.depth + 1, record.number)

    def next(self, done: wire.Done) -> Cause:
        """Take what a call came to behind which another one runs."""
        self.left -= 1
        if not self._closed:
            self.take(Returned(None if done.value == wire.NULL else done.value, done.null))
            self._finish(self.record)
            self._passed.steps = 0
            self.record, self.cause = self._begin()
        return self.cause

    def take(self, returned: Returned) -> None:
        """Take what became of a payload."""
        item, step = divmod(len(self._records) - 1, len(self._steps))
        value = self._payloads[item] if returned.nothing else returned.value
        self._steps[step].hook.usage.note_ok()
        if step + 1 == len(self._steps):
            self._passed.values.append(value)
        else:
            self._passed.steps, self._passed.part = step + 1, value

    def fail(self, error: ScopeboxError) -> None:
        """Take what a call raised, which is the last."""
        self._steps[(len(self._records) - 1) % len(self._steps)].hook.usage.note_failed(error)
        self._passed.error = error

    def close(self) -> None:
        """Note that nobody waits any more, and how long each call took."""
        self._closed = True
        now, others = time.perf_counter(), len(self._records) - 1
        mean = (self._last_started - self._started) / others if others else 0.0
        for at, record in enumerate(self._records):
            seconds = mean if at < others else now - self._last_started
            self._steps[at % len(self._steps)].hook.usage.note_time(seconds)
            if at < others:
                record.seconds = seconds

    def passed(self, steps: int) -> Passed:
        """Return what came of it, ``steps`` being those that a payload has to go through in all."""
        passed = self._passed
        if len(self._steps) < steps and passed.values:
            passed.steps, passed.part = len(self._steps), passed.values.pop()
        return passed
