"""The report on isolation, for ``%sandbox doctor`` and ``box.isolation``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scopebox.views.parts import Line, Part, Table, View

if TYPE_CHECKING:
    from scopebox.isolate.report import IsolationReport


def isolation_view(report: IsolationReport) -> View:
    """Return the level in words, the mechanisms, and what a guest could do when it tried."""
    rows = [
        (each.name, "✓ on" if each.active else "✕ off", each.stops if each.active else each.missing)
        for each in report.mechanisms
    ]
    table = Table(
        "Mechanisms of confinement", ("mechanism", "state", "what it stops, or why it is missing"), rows, wide=(2,)
    )
    tried: tuple[Part, ...] = ()
    if report.attempts:
        tried = (Line(report.summary, "failed" if report.possible else "plain"),)
    return View((Line(f"Isolation: {report.level}"), Line(report.meaning), table, *tried), report)
