"""Calls and log lines: in tables, and in the words of a sentence."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from scopebox.text.literals import json_inline
from scopebox.text.visible import shorten
from scopebox.views.parts import LINE, Indented, Line, Table, View, counted, took
from scopebox.vocabulary import API_PREFIX, CALL_STATES, HANDLER_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.journal.records import CallRecord, LogRecord

NEWEST_ROWS: Final = 50  # rows of a table
READ_CHARACTERS: Final = 1_000  # characters of a call's arguments that are looked at
SHOWN_CHARACTERS: Final = 120  # characters of a call's arguments in a sentence


def call_text(record: CallRecord) -> str:
    """Return a call as it stands in the source, with the beginning of its arguments."""
    arguments = _readable(record.arguments)
    if len(arguments) > SHOWN_CHARACTERS:
        arguments = f"{arguments[:SHOWN_CHARACTERS]} …"
    if record.type.startswith(API_PREFIX):
        return f"{record.type.removeprefix(API_PREFIX)}({arguments})"
    return f'exec("{record.type}"{", " if arguments else ""}{arguments})'


def _readable(arguments: str) -> str:
    try:
        return ", ".join(json_inline(argument, READ_CHARACTERS) for argument in json.loads(arguments))
    except ValueError:  # it was cut
        return arguments.removeprefix("[")


def is_call(record: CallRecord) -> bool:
    """Whether an extension made this call (and it is not the host that called a handler)."""
    return not record.type.startswith(HANDLER_PREFIX)


def refusals_of(records: Iterable[CallRecord]) -> list[tuple[CallRecord, int]]:
    """Return what was refused, each with its count: the same call at the same line is there once, as it was first refused."""
    records = list(records)
    first = {_sort_of(record): record for record in reversed(records)}
    return [(first[sort], count) for sort, count in Counter(map(_sort_of, records)).items()]


def refusal_line(record: CallRecord, count: int) -> Line:
    """Return what was refused, how often, and what would be right."""
    times = f", {count:,} times" if count > 1 else ""
    words = [f"Refused: {call_text(record)} (line {record.line}{times})", record.message, record.hint]
    return Line("\n".join(filter(None, words)), "refused")


def _sort_of(record: CallRecord) -> tuple[str, int, str, str]:
    return record.type, record.line, record.reason, record.message


def log_lines(records: Sequence[LogRecord], limit: int) -> str:
    """Return the first log lines of one run as text, the level in front of those that are no information."""
    shown = [
        f"{'' if record.level == 'info' else f'[{record.level}] '}{shorten(record.message, LINE)}"
        for record in records[:limit]
    ]
    if len(records) > limit:
        shown.append(f"… {len(records) - limit:,} more, see %sandbox log")
    return "\n".join(shown)


def log_view(records: Iterable[LogRecord], newest: int = NEWEST_ROWS) -> View:
    """Return the newest log lines as a table."""
    records = list(records)
    rows = [
        (record.number, clock(record.time), record.level, record.extension, record.message)
        for record in records[-newest:]
    ]
    columns = ("number", "time", "level", "extension", "message")
    table = Table(
        "Log", columns, rows, max(0, len(records) - newest), "older", empty="nothing was logged yet", code=(4,)
    )
    return View((table,), records)


def trace_view(records: Iterable[CallRecord], newest: int = NEWEST_ROWS) -> View:
    """Return the newest calls as a table; what a call caused is indented below it."""
    records = list(records)
    depths: dict[int, int] = {}
    for record in records:
        depths[record.number] = min(depths[record.parent] + 1, NEWEST_ROWS) if record.parent in depths else 0
    first = _root(records, len(records) - newest)
    rows = [
        (
            record.number,
            record.extension,
            Indented(depths[record.number], record.type),
            record.arguments,
            record.line or "",
            f"{CALL_STATES[record.state]} {record.reason}".strip(),
            took(record.seconds),
        )
        for record in records[first:]
    ]
    columns = ("number", "extension", "call", "arguments", "line", "state", "time")
    refused = sum(record.state == "refused" for record in records)
    caption = "Calls" if not refused else f"Calls, {refused:,} of {len(records):,} refused"
    table = Table(caption, columns, rows, first, "older", empty="no calls yet", code=(2, 3), tight=(6,))
    return View((table,), records)


def _root(records: Sequence[CallRecord], index: int) -> int:
    """Return where to begin, at ``index`` or a little before: what a call caused is not shown without it."""
    at = index = max(0, index)
    known = {record.number for record in records[max(0, index - NEWEST_ROWS) :]}
    while at > 0 and index - at < NEWEST_ROWS and records[at].parent in known:
        at -= 1
    return at


def clock(seconds: float) -> str:
    """Return a time of the day, with milliseconds."""
    return time.strftime("%H:%M:%S", time.localtime(seconds)) + f".{int(seconds % 1 * 1000):03}"


def calls_text(records: Iterable[CallRecord]) -> str:
    """Return how many calls were made, empty for none."""
    number = sum(map(is_call, records))
    return counted(number, "call") if number else ""
