"""What is loaded, what it may do and what it registered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.extension.views import asked_by, registered_tables, state_of, table_of
from scopebox.isolate.levels import caution
from scopebox.views.parts import Line, Part, View

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.extension.extension import Extension
    from scopebox.registry.registry import Registry
    from scopebox.services import Services

MAX_COLLECTIONS: Final = 20  # that the line on the store names


def sandbox_view(services: Services, extensions: Mapping[str, Extension], shown: object) -> View:
    """Return the state of a sandbox: everything that is loaded and registered, its store in a line, and what isolates it.

    ``shown`` is the object that the view is of.
    """
    names = list(services.store.schema.collections)
    more = " …" if len(names) > MAX_COLLECTIONS else ""
    store = f"Store: {', '.join(names[:MAX_COLLECTIONS]) or 'no collections'}{more}"
    lists = list_view(services.registry, extensions, shown).parts
    return View((*lists, Line(store, "muted"), *_isolation(services)), shown)


def _isolation(services: Services) -> tuple[Part, ...]:
    """Return the level of isolation, if a guest has shown it already; what is missing from it is a warning."""
    report = services.pool.known_isolation
    if report is None:
        return ()
    text = f"Isolation: {report.level}. {report.meaning}"
    return (Line(text, "warning" if caution(report.level) else "muted"),)


def list_view(registry: Registry, extensions: Mapping[str, Extension], shown: object) -> View:
    """Return tables of the extensions, endpoints, hooks and operations of a sandbox."""
    columns = ("extension", "language", "state", "permissions", "registered")
    empty = "none is loaded yet; run a %%sandbox cell"
    parts: tuple[Part, ...] = (
        table_of("Extensions", columns, extensions.values(), _loaded, empty=empty, tight=(1, 2)),
    )
    return View(parts + registered_tables(registry, extensions), shown)


def _loaded(entry: Extension) -> tuple[object, ...]:
    return entry.name, entry.language.title, state_of(entry), asked_by(entry), len(entry.registered)
