"""What happened: log records and ``exec`` calls, bounded, numbered, exportable as JSON lines."""

from __future__ import annotations

import threading
import time
from collections import deque
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Literal, Protocol, TypeVar

import msgspec

from scopebox.display.view import View, Viewed
from scopebox.literals import record_text
from scopebox.text import shorten
from scopebox.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Level = Literal["info", "warn", "error"]
State = Literal["running", "ok", "refused", "failed", "cancelled"]
EXPORT_VERSION: Final = 1
MAX_ARGUMENTS: Final = 200  # characters of a call's arguments that a record keeps
MAX_REASON: Final = 1_000  # characters of what a call was refused with
MAX_WIDE_REASON: Final = 250  # the same where there are wide ones among them, which take four bytes each
MAX_LINE: Final = 64_000  # characters of one line of a log
MAX_LOGGED: Final = 8 * 2**20  # bytes of all lines of a log together


class LogRecord(msgspec.Struct, frozen=True):
    """One line of the log: when (seconds since the epoch), how grave, of which extension, in which chain."""

    number: int
    time: float
    level: Level
    extension: str
    message: str
    chain: int = 0

    __repr__ = record_text


class CallRecord(msgspec.Struct):
    """One ``exec`` call, or one callback of the host into a guest (``type`` is then ``handler:…``).

    ``parent`` is the number of the record that caused it, 0 for a root; ``seconds`` is its duration, None while it runs;
    ``arguments`` is a shortened text; ``reason`` is that of a refusal, ``hint`` what would be right; ``line`` is the line of the
    extension's source.
    """

    number: int
    time: float
    chain: int
    parent: int
    extension: str
    type: str
    arguments: str = ""
    line: int = 0
    state: State = "running"
    reason: str = ""
    message: str = ""
    hint: str = ""
    seconds: float | None = None

    __repr__ = record_text


class _Numbered(Protocol):
    @property
    def number(self) -> int: ...


R = TypeVar("R", bound=_Numbered)


class Ring(Generic[R]):
    """The newest records, oldest first. Numbers start at 1 and never repeat; ``dropped`` counts what had to go.

    Records are added on the loop thread, lines of the log on any; any thread may read, and reads a consistent copy.
    """

    def __init__(self, capacity: int, on_change: Callable[[], None] | None = None) -> None:
        self._records: deque[R] = deque(maxlen=capacity)
        self._last = 0
        self._on_change = on_change

    def next_number(self) -> int:
        """Return the number for the record that is added next."""
        self._last += 1
        return self._last

    def append(self, record: R) -> None:
        """Add a record that carries the number of :meth:`next_number`."""
        self._records.append(record)
        self._changed()

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change()

    @property
    def last(self) -> int:
        """The number of the newest record, 0 before the first."""
        return self._last

    @property
    def dropped(self) -> int:
        """How many records are no longer kept."""
        return self._last - len(self._records)

    def since(self, number: int) -> list[R]:
        """Return the records with a number above ``number``, oldest first."""
        newest: list[R] = []
        for record in reversed(self._records.copy()):
            if record.number <= number:
                break
            newest.append(record)
        newest.reverse()
        return newest

    def clear(self) -> None:
        """Forget all records; numbers go on."""
        self._records.clear()
        self._changed()

    def jsonl(self) -> str:
        """Return all records as JSON lines; the first line names the version of the format and what was dropped."""
        head = {"scopebox": EXPORT_VERSION, "dropped": self.dropped}
        lines = [msgspec.json.encode(head), *map(msgspec.json.encode, self._records.copy())]
        return b"\n".join(lines).decode() + "\n"

    def export(self, path: str | Path) -> Path:
        """Write :meth:`jsonl` to ``path`` and return it."""
        target = Path(path)
        target.write_text(self.jsonl(), encoding="utf-8")
        return target

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[R]:
        return iter(self._records.copy())

    def __getitem__(self, index: int) -> R:
        return self._records[index]

    def __repr__(self) -> str:
        shown = [record_text(record) for record in islice(self._records.copy(), max(0, len(self._records) - 10), None)]
        head = f"{len(self)} records" + (f", {self.dropped} dropped" if self.dropped else "")
        return "\n".join([head, *shown])


class Log(Ring[LogRecord], Viewed):
    """The log of a sandbox: the newest lines, of ``MAX_LOGGED`` bytes at most. Lines may be written on any thread."""

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
        from scopebox.display.records import log_view  # noqa: PLC0415 - loaded when something is shown

        return log_view(self)

    def write(self, level: Level, extension: str, message: str, chain: int = 0) -> LogRecord:
        """Add a line and return it; the oldest ones go where there are too many, or too long ones."""
        if len(message) > MAX_LINE:
            message = shorten(message, MAX_LINE)
        records = self._records
        with self._lock:
            record = LogRecord(self.next_number(), time.time(), level, extension, message, chain)
            if len(records) == records.maxlen:
                self._size -= _size(records.popleft())
            self._size += _size(record)
            while self._size > MAX_LOGGED:
                self._size -= _size(records.popleft())
            records.append(record)
        self._changed()
        return record


class Trace(Ring[CallRecord], Viewed):
    """The calls of a sandbox: a tree, by way of ``parent``."""

    def view(self) -> View:
        """Return the newest calls as a table."""
        from scopebox.display.records import trace_view  # noqa: PLC0415 - loaded when something is shown

        return trace_view(self)

    def start(
        self, chain: int, parent: int, extension: str, kind: str, *, arguments: str = "", line: int = 0
    ) -> CallRecord:
        """Add a call that begins now and return its record."""
        record = CallRecord(self.next_number(), time.time(), chain, parent, extension, kind, arguments, line)
        self.append(record)
        return record

    def finish(
        self, record: CallRecord, state: State = "ok", *, reason: str = "", message: str = "", hint: str = ""
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
    if len(text) <= MAX_ARGUMENTS:
        return text.decode()
    half = MAX_ARGUMENTS // 2 - 2  # bytes, and a character may be cut in two
    return f"{text[:half].decode(errors='ignore')} … {text[-half:].decode(errors='ignore')}"


def _reason(text: str) -> str:
    return shorten(text, MAX_REASON if text.isascii() else MAX_WIDE_REASON)


def _size(record: LogRecord) -> int:
    """Return the bytes that a line takes, at most."""
    return len(record.message) if record.message.isascii() else 4 * len(record.message)
