"""How an extension, its grants and its registrations are shown."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

from scopebox.extension.result import summary
from scopebox.grants.sentences import describe
from scopebox.views.parts import Line, Part, Table, View, took

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from scopebox.extension.extension import Extension
    from scopebox.grants.grants import Grant
    from scopebox.registry.registrations import Endpoint, Hook, Operation, Usage
    from scopebox.sandbox.sandbox import Sandbox


T = TypeVar("T")


ROWS: Final = 100


# Sign and word, so that a state is told without colour.
STATES: Final = {
    "built-in": "✓ built in",
    "required": "✓ required, granted by running it",
    "granted": "✓ optional, granted",
    "denied": "✕ optional, denied",
}


def extension_view(extension: Extension) -> View:
    """Return one extension: its state, what it may do, what it registered."""
    state = f"{extension.name}: {_state(extension)}"
    registered = _registered(extension.box, {extension.name})
    last = Line(summary(extension.result), "muted")
    return View((Line(state), grants_table(extension), *registered, last), extension)


def grants_table(extension: Extension) -> Table:
    """Return what an extension asks for, in plain sentences, and what became of it; built-in types only where used."""
    entries = [
        (name, grant)
        for name, grant in extension.grants.items()
        if grant.state != "built-in" or grant.used or extension.manifest.get(name) is not None
    ]
    rows = [(name, *_grant(grant)) for name, grant in entries]
    rows += [(name, "", "✕ not in the manifest", 0, count, "") for name, count in extension.grants.undeclared.items()]
    columns = ("permission", "allows to", "state", "used", "refused", "reason, by the author")
    empty = "this extension can do nothing but what is built in"
    return Table(f"Permissions of {extension.name}", columns, rows, empty=empty, code=(0,), wide=(1,))


def _grant(grant: Grant) -> tuple[object, ...]:
    return describe(grant.permission), STATES[grant.state], grant.used, grant.refused, grant.permission.reason


def _state(extension: Extension) -> str:
    return "✓ running" if extension.alive else f"✕ ended: {extension.describe_end() or 'not started'}"


def _asked(extension: Extension) -> str:
    asked = [
        f"{grant.permission.permission} ({grant.state})"
        for grant in extension.grants.values()
        if grant.state != "built-in"
    ]
    return ", ".join(asked) or "none"


def _registered(box: Sandbox, names: Collection[str]) -> tuple[Part, ...]:
    """Return the tables of what these extensions registered; kinds of which there is nothing are left out."""
    endpoints = [entry for entry in box.endpoints if entry.extension in names]
    hooks = [entry for entry in box.hooks if entry.extension in names]
    operations = [entry for entry in box.operations if entry.extension in names]
    used = ("extension", "calls", "last", "median time")
    tables = (
        _table("Endpoints", ("endpoint", *used), endpoints, _endpoint),
        _table("Hooks", ("hook", *used, "note"), hooks, _hook),
        _table("Operations", ("operation", *used), operations, _operation),
    )
    return tuple(table for table in tables if table.rows)


def _endpoint(entry: Endpoint) -> tuple[object, ...]:
    return f"{entry.method} {entry.path}", entry.extension, *_usage(entry.usage)


def _hook(entry: Hook) -> tuple[object, ...]:
    return f"{entry.kind} {entry.event}", entry.extension, *_usage(entry.usage), entry.note


def _operation(entry: Operation) -> tuple[object, ...]:
    return entry.id, entry.extension, *_usage(entry.usage)


def _usage(usage: Usage) -> tuple[object, ...]:
    last = (
        f"{usage.last_status}: {usage.last_error}"
        if usage.last_error and usage.last_status == "failed"
        else usage.last_status
    )
    return usage.calls, last, took(usage.median_seconds)


def _table(
    caption: str,
    columns: tuple[str, ...],
    entries: Collection[T],
    row: Callable[[T], tuple[object, ...]],
    *,
    empty: str = "none",
) -> Table:
    """Return a table of the first entries; of the others no row is made."""
    rows = [row(entry) for entry in islice(entries, ROWS)]
    return Table(caption, columns, rows, max(0, len(entries) - ROWS), empty=empty, code=(0,))
