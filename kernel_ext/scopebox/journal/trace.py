"""What happened: log records and ``exec`` calls, bounded, numbered, exportable as JSON lines."""

from __future__ import annotations

import time
from typing import Final

from scopebox_guest.wire import encode

from scopebox.journal.records import CallRecord
from scopebox.journal.ring import Ring
from scopebox.text.visible import shorten
from scopebox.views.parts import View, Viewed
from scopebox.vocabulary import CallState

MAX_ARGUMENTS_BYTES: Final = 200  # characters of a call's arguments that a record keeps
MAX_REASON_CHARACTERS: Final = 1_000  # characters of what a call was refused with
MAX_WIDE_REASON_CHARACTERS: Final = 250  # the same where there are wide ones among them, which take four bytes each


class Trace(Ring[CallRecord], Viewed):
    """The calls of a sandbox: a tree, by way of ``parent``."""

    def view(self) -> View:
        """Return the newest calls as a table."""
        from scopebox.journal.views import trace_view  # noqa: PLC0415 - loaded when something is shown

        return trace_view(self)

    def start(
        self, chain: int, parent: int, extension: str, kind: str, *, arguments: str = "", line: int = 0
    ) -> CallRecord:
        """Add a call that begins now and return its record."""
        record = CallRecord(self.next_number(), time.time(), chain, parent, extension, kind, arguments, line)
        self.append(record)
        return record

    def finish(
        self, record: CallRecord, state: CallState = "ok", *, reason: str = "", message: str = "", hint: str = ""
    ) -> None:
        """Note how the call of ``record`` ended."""
        record.seconds = max(0.0, time.time() - record.time)
        record.state = state
        record.reason = reason
        if message or hint:
            record.message, record.hint = _reason(message), _reason(hint)
        self._changed()


def summary(arguments: object) -> str:
    """Return a short text of a call's arguments: JSON, cut in the middle where it is long."""
    text = encode(arguments)
    if len(text) <= MAX_ARGUMENTS_BYTES:
        return text.decode()
    half = MAX_ARGUMENTS_BYTES // 2 - 2  # bytes, and a character may be cut in two
    return f"{text[:half].decode(errors='ignore')} … {text[-half:].decode(errors='ignore')}"


def _reason(text: str) -> str:
    return shorten(text, MAX_REASON_CHARACTERS if text.isascii() else MAX_WIDE_REASON_CHARACTERS)
