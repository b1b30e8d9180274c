"""What extensions registered: endpoints, hooks and operations, how often they were called and with what success, and beside each the form to try it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.views.html import Markup, badge, code, element, join, scroll, table, text
from scopebox.views.parts import took

from scopebox_widgets.forms import EventForm, OperationForm, RequestForm
from scopebox_widgets.html import Html
from scopebox_widgets.paging import Pager
from scopebox_widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.registry.registrations import Usage
    from scopebox.sandbox.sandbox import Sandbox

PAGE_ROWS: Final = 25
MAX_ERROR_CHARACTERS: Final = 200  # characters of an error in a table
FIRST_ERROR_STATUS: Final = 400  # HTTP
USAGE_HEADERS: Final = ("Calls", "Last", "Last error", "Median")
Row = tuple[object, ...]


class Registered(View):
    """Three tables, each with a form below it; one filter for all of them."""

    title = "Registered"

    def build(self) -> list[widgets.Widget]:
        """Make the filter, and for each kind a table, its pages and its form."""
        self._filter = widgets.Text(
            description="Filter", placeholder="extension, path, event or id", continuous_update=True,
            layout=widgets.Layout(width="min(100%, 30em)"),
        )  # fmt: skip
        self._filter.observe(self.guarded(lambda _: self.draw()), "value")
        self._sections = [
            Section("Endpoints", endpoint_rows, ENDPOINT_HEADERS, RequestForm(self), self.draw),
            Section("Hooks", hook_rows, HOOK_HEADERS, EventForm(self), self.draw),
            Section("Operations", operation_rows, OPERATION_HEADERS, OperationForm(self), self.draw),
        ]
        return [self._filter, *(section.widget for section in self._sections)]

    def draw(self) -> None:
        """Fill the tables."""
        for section in self._sections:
            section.draw(self.box, self._filter.value)

    def static(self) -> Markup:
        """Return the first page of each table."""
        kinds = (
            ("Endpoints", endpoint_rows, ENDPOINT_HEADERS),
            ("Hooks", hook_rows, HOOK_HEADERS),
            ("Operations", operation_rows, OPERATION_HEADERS),
        )
        return join(_first_page(title, rows(self.box), headers) for title, rows, headers in kinds)


class Section:
    """One kind of registration: its table, its pages, its form."""

    def __init__(
        self,
        title: str,
        rows: Callable[[Sandbox], list[Row]],
        headers: tuple[str, ...],
        form: RequestForm | EventForm | OperationForm,
        redraw: Callable[[], None],
    ) -> None:
        self._title, self._rows, self._headers, self._form = title, rows, headers, form
        self._table = Html()
        self._pager = Pager(PAGE_ROWS, "row", redraw)
        self.widget = widgets.VBox([self._table, self._pager.widget, form.widget])
        self.widget.add_class("sbx-section")

    def draw(self, box: Sandbox, wanted: str) -> None:
        """Fill table and form."""
        rows = self._rows(box)
        found = [row for row in rows if matches(row, wanted)]
        shown = self._pager.cut(found)
        empty = "Nothing matches the filter." if rows else "Nothing is registered."
        caption = f"{self._title} ({len(found):,} of {len(rows):,})" if wanted else f"{self._title} ({len(rows):,})"
        drawn = table(caption, self._headers, map(_marked, shown), empty=empty)
        whole = scroll(self._title, drawn, class_="sbx-whole")
        self._table.value = element("div", whole, data_sbx=self._title.lower())
        self._form.draw(box)


def _first_page(title: str, rows: Sequence[Row], headers: tuple[str, ...]) -> Markup:
    rest = f", the first {PAGE_ROWS} of them" if len(rows) > PAGE_ROWS else ""
    return table(
        f"{title} ({len(rows):,}{rest})", headers, map(_marked, rows[:PAGE_ROWS]), empty="Nothing is registered."
    )


ENDPOINT_HEADERS: Final = ("Path", "Method", "Extension", *USAGE_HEADERS)
HOOK_HEADERS: Final = ("Event", "Kind", "Extension", *USAGE_HEADERS, "Note")
OPERATION_HEADERS: Final = ("Operation", "Extension", *USAGE_HEADERS)


def endpoint_rows(box: Sandbox) -> list[Row]:
    """Return a row for each endpoint."""
    return [(entry.path, entry.method, entry.extension, entry.usage) for entry in box.endpoints]


def hook_rows(box: Sandbox) -> list[Row]:
    """Return a row for each filter and action."""
    return [(entry.event, entry.kind, entry.extension, entry.usage, entry.note) for entry in box.hooks]


def operation_rows(box: Sandbox) -> list[Row]:
    """Return a row for each operation."""
    return [(entry.id, entry.extension, entry.usage) for entry in box.operations]


def matches(row: Row, wanted: str) -> bool:
    """Whether any text of a row contains what is looked for."""
    sought = wanted.strip().lower()
    return not sought or any(sought in cell.lower() for cell in row if isinstance(cell, str))


def _marked(row: Row) -> Row:
    """Return the cells of a row as HTML."""
    name, *rest = row
    cells: list[object] = [code(name, 120)]
    for cell in rest:
        cells += [text(cell, MAX_ERROR_CHARACTERS)] if isinstance(cell, str) else usage_cells(cell)  # type: ignore[arg-type]
    return tuple(cells)


def usage_cells(usage: Usage) -> list[object]:
    """Return the cells that say how often something was called, and with what success."""
    error = (
        element("details", element("summary", text(usage.last_error, 40)), text(usage.last_error, 1_000))
        if usage.last_error
        else ""
    )
    return [f"{usage.calls:,}", _status(usage.last_status), error, took(usage.median_seconds)]


def _status(status: str) -> object:
    if not status:
        return "never called"
    good = int(status) < FIRST_ERROR_STATUS if status.isdigit() else status == "ok"
    return badge(status, "ok" if good else "bad")
