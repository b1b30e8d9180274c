"""The exec trace as a list: calls indented below their cause, and how long each took as a bar, to scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.views.html import Markup, element, placed, scroll, table, text
from scopebox.views.parts import took

from scopebox_widgets import sentences
from scopebox_widgets.calls import kind_of, name_of, state_of
from scopebox_widgets.timeline_layout import depths_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.journal.records import CallRecord

MAX_STEPS: Final = 8  # steps to the right
MAX_ARGUMENT_CHARACTERS: Final = 120
HEADERS: Final = ("Call", "Extension", "Arguments", "Line", "State", "Took")


def call_list(records: Sequence[CallRecord], rest: str = "") -> Markup:
    """Return calls as a table, oldest first; ``rest`` says what of them is left out."""
    longest = max((record.seconds or 0.0 for record in records), default=0.0) or 1.0
    depths = depths_of(records)
    rows = [_row(record, depths[record.number], longest) for record in records]
    title = f"Calls ({len(records):,}{rest})"
    return scroll("Calls", table(title, HEADERS, rows, empty=""), class_="sbx-whole sbx-list")


def _row(record: CallRecord, depth: int, longest: float) -> tuple[object, ...]:
    step = f"sbx-step sbx-step-{min(depth, MAX_STEPS)}"
    return (
        element("span", element("code", text(name_of(record)), title=name_of(record)), class_=step),
        element("span", sentences.short_name(record.extension), title=record.extension),
        element("code", text(record.arguments, MAX_ARGUMENT_CHARACTERS), title=record.arguments) if record.arguments else "",
        record.line or "",
        state_of(record),
        _took(record, longest),
    )  # fmt: skip


def _took(record: CallRecord, longest: float) -> Markup:
    kind = f"sbx-span sbx-{kind_of(record)}-bar{' sbx-bad' if record.state in ('refused', 'failed') else ''}"
    bar = placed("div", 0, 0, 100 * min(1.0, (record.seconds or 0.0) / longest), class_=kind)
    track = element("div", bar, class_="sbx-track", aria_hidden="true")
    return element("div", element("span", took(record.seconds) or "running"), track, class_="sbx-took")
