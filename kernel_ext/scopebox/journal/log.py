"""The log: what extensions and scopebox itself wrote."""

from __future__ import annotations

import time
from typing import Final

from scopebox.journal.records import LogRecord
from scopebox.journal.ring import Ring
from scopebox.text.sizes import most_kept
from scopebox.text.visible import shorten
from scopebox.views.parts import View, Viewed
from scopebox.vocabulary import Level

MAX_LINE_CHARACTERS: Final = 64_000
_LINE_BYTES: Final = 140  # that a line takes besides its message


class Log(Ring[LogRecord], Viewed):
    """The log of a sandbox: the newest lines. Lines may be written on any thread."""

    def view(self) -> View:
        """Return the newest lines as a table."""
        from scopebox.journal.views import log_view  # noqa: PLC0415 - loaded when something is shown

        return log_view(self)

    def write(self, level: Level, extension: str, message: str, chain: int = 0) -> LogRecord:
        """Add a line and return it; the oldest ones go where there are too many, or too long ones."""
        if len(message) > MAX_LINE_CHARACTERS:
            message = shorten(message, MAX_LINE_CHARACTERS)
        return self._add(lambda number: LogRecord(number, time.time(), level, extension, message, chain))

    @staticmethod
    def _size_of(record: LogRecord) -> int:
        return _LINE_BYTES + most_kept(record.message)
