"""The exec trace as a picture: a lane for each extension, a bar for each call, nested calls below their cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets as widgets
from scopebox.journal.views import clock
from scopebox.views.html import Markup, block, code, element, join, placed, scroll, state_badge, table, text
from scopebox.views.parts import counted, took
from scopebox.vocabulary import CALL_STATES, HANDLER_PREFIX

from scopebox_widgets.console import Export
from scopebox_widgets.html import Html
from scopebox_widgets.paging import Pager
from scopebox_widgets.timeline_layout import Bar, Picture, Stretch, arrange
from scopebox_widgets.view import View, offer

if TYPE_CHECKING:
    from scopebox.journal.records import CallRecord

PAGE_CALLS: Final = 100  # calls in one picture
MAX_RUNS: Final = 30  # runs that can be chosen
MAX_STATIC_CALLS: Final = 50
ROW_PIXELS: Final = 24  # pixels
BAR_PIXELS: Final = 18
CHARACTERS_PER_PERCENT: Final = 1.25  # characters that fit into a percent of the width
ALL_RUNS: Final = 0
HEADERS: Final = ("Call", "Extension", "State", "Arguments", "Line", "Took")
HELP: Final = "A bar is a call. Click it, or press Enter on it, for its details. Pauses are left out."


class Timeline(View):
    """The newest calls, or those of one run."""

    title = "Trace"

    def build(self) -> list[widgets.Widget]:
        """Make the choice of a run, the picture and the export."""
        self._run = widgets.Dropdown(description="Run", layout=widgets.Layout(width="min(100%, 34em)"))
        self._live = widgets.Checkbox(
            description="Follow", value=True, indent=False, layout=widgets.Layout(width="8em")
        )
        self._picture = Html()
        self._pager = Pager(PAGE_CALLS, "call", self.draw)
        self._run.observe(self.guarded(lambda _: self._paint()), "value")
        self._live.observe(self.guarded(lambda _: self.draw()), "value")
        self._export = Export(self, self.box.trace, "scopebox-trace.jsonl")
        row = widgets.HBox([self._run, self._live])
        row.add_class("sbx-controls")
        return [row, self._picture, self._pager.widget, self._export.widget]

    def draw(self) -> None:
        """Draw the present calls, unless the picture is held still."""
        if not self._live.value and self._picture.value:
            return
        offer(self._run, runs(list(self.box.trace)))
        self._paint()

    def _paint(self) -> None:
        records = [record for record in self.box.trace if self._run.value in (ALL_RUNS, None, record.chain)]
        records.reverse()  # pages count from the newest
        self._picture.value = element("div", drawn(list(self._pager.cut(records))), data_sbx="timeline")

    def static(self) -> Markup:
        """Return the last calls as a table, oldest first."""
        records = list(self.box.trace)
        rest = f", the last {MAX_STATIC_CALLS}" if len(records) > MAX_STATIC_CALLS else ""
        rows = [_row(entry) for entry in records[-MAX_STATIC_CALLS:]]
        return table(f"Trace ({counted(len(records), 'call')}{rest})", HEADERS, rows, empty="Nothing was called.")


def _row(record: CallRecord) -> tuple[object, ...]:
    name = code(f"#{record.number} {record.type}", 80)
    return name, record.extension, _state(record), code(record.arguments, 120), record.line or "", took(record.seconds)


def runs(records: list[CallRecord]) -> list[tuple[str, object]]:
    """Return the runs to choose from, the newest first, each named by its first call."""
    first: dict[int, CallRecord] = {}
    calls: dict[int, int] = {}
    for record in records:
        first.setdefault(record.chain, record)
        calls[record.chain] = calls.get(record.chain, 0) + 1
    newest = sorted(first, reverse=True)[:MAX_RUNS]
    named = [
        (
            f"{clock(first[chain].time)}  {first[chain].extension}: {first[chain].type} ({counted(calls[chain], 'call')})",
            chain,
        )
        for chain in newest
    ]
    return [("all runs", ALL_RUNS), *named]


def drawn(records: list[CallRecord]) -> Markup:
    """Return the picture of some calls, and a word on how many were refused."""
    if not records:
        return element("p", "Nothing was called yet.", class_="sbx-empty")
    picture = arrange(records)
    refused = sum(record.state == "refused" for record in records)
    words = f"{counted(len(records), 'call')}, {refused:,} refused. {HELP}"
    height = (picture.rows + 1) * ROW_PIXELS
    plot = element(
        "div",
        _drawing(picture, height),
        *(_when(stretch, picture.rows) for stretch in picture.stretches),
        *(_clickable(bar) for bar in picture.bars),
        class_="sbx-plot",
    )
    names = element("div", *(_lane_name(lane.extension, lane.first) for lane in picture.lanes), class_="sbx-lanes")
    return join([element("p", words, class_="sbx-note"), scroll("Timeline", names, plot, class_="sbx-timeline")])


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
    top = bar.row * ROW_PIXELS + (ROW_PIXELS - BAR_PIXELS) // 2
    kind = f"sbx-bar sbx-{CALL_STATES[bar.record.state].tone}"
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
    return placed(
        "div",
        0,
        first * ROW_PIXELS,
        100,
        text(extension.removeprefix("directus-extension-"), 40),
        class_="sbx-lane-name",
    )


def _when(stretch: Stretch, rows: int) -> Markup:
    """Return when a stretch of time began and how long it is, below the lanes."""
    words = f"{clock(stretch.start)}, {took(stretch.end - stretch.start)}"
    return placed("div", stretch.left, rows * ROW_PIXELS + 2, stretch.width, words, class_="sbx-when")


def _label(bar: Bar) -> str:
    """Return what fits onto a bar; of a call that was refused or failed at least the word."""
    record = bar.record
    room = bar.width * CHARACTERS_PER_PERCENT
    name = record.type.removeprefix(HANDLER_PREFIX).replace(":", " ", 1)
    if record.state == "ok":
        return name if len(name) <= room else ""
    word = CALL_STATES[record.state].word
    sign = "✕ " if record.state in ("refused", "failed") else ""
    return f"{sign}{word} {name}" if len(name) + len(word) + 3 <= room else f"{sign}{word}"


def _clickable(bar: Bar) -> Markup:
    """Return the bar as something to open: its card appears below the picture, without any script."""
    record = bar.record
    state = "" if record.state == "ok" else f"{CALL_STATES[record.state].word}, "
    words = f"{record.type}, {state}call {record.number} of {record.extension}, {took(record.seconds) or 'running'}"
    summary = placed(
        "summary", bar.left, bar.row * ROW_PIXELS + (ROW_PIXELS - BAR_PIXELS) // 2, bar.width,
        element("span", _label(bar), aria_hidden="true"), aria_label=words,
    )  # fmt: skip
    return element("details", summary, card(record), name="sbx-call")


def card(record: CallRecord) -> Markup:
    """Return everything that is known of a call."""
    cause = f"call {record.parent}" if record.parent else "the run itself"
    known = [
        ("Call", f"{record.number} of run {record.chain}, caused by {cause}"),
        ("Extension", record.extension),
        ("Type", code(record.type, 120)),
        ("State", _state(record)),
        ("Took", f"{took(record.seconds) or 'running'}, from {clock(record.time)}"),
    ]
    if record.line:
        known.append(("Line", f"{record.line}"))
    if record.arguments:
        known.append(("Arguments", code(record.arguments, 250)))
    if record.message:
        known.append(("Message", text(record.message, 300)))
    if record.hint:
        known.append(("What helps", block(record.hint, 600)))
    parts = [part for name, value in known for part in (element("dt", name), element("dd", value))]
    return element("dl", *parts, class_="sbx-card")


def _state(record: CallRecord) -> Markup:
    state = state_badge(CALL_STATES[record.state])
    return join([state, f" ({record.reason})"]) if record.reason else state
