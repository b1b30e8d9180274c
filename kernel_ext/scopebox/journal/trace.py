"""What happened: log records and ``exec`` calls, bounded, numbered, exportable as JSON lines."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Final

import msgspec
from scopebox_guest.wire import encode

from scopebox.journal.records import Answered, CallRecord, kept
from scopebox.journal.ring import Ring
from scopebox.text.sizes import most_kept
from scopebox.views.parts import View, Viewed
from scopebox.vocabulary import CallState

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_ARGUMENTS_BYTES: Final = 200  # characters of a call's arguments that a record keeps
_CALL_BYTES: Final = 224  # that a call takes besides its texts
MAX_ANSWERS_BYTES: Final = 4 * 2**20  # that all answers may have together


# The first argument of a call, as long as it is a text and was not cut.
_FIRST: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"')


def first_text(arguments: str) -> tuple[str, int] | None:
    """Return the first argument of a call as its record has it, and where it ends; None where it is no text or was cut."""
    found = _FIRST.match(arguments)
    if found is None:
        return None
    try:
        return json.loads(f'"{found[1]}"'), found.end()
    except ValueError:  # what was cut within an escape
        return None


class Trace(Ring[CallRecord], Viewed):
    """The calls of a sandbox: a tree, by way of ``parent``; and what its requests were answered with, the newest of that."""

    def __init__(self, capacity: int, on_change: Callable[[], None] | None = None) -> None:
        super().__init__(capacity, on_change)
        self._answers: dict[int, tuple[Answered, ...]] = {}  # by the number of the call, the oldest first
        self._answer_bytes = 0

    def view(self) -> View:
        """Return the newest calls as a table."""
        from scopebox.journal.views import trace_view  # noqa: PLC0415 - loaded when something is shown

        return trace_view(self)

    def keep_answer(self, number: int, answer: Answered) -> None:
        """Keep what the request of a call was answered with; where there is no room, the oldest go."""
        self._answers[number] = (*self._answers.pop(number, ()), answer)
        self._answer_bytes += answer.size
        while self._answer_bytes > MAX_ANSWERS_BYTES and self._answers:
            oldest = self._answers.pop(next(iter(self._answers)))
            self._answer_bytes -= sum(answer.size for answer in oldest)

    def answers_to(self, number: int) -> tuple[Answered, ...]:
        """Return what the request of a call was answered with, redirects first, as far as it is kept."""
        return self._answers.get(number, ())

    def clear(self) -> None:
        """Forget all calls and answers; numbers go on."""
        self._answers, self._answer_bytes = {}, 0
        super().clear()

    def _line(self, record: CallRecord) -> bytes:
        answers = self.answers_to(record.number)
        if not answers:
            return super()._line(record)
        return msgspec.json.encode({**msgspec.structs.asdict(record), "answers": answers})

    def start(
        self, chain: int, parent: int, extension: str, kind: str, *, arguments: str = "", line: int = 0
    ) -> CallRecord:
        """Add a call that begins now and return its record."""
        return self._add(
            lambda number: CallRecord(number, time.time(), chain, parent, extension, kind, arguments, line)
        )

    def finish(
        self, record: CallRecord, state: CallState = "ok", *, reason: str = "", message: str = "", hint: str = ""
    ) -> None:
        """Note how the call of ``record`` ended."""
        record.seconds = max(0.0, time.time() - record.time)
        record.state = state
        record.reason = reason
        if message or hint:
            self._explain(record, kept(message), kept(hint))
        self._changed()

    def _explain(self, record: CallRecord, message: str, hint: str) -> None:
        with self._lock:
            before = self._size_of(record)
            record.message, record.hint = message, hint
            if record.number > self.dropped:  # else it is not kept: nothing of it counts
                self._grow(self._size_of(record) - before)

    @staticmethod
    def _size_of(record: CallRecord) -> int:
        size = _CALL_BYTES + most_kept(record.type) + most_kept(record.arguments)
        if record.message or record.hint:  # as of few calls
            size += most_kept(record.message) + most_kept(record.hint)
        return size


def summary(arguments: object) -> str:
    """Return a short text of a call's arguments: JSON, cut in the middle where it is long."""
    text = encode(arguments)
    if len(text) <= MAX_ARGUMENTS_BYTES:
        return text.decode()
    half = MAX_ARGUMENTS_BYTES // 2 - 2  # bytes, and a character may be cut in two
    return f"{text[:half].decode(errors='ignore')} … {text[-half:].decode(errors='ignore')}"
