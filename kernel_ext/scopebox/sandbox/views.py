"""What is loaded, what it may do and what it registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.extension.views import _asked, _registered, _state, _table
from scopebox.isolate.levels import caution
from scopebox.views.parts import Line, Part, View

if TYPE_CHECKING:
    from scopebox.extension.extension import Extension
    from scopebox.sandbox.sandbox import Sandbox


def sandbox_view(box: Sandbox) -> View:
    """Return the state of a sandbox: everything that is loaded and registered, its store in a line, and what isolates it."""
    names = list(box.store.schema.collections)
    store = f"Store: {', '.join(names[:20]) or 'no collections'}{' …' if len(names) > 20 else ''}"  # noqa: PLR2004
    return View((*list_view(box).parts, Line(store, "muted"), *_isolation(box)), box)


def _isolation(box: Sandbox) -> tuple[Part, ...]:
    """Return the level of isolation, if a guest has shown it already; what is missing from it is a warning."""
    report = box.pool.known_isolation
    if report is None:
        return ()
    text = f"Isolation: {report.level}. {report.meaning}"
    return (Line(text, "warning" if caution(report.level) else "muted"),)


def list_view(box: Sandbox) -> View:
    """Return tables of the extensions, endpoints, hooks and operations of a sandbox."""
    columns = ("extension", "state", "permissions", "registered")
    empty = "none is loaded yet; run a %%sandbox cell"
    parts: tuple[Part, ...] = (_table("Extensions", columns, box.extensions.values(), _loaded, empty=empty),)
    return View(parts + _registered(box, box.extensions), box)


def _loaded(entry: Extension) -> tuple[object, ...]:
    return entry.name, _state(entry), _asked(entry), len(entry.registered)
