"""How an extension, its grants and its registrations are shown."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from scopebox.extension.result import summary
from scopebox.grants.sentences import describe
from scopebox.languages import DEFAULT_LANGUAGE
from scopebox.views.parts import Line, Part, Table, View, took

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from scopebox.extension.result import RunResult
    from scopebox.grants.grants import Grant, Grants
    from scopebox.languages import Language
    from scopebox.manifest.manifest import Manifest
    from scopebox.registry.registrations import Endpoint, Hook, Operation, Usage
    from scopebox.registry.registry import Registry


T = TypeVar("T")
MAX_ROWS: Final = 100


class ShownExtension(Protocol):
    """What is shown of an extension."""

    name: str
    language: Language
    manifest: Manifest
    grants: Grants
    result: RunResult

    @property
    def alive(self) -> bool:
        """Whether its isolate runs."""

    def describe_end(self) -> str:
        """Return why its isolate ended."""


def extension_view(extension: ShownExtension, registry: Registry) -> View:
    """Return one extension: its state, what it may do, what it registered."""
    state = f"{named(extension)}: {state_of(extension)}"
    registered = registered_tables(registry, {extension.name})
    last = Line(summary(extension.result), "muted")
    return View((Line(state), grants_table(extension), *registered, last), extension)


def grants_table(extension: ShownExtension) -> Table:
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
    return (
        describe(grant.permission),
        str(grant.words),
        grant.used,
        grant.refused,
        grant.permission.reason,
    )


def named(extension: ShownExtension) -> str:
    """Return the name of an extension, and its language where that is not the default one."""
    spoken = "" if extension.language is DEFAULT_LANGUAGE else f", in {extension.language.title}"
    return f"{extension.name}{spoken}"


def state_of(extension: ShownExtension) -> str:
    """Return whether an extension runs, or why it ended."""
    return "✓ running" if extension.alive else f"✕ ended: {extension.describe_end() or 'not started'}"


def asked_by(extension: ShownExtension) -> str:
    """Return what an extension asks for, in a line."""
    asked = [
        f"{grant.permission.permission} ({grant.state})"
        for grant in extension.grants.values()
        if grant.state != "built-in"
    ]
    return ", ".join(asked) or "none"


def registered_tables(registry: Registry, names: Collection[str]) -> tuple[Part, ...]:
    """Return the tables of what these extensions registered; kinds of which there is nothing are left out."""
    endpoints = [entry for entry in registry.endpoints if entry.extension in names]
    hooks = [entry for entry in registry.events.hooks if entry.extension in names]
    operations = [entry for entry in registry.operations if entry.extension in names]
    used = ("extension", "calls", "last", "median time")
    tables = (
        table_of("Endpoints", ("endpoint", *used), endpoints, _endpoint),
        table_of("Hooks", ("hook", *used, "note"), hooks, _hook),
        table_of("Operations", ("operation", *used), operations, _operation),
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


def table_of(
    caption: str,
    columns: tuple[str, ...],
    entries: Collection[T],
    row: Callable[[T], tuple[object, ...]],
    *,
    empty: str = "none",
    tight: tuple[int, ...] = (),
) -> Table:
    """Return a table of the first entries; of the others no row is made."""
    rows = [row(entry) for entry in islice(entries, MAX_ROWS)]
    return Table(caption, columns, rows, max(0, len(entries) - MAX_ROWS), empty=empty, code=(0,), tight=tight)
