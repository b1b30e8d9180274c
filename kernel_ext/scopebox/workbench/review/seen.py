"""What an extension was seen doing: the calls of a trace and the lines of a log, counted."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec

from scopebox.extension.least_privilege import sent_in, suggest
from scopebox.text.visible import shorten
from scopebox.vocabulary import API_PREFIX, HANDLER_PREFIX, ITEMS
from scopebox.workbench.review.account import Account, Asking, Finding, Runs, account_of_package, asked, wide

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.extension.extension import Extension
    from scopebox.journal.log import Log
    from scopebox.journal.records import CallRecord
    from scopebox.journal.trace import Trace

MAX_HOSTS: Final = 50
MAX_LOGS: Final = 5  # lines of the log
MAX_LOG_CHARACTERS: Final = 200
UNREAD: Final = "(not readable in the trace)"


def account_of_extension(extension: Extension, trace: Trace, log: Log, tried: Sequence[str] = ()) -> Account:
    """Return the account of a loaded extension: of its package, if it was loaded from one, and what it did so far."""
    manifest = extension.manifest
    suggestion = suggest(extension, trace, dropped=trace.dropped)
    runs = _runs(extension, trace, log, suggestion.notes, tried)
    unused = tuple(
        Finding("unused", f"It asks for {entry.permission}, and never used it in these runs.")
        for entry in suggestion.unused
    )
    if extension.package is not None:
        before = account_of_package(extension.package)
        return msgspec.structs.replace(before, runs=runs, unused=unused if runs.calls else before.unused)
    return Account(
        where="a cell of this session",
        name=extension.name,
        type=manifest.type or "",
        bytes=sum(len(source.encode()) for source in extension.sources.values()),
        files=len(extension.sources),
        asks=tuple(map(asked, manifest.permissions)),
        wide=wide(manifest),
        unused=unused,
        runs=runs,
        notes=tuple(extension.warnings),
    )


def _runs(extension: Extension, trace: Trace, log: Log, notes: Sequence[str], tried: Sequence[str]) -> Runs:
    mine = [record for record in trace if record.extension == extension.name]
    calls = [record for record in mine if not record.type.startswith(HANDLER_PREFIX)]
    lines = [record.message for record in log if record.extension == extension.name]
    refused = Counter(f"{_type(record)} ({record.reason})" for record in calls if record.state == "refused")
    return Runs(
        len({record.chain for record in mine}),
        len(calls),
        _requests(calls),
        dict(Counter(_words(record) for record in calls if _type(record) != "request")),
        dict(refused),
        tuple(shorten(line, MAX_LOG_CHARACTERS) for line in lines[:MAX_LOGS]),
        len(lines),
        tuple(tried),
        tuple(notes),
    )


def _type(record: CallRecord) -> str:
    return record.type.removeprefix(API_PREFIX)


def _words(record: CallRecord) -> str:
    """Return the type of a call, and for items the collection."""
    name = _type(record)
    if name not in ITEMS:
        return name
    try:
        collection = json.loads(record.arguments)[0]
    except (ValueError, IndexError, TypeError):
        return name
    return f"{name} {shorten(collection, MAX_LOG_CHARACTERS)}" if isinstance(collection, str) else name


def _requests(calls: Iterable[CallRecord]) -> tuple[Asking, ...]:
    """Return the requests by host, those of the most hosts."""
    methods: dict[str, Counter[str]] = {}
    states: dict[str, Counter[str]] = {}
    for record in calls:
        if _type(record) != "request":
            continue
        sent = sent_in(record.arguments)
        host = UNREAD if sent is None else sent.url.origin
        if host not in methods and len(methods) >= MAX_HOSTS:
            host = "(other hosts)"
        methods.setdefault(host, Counter())["?" if sent is None else sent.method or "?"] += 1
        states.setdefault(host, Counter())[record.state] += 1
    return tuple(
        Asking(host, dict(counts), states[host]["refused"], states[host]["failed"]) for host, counts in methods.items()
    )
