"""What extensions registered: endpoints, hooks and operations, how often they were called and with what success, and the forms to try them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.text.visible import clean
from scopebox.views.html import Markup, badge, block, element, join, scroll, table, text
from scopebox.views.parts import took

from scopebox_widgets import sentences
from scopebox_widgets.forms import EventForm, Form, OperationForm, RequestForm
from scopebox_widgets.html import Html
from scopebox_widgets.paging import Pager
from scopebox_widgets.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.registry.registrations import Endpoint, Hook, Operation, Usage
    from scopebox.sandbox.sandbox import Sandbox

PAGE_ROWS: Final = 25
MAX_NAME_CHARACTERS: Final = 120
MAX_ERROR_CHARACTERS: Final = 200  # characters of an error in a table
FIRST_ERROR_STATUS: Final = 400  # HTTP
USAGE_HEADERS: Final = ("Calls", "Last", "Last error", "Median")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that is registered, as a row: its ``name``, the ``words`` about it, how it was used, and what fills its form."""

    name: str
    words: tuple[str, ...]
    extension: str
    usage: Usage
    filling: tuple[str, ...]
    note: str = ""

    def matches(self, wanted: str) -> bool:
        """Whether any text of it contains what is looked for."""
        sought = wanted.strip().lower()
        return not sought or any(sought in word.lower() for word in (self.name, *self.words, self.extension, self.note))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of registration: how it is listed, how its form is called, and a cell that makes one."""

    title: str
    form: str
    headers: tuple[str, ...]
    entries: Callable[[Sandbox], list[Entry]]
    cell: str


def _endpoint(entry: Endpoint) -> Entry:
    return Entry(entry.path, (entry.method,), entry.extension, entry.usage, (entry.method, entry.path))


def _hook(entry: Hook) -> Entry:
    return Entry(entry.event, (entry.kind,), entry.extension, entry.usage, (entry.kind, entry.event), entry.note)


def _operation(entry: Operation) -> Entry:
    return Entry(entry.id, (), entry.extension, entry.usage, (entry.id,))


ENDPOINTS: Final = Kind(
    "Endpoints", "Try a request", ("Path", "Method"), lambda box: [_endpoint(entry) for entry in box.endpoints],
    """%%sandbox hello
def answer(request):
    return {"status": 200, "body": "Hello"}
await exec("register-endpoint", {"path": "/", "method": "GET", "handler": answer})""",
)  # fmt: skip
HOOKS: Final = Kind(
    "Hooks", "Try an event", ("Event", "Kind"), lambda box: [_hook(entry) for entry in box.hooks],
    """%%sandbox hello
def change(payload):
    return {**payload, "title": payload.get("title", "").strip()}
await exec("register-filter", {"event": "items.create", "handler": change})""",
)  # fmt: skip
OPERATIONS: Final = Kind(
    "Operations", "Try operations", ("Operation",), lambda box: [_operation(entry) for entry in box.operations],
    """%%sandbox hello
def shout(options):
    return {"text": options["text"].upper()}
await exec("register-operation", {"id": "shout", "handler": shout})""",
)  # fmt: skip
KINDS: Final = (ENDPOINTS, HOOKS, OPERATIONS)


class Registered(View):
    """Three tables, each with a folded form below it; one filter for all of them."""

    title = "Registered"

    def build(self) -> list[widgets.Widget]:
        """Make the filter, and for each kind a table, its pages and its form."""
        self._filter = widgets.Text(
            description="Filter", placeholder="extension, path, event or id", continuous_update=True,
            layout=widgets.Layout(width="min(100%, 30em)"),
        )  # fmt: skip
        self._filter.observe(self.guarded(lambda _: self.draw()), "value")
        forms: tuple[Form, ...] = (RequestForm(self), EventForm(self), OperationForm(self))
        self._sections = [Section(self, kind, form) for kind, form in zip(KINDS, forms, strict=True)]
        return [self._filter, *(section.widget for section in self._sections)]

    def draw(self) -> None:
        """Fill the tables."""
        for section in self._sections:
            section.draw(self._filter.value)

    def unfold(self, opened: Section) -> None:
        """Leave one form open at a time."""
        for section in self._sections:
            if section is not opened:
                section.fold.value = False

    def static(self) -> Markup:
        """Return the first page of each table."""
        return join(_first_page(kind, kind.entries(self.box)) for kind in KINDS)


class Section:
    """One kind of registration: its table with a button in each row, its pages, its form."""

    def __init__(self, view: Registered, kind: Kind, form: Form) -> None:
        self._view, self._kind, self._form = view, kind, form
        self._shown: Sequence[Entry] = ()
        self._table = Html()
        self._tries = widgets.VBox()
        self._tries.add_class("sbx-tries")
        self._buttons: list[widgets.Button] = []
        self._look = widgets.ButtonStyle()  # one for all: each is a message
        self._pager = Pager(PAGE_ROWS, "row", view.draw)
        self.fold = widgets.ToggleButton(description=kind.form, layout=widgets.Layout(width="auto"))
        self.fold.observe(view.guarded(self._on_fold), "value")
        form.widget.layout.display = "none"
        rows = widgets.HBox([self._table, self._tries])
        rows.add_class("sbx-rows")
        self.widget = widgets.VBox([rows, self._pager.widget, self.fold, form.widget])
        self.widget.add_class("sbx-section")

    def draw(self, wanted: str) -> None:
        """Fill table and form."""
        entries = self._kind.entries(self._view.box)
        found = [entry for entry in entries if entry.matches(wanted)]
        self._shown = self._pager.cut(found)
        counted = f"{len(found):,} of {len(entries):,}" if wanted else f"{len(entries):,}"
        title = f"{self._kind.title} ({counted})"
        drawn = entries_table(self._kind, title, self._shown) if found else _none(self._kind, title, bool(entries))
        self._table.value = element("div", drawn, data_sbx=self._kind.title.lower())
        self._draw_buttons()
        self._form.draw(self._view.box)

    def _draw_buttons(self) -> None:
        """Put a button beside each row; those of other pages are used again."""
        for number in range(len(self._buttons), len(self._shown)):
            made = widgets.Button(description="Try", layout=self.fold.layout, style=self._look)
            made.on_click(self._view.guarded(lambda _, number=number: self._try(number)))
            self._buttons.append(made)
        for made, entry in zip(self._buttons, self._shown, strict=False):
            made.tooltip = clean(f"{self._kind.form}: {' '.join((*entry.words, entry.name))}", MAX_NAME_CHARACTERS)
        if len(self._tries.children) != len(self._shown):
            self._tries.children = tuple(self._buttons[: len(self._shown)])

    def _try(self, number: int) -> None:
        entry = self._shown[number]
        self._form.fill(entry.filling)
        self._form.remind(entry.usage.last_error)
        self.fold.value = True
        self._view.say(f"{self._kind.form}: the form below the table is filled in.")

    def _on_fold(self, _change: object) -> None:
        self._form.widget.layout.display = None if self.fold.value else "none"
        if self.fold.value:
            self._view.unfold(self)


def _first_page(kind: Kind, entries: Sequence[Entry]) -> Markup:
    rest = f", the first {PAGE_ROWS} of them" if len(entries) > PAGE_ROWS else ""
    title = f"{kind.title} ({len(entries):,}{rest})"
    return entries_table(kind, title, entries[:PAGE_ROWS]) if entries else _none(kind, title, hidden=False)


def _none(kind: Kind, title: str, hidden: bool) -> Markup:  # noqa: FBT001 - as above
    """Return what stands in place of an empty table: the next step."""
    if hidden:
        said = element("p", "Nothing matches the filter.", class_="sbx-empty")
    else:
        words = "Nothing is registered. A cell that registers one"
        said = element("details", element("summary", words, class_="sbx-empty"), block(kind.cell), class_="sbx-next")
    return join([element("h3", title), said])


def entries_table(kind: Kind, title: str, entries: Sequence[Entry]) -> Markup:
    """Return a table of what is registered; columns that are empty are left out."""
    headers = (*kind.headers, "Extension", *USAGE_HEADERS, "Note")
    rows = [_cells(entry) for entry in entries]
    used = [place for place in range(len(headers)) if any(row[place] for row in rows)]
    kept = [[row[place] for place in used] for row in rows]
    return scroll(kind.title, table(title, [headers[place] for place in used], kept, empty=""), class_="sbx-whole")


def _cells(entry: Entry) -> list[Markup | str]:
    usage = entry.usage
    return [
        element("code", text(entry.name, MAX_NAME_CHARACTERS), title=entry.name),
        *entry.words,
        element("span", sentences.short_name(entry.extension), title=entry.extension),
        f"{usage.calls:,}",
        _status(usage.last_status),
        _titled(usage.last_error),
        took(usage.median_seconds),
        _titled(entry.note),
    ]


def _titled(words: str) -> Markup | str:
    """Return words that are cut where there is no room, and whole where a pointer rests on them."""
    return element("span", text(words, MAX_ERROR_CHARACTERS), title=words) if words else ""


def _status(status: str) -> Markup | str:
    if not status:
        return "never called"
    good = int(status) < FIRST_ERROR_STATUS if status.isdigit() else status == "ok"
    return badge(status, "ok" if good else "bad")
