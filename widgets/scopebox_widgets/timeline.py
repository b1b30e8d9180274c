"""The exec trace as a picture: a lane for each extension, a bar for each call, nested calls below their cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.journal.views import clock
from scopebox.views.html import Markup, element, join, placed, scroll
from scopebox.views.parts import counted
from scopebox.vocabulary import CALL_STATES

from scopebox_widgets import sentences
from scopebox_widgets.calls import card, kind_of, spoken, title_of
from scopebox_widgets.console import EMPTY, Export
from scopebox_widgets.html import Html
from scopebox_widgets.paging import Pager
from scopebox_widgets.timeline_layout import LABEL_PERCENT, Bar, Picture, Stretch, arrange
from scopebox_widgets.trace_list import call_list
from scopebox_widgets.view import View, next_step, offer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scopebox.journal.records import CallRecord

PAGE_CALLS: Final = 100  # calls in one picture
MAX_RUNS: Final = 30  # runs that can be chosen
MAX_STATIC_CALLS: Final = 50
ROW_PIXELS: Final = 24  # pixels
BAR_PIXELS: Final = 20
TIME_PERCENT: Final = 10.0  # percent of the narrowest picture: the room for a time
ALL_RUNS: Final = 0
NEWEST_RUN: Final = -1
VIEWS: Final = ("Timeline", "List")
KINDS: Final = (
    ("handler", "handlers"), ("items", "items"), ("request", "requests"), ("register", "registrations"), ("other", "others")
)  # fmt: skip
HELP: Final = "Click a bar, or press Enter on it, for its details. Pauses are left out, and widths are not to scale."
MINUTE, HOUR, DAY = 60, 3_600, 86_400


class Timeline(View):
    """The calls of the newest run, of another one, or of all; as a picture or as a list."""

    title = "Trace"

    def build(self) -> list[widgets.Widget]:
        """Make the choice of a run and of the view, the picture and the export."""
        self._run = widgets.Dropdown(description="Run", layout=widgets.Layout(width="min(100%, 40em)"))
        self._view = widgets.ToggleButtons(options=VIEWS, layout=widgets.Layout(width="auto"))
        self._view.style.button_width = "auto"
        self._live = widgets.Checkbox(description="Follow", value=True, indent=False)
        self._picture = Html()
        self._pager = Pager(PAGE_CALLS, "call", self.draw)
        for control in (self._run, self._view):
            control.observe(self.guarded(lambda _: self._paint()), "value")
        self._live.observe(self.guarded(lambda _: self.draw()), "value")
        self._export = Export(self, self.box.trace, "scopebox-trace.jsonl")
        row = widgets.HBox([self._run, self._view, self._live])
        row.add_class("sbx-controls")
        return [row, self._picture, self._pager.widget, self._export.widget]

    def draw(self) -> None:
        """Draw the present calls, unless the picture is held still."""
        if not self._live.value and self._picture.value:
            return
        offer(self._run, runs(list(self.box.trace)))
        self._paint()

    def _paint(self) -> None:
        records = list(self.box.trace)
        if self._run.value != ALL_RUNS:
            newest = max((record.chain for record in records), default=0)
            chosen = newest if self._run.value in (NEWEST_RUN, None) else self._run.value
            records = [record for record in records if record.chain == chosen]
        records.reverse()  # pages count from the newest
        shown = list(self._pager.cut(records))
        self._picture.value = element("div", drawn(shown, self._view.value), data_sbx="timeline")

    def static(self) -> Markup:
        """Return the last calls as a list, oldest first."""
        records = list(self.box.trace)
        if not records:
            return element("p", "Nothing was called.", class_="sbx-empty")
        rest = f" of {len(records):,}, the last ones" if len(records) > MAX_STATIC_CALLS else ""
        return call_list(records[-MAX_STATIC_CALLS:], rest)


def runs(records: list[CallRecord]) -> list[tuple[str, object]]:
    """Return the runs to choose from, the newest first: it is the one that is chosen until somebody chooses another."""
    calls: dict[int, list[CallRecord]] = {}
    for record in records:
        calls.setdefault(record.chain, []).append(record)
    newest = sorted(calls, reverse=True)[:MAX_RUNS]
    named: list[tuple[str, object]] = [(title_of(calls[chain]), chain) for chain in newest]
    first = f"Newest: {named[0][0]}" if named else "Newest"
    return [(first, NEWEST_RUN), ("All runs", ALL_RUNS), *named]


def drawn(records: list[CallRecord], view: str = VIEWS[0]) -> Markup:
    """Return some calls, the newest first, as a picture or a list, and a word on how many were refused."""
    if not records:
        return next_step("Nothing was called yet. Run a cell like this one:", EMPTY)
    refused = sum(record.state == "refused" for record in records)
    words = f"{counted(len(records), 'call')}, {refused:,} refused."
    if view != VIEWS[0]:
        return join([element("p", words, class_="sbx-note"), call_list(records[::-1])])
    return join([element("p", f"{words} {HELP}", class_="sbx-note"), _legend(records), _picture(records)])


def _legend(records: Sequence[CallRecord]) -> Markup:
    there = {kind_of(record) for record in records}
    entries = [
        element("li", element("i", class_=f"sbx-{kind}-bar", aria_hidden="true"), words)
        for kind, words in KINDS
        if kind in there
    ]
    return element("ul", *entries, class_="sbx-legend") if entries else Markup()


def _picture(records: Sequence[CallRecord]) -> Markup:
    picture = arrange(records)
    height = (picture.rows + 1) * ROW_PIXELS
    plot = element(
        "div",
        _drawing(picture, height),
        *_times(picture),
        *(_clickable(bar) for bar in picture.bars),
        class_="sbx-plot",
    )
    names = element("div", *(_lane_name(lane.extension, lane.first) for lane in picture.lanes), class_="sbx-lanes")
    return scroll("Timeline", names, plot, class_="sbx-timeline")


def _drawing(picture: Picture, height: int) -> Markup:
    """Return the SVG below the clickable bars: lanes, pauses, the way from a cause to its effect, and the bars."""
    shapes: list[Markup] = []
    for number, lane in enumerate(picture.lanes):
        kind = "sbx-lane sbx-odd" if number % 2 else "sbx-lane"
        shapes.append(
            element("rect", x=0, y=lane.first * ROW_PIXELS, width=1000, height=lane.rows * ROW_PIXELS, class_=kind)
        )
    for stretch in picture.stretches[1:]:
        place = f"{stretch.left * 10 - 7.5:.1f}"
        shapes.append(element("line", x1=place, x2=place, y1=0, y2=height, class_="sbx-pause"))
    shapes += [_link(bar) for bar in picture.bars if bar.cause is not None]
    shapes += [_bar(bar) for bar in picture.bars]
    title = element("title", f"Timeline of {counted(len(picture.bars), 'call')}")
    return element(
        "svg", title, *shapes, viewBox=f"0 0 1000 {height}", width="100%", height=height, preserveAspectRatio="none", role="img"
    )  # fmt: skip


def _bar(bar: Bar) -> Markup:
    """Return the shape of a bar: filled by the kind of the call, outlined by how it ended."""
    top = bar.row * ROW_PIXELS + (ROW_PIXELS - BAR_PIXELS) // 2
    kind = f"sbx-bar sbx-{kind_of(bar.record)}-bar sbx-{CALL_STATES[bar.record.state].tone}"
    return element(
        "rect", x=f"{bar.left * 10:.1f}", y=top, width=f"{bar.width * 10:.1f}", height=BAR_PIXELS, class_=kind
    )


def _link(bar: Bar) -> Markup:
    assert bar.cause is not None
    left, row = bar.cause
    start, end = row * ROW_PIXELS + (ROW_PIXELS + BAR_PIXELS) // 2, bar.row * ROW_PIXELS + ROW_PIXELS // 2
    path = f"M{left * 10 + 3:.1f} {start} V{end} H{bar.left * 10:.1f}"
    return element("path", d=path, class_="sbx-link")


def _lane_name(extension: str, first: int) -> Markup:
    name = sentences.short_name(extension)
    return placed("div", 0, first * ROW_PIXELS, 100, name, class_="sbx-lane-name", title=extension)


def _times(picture: Picture) -> list[Markup]:
    """Return when the stretches began, below the lanes: the first by the clock, the others from there, as far as there is room."""
    drawn: list[Markup] = []
    free = 0.0
    for stretch in picture.stretches:
        if stretch.left >= free and stretch.left + TIME_PERCENT <= 100 - LABEL_PERCENT / 2:
            began = picture.stretches[0].start
            words = later(stretch.start - began) if drawn else clock(began).partition(".")[0]
            drawn.append(_time(stretch, picture.rows, words))
            free = stretch.left + TIME_PERCENT
    return drawn


def _time(stretch: Stretch, rows: int, words: str) -> Markup:
    return placed(
        "div", stretch.left, rows * ROW_PIXELS, TIME_PERCENT, words, class_="sbx-when", title=clock(stretch.start)
    )


def later(seconds: float) -> str:
    """Return how much later something began, in a few characters."""
    if seconds < 100:  # noqa: PLR2004 - as long as it has few digits
        return f"+{seconds:.2f} s"
    unit, word = (MINUTE, "min") if seconds < HOUR else (HOUR, "h") if seconds < DAY else (DAY, "d")
    return f"+{seconds / unit:.0f} {word}"


def _clickable(bar: Bar) -> Markup:
    """Return the bar as something to open: its card appears below the picture, without any script."""
    words = spoken(bar.record)
    label = element("span", bar.label, aria_hidden="true", class_="sbx-beside" if bar.beside else None)
    top = bar.row * ROW_PIXELS + (ROW_PIXELS - BAR_PIXELS) // 2
    summary = placed("summary", bar.left, top, bar.width, label, aria_label=words, title=words)
    return element("details", summary, card(bar.record), name="sbx-call")
