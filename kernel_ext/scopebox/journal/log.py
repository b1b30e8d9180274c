"""The log: what extensions and scopebox itself wrote."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from scopebox.journal.records import LogRecord
from scopebox.journal.ring import Ring
from scopebox.text.visible import shorten
from scopebox.views.parts import View, Viewed
from scopebox.vocabulary import Level

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LOG_BYTES: Final = 8 * 2**20  # of all lines of a log together
MAX_LINE_CHARACTERS: Final = 64_000


class Log(Ring[LogRecord], Viewed):
    """The log of a sandbox: the newest lines, of ``MAX_LOG_BYTES`` bytes at most. Lines may be written on any thread."""

    def __init__(self, capacity: int, on_change: Callable[[], None] | None = None) -> None:
        super().__init__(capacity, on_change)
        self._size = 0
        self._lock = threading.Lock()  # around number, size and records

    def clear(self) -> None:
        """Forget all lines; numbers go on."""
        with self._lock:
            self._size = 0
            self._records.clear()
        self._changed()

    def view(self) -> View:
        """Return the newest lines as a table."""
        from scopebox.journal.views import log_view  # noqa: PLC0415 - loaded when something is shown

        return log_view(self)

    def write(self, level: Level, extension: str, message: str, chain: int = 0) -> LogRecord:
        """Add a line and return it; the oldest ones go where there are too many, or too long ones."""
        if len(message) > MAX_LINE_CHARACTERS:
            message = shorten(message, MAX_LINE_CHARACTERS)
        records = self._records
        with self._lock:
            record = LogRecord(self.next_number(), time.time(), level, extension, message, chain)
            if len(records) == records.maxlen:
                self._size -= _size(records.popleft())
            self._size += _size(record)
            while self._size > MAX_LOG_BYTES:
                self._size -= _size(records.popleft())
            records.append(record)
        self._changed()
        return record


def _size(record: LogRecord) -> int:
    """Return the bytes that a line takes, at most."""
    return len(record.message) if record.message.isascii() else 4 * len(record.message)
