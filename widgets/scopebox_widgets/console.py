"""The live log: level, time, extension and message, the newest at the bottom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.journal.views import clock
from scopebox.views.html import Markup, badge, code, element, join, scroll, table, text
from scopebox.views.parts import counted
from scopebox.vocabulary import LOG_LEVELS, Level, StateTone

from scopebox_widgets import sentences
from scopebox_widgets.html import Html
from scopebox_widgets.view import View, button, next_step

if TYPE_CHECKING:
    from typing import Any

    from scopebox.journal.records import LogRecord
    from scopebox.journal.ring import Ring

MAX_LINES: Final = 200  # lines that are shown
MAX_LINE_CHARACTERS: Final = 400  # characters of a line
MAX_STATIC_LINES: Final = 50  # lines in the form without a kernel
LEVELS: Final = ("all", *LOG_LEVELS)
TONES: Final[dict[Level, StateTone]] = {"warn": "warn", "error": "bad"}  # a line that only informs needs no badge
EMPTY: Final = """%%sandbox hello
await exec("log", "hello")"""


class Console(View):
    """The newest lines that match level and filter, the rest counted."""

    title = "Log"

    def build(self) -> list[widgets.Widget]:
        """Make the filters, the console and the export."""
        self._level = widgets.Dropdown(description="Level", options=LEVELS, layout=widgets.Layout(width="14em"))
        self._filter = widgets.Text(description="Filter", placeholder="extension or words of the message")
        self._lines = Html()
        for control in (self._level, self._filter):
            control.observe(self.guarded(lambda _: self.draw()), "value")
        self._clear = button("Clear", self.guarded(self._on_clear), tip="Forget all lines of the log")
        self._export = Export(self, self.box.log, "scopebox-log.jsonl")
        row = widgets.HBox([self._level, self._filter, self._clear])
        row.add_class("sbx-controls")
        return [row, self._lines, self._export.widget]

    def draw(self) -> None:
        """Show the newest lines."""
        records = list(self.box.log)
        found = [entry for entry in records if self._wanted(entry)]
        shown = found[-MAX_LINES:]
        hidden = len(found) - len(shown)
        notes = [counted(len(found), "line")]
        if hidden:
            notes.append(f"{hidden:,} older ones not shown")
        if self.box.log.dropped:
            notes.append(f"{self.box.log.dropped:,} no longer kept")
        note = element("p", ", ".join(notes), ".", class_="sbx-note")
        lines = scroll("Log", element("ol", *map(_line, shown), class_="sbx-lines"), class_="sbx-console")
        drawn = join([note, lines]) if shown else _nothing(hidden=bool(records))
        self._lines.value = element("div", drawn, data_sbx="console")

    def _wanted(self, record: LogRecord) -> bool:
        if self._level.value not in ("all", record.level):
            return False
        sought = self._filter.value.strip().lower()
        return not sought or sought in record.extension.lower() or sought in record.message.lower()

    def _on_clear(self, _button: object) -> None:
        self.box.log.clear()
        self.draw()

    def static(self) -> Markup:
        """Return the last lines as a table."""
        records = list(self.box.log)
        rows = [
            (clock(entry.time), entry.level, code(entry.extension), text(entry.message, MAX_LINE_CHARACTERS))
            for entry in records[-MAX_STATIC_LINES:]
        ]
        rest = f", the last {MAX_STATIC_LINES}" if len(records) > MAX_STATIC_LINES else ""
        headers = ("Time", "Level", "Extension", "Message")
        return table(f"Log ({counted(len(records), 'line')}{rest})", headers, rows, empty="Nothing was logged.")


class Export:
    """Writes a log or a trace as JSON lines to a file, next to the notebook if no other place is named."""

    def __init__(self, view: View, ring: Ring[Any], name: str) -> None:
        self._view, self._ring = view, ring
        self._path = widgets.Text(description="File", value=name)
        self._button = button("Export as JSON lines", view.guarded(self._on_export))
        self.widget = widgets.HBox([self._path, self._button])
        self.widget.add_class("sbx-controls")

    def _on_export(self, _button: object) -> None:
        path = Path(self._path.value.strip())
        if path.exists():
            raise FileExistsError(f"{path} exists already; choose another name")
        self._ring.export(path)
        self._view.say(f"Wrote {counted(len(self._ring), 'record')} to {path}")


def _nothing(*, hidden: bool) -> Markup:
    if hidden:
        return element("p", "No line matches level and filter.", class_="sbx-empty")
    return next_step("Nothing was logged. Run a cell like this one:", EMPTY)


def _line(record: LogRecord) -> Markup:
    return element(
        "li",
        element("time", clock(record.time)),
        " ",
        *([] if record.level == "info" else [badge(record.level, TONES[record.level]), " "]),
        element("code", sentences.short_name(record.extension), title=record.extension),
        " ",
        element("span", text(record.message, MAX_LINE_CHARACTERS, lines=True), class_="sbx-message"),
    )
