"""The geometry of the timeline: where each call lies, and where its label. Pure; places are percent of the width and whole rows.

A label that does not fit on its bar stands right of it. What it takes is reckoned for the narrowest picture, so it fits into every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

from scopebox_widgets.calls import MAX_LABEL_CHARACTERS, label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.journal.records import CallRecord

PAUSE_SECONDS: Final = 0.01  # seconds without any call that are left out of the picture
MIN_BAR_PERCENT: Final = 1.2  # percent: the narrowest bar
NARROWEST_PIXELS: Final = 640  # of a picture; see the stylesheet
CHARACTER_PIXELS: Final = 7  # of a label, with some to spare
PADDING_PIXELS: Final = 8  # beside a label
LABEL_PERCENT: Final = 23.0  # percent at the right that no bar reaches, for the labels of the last ones
MAX_LABEL_ROWS: Final = 12  # rows that the calls of a lane are spread over for the sake of their labels
GAP_PERCENT: Final = 1.5  # percent between two stretches of time
MIN_WEIGHT: Final = 0.3  # the weight of the shortest stretch; the others gain by the root of their duration


@dataclass(frozen=True, slots=True)
class Bar:
    """One call: its place, the place of the bar that caused it (None if that is not in the picture), and what is written on or ``beside`` it."""

    record: CallRecord
    left: float
    width: float
    row: int
    cause: tuple[float, int] | None
    label: str
    beside: bool

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class Lane:
    """The rows of one extension."""

    extension: str
    first: int
    rows: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which something happened: from ``start`` to ``end``, drawn from ``left`` over ``width``."""

    start: float
    end: float
    left: float
    width: float

    def place(self, time: float) -> float:
        """Return where a time lies."""
        share = (time - self.start) / (self.end - self.start) if self.end > self.start else 0.0
        return self.left + self.width * min(1.0, max(0.0, share))


@dataclass(frozen=True, slots=True)
class Picture:
    """All bars, lanes and stretches of a timeline."""

    bars: tuple[Bar, ...]
    lanes: tuple[Lane, ...]
    stretches: tuple[Stretch, ...]

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(lane.rows for lane in self.lanes)


@dataclass(frozen=True, slots=True)
class Span:
    """What a bar takes of its row: ``width`` for itself, ``label`` for words that do not fit on it."""

    left: float
    width: float
    label: float

    @property
    def end(self) -> float:
        """Where the bar ends."""
        return self.left + self.width

    @property
    def whole(self) -> float:
        """Where its label ends."""
        return self.end + self.label


def arrange(records: Sequence[CallRecord]) -> Picture:
    """Lay out calls: a lane for each extension, calls below their cause, pauses left out."""
    ordered = sorted(records, key=lambda record: (record.time, record.number))
    latest = max((_end(record, 0.0) for record in ordered), default=0.0)
    stretches = _stretches([(record.time, _end(record, latest)) for record in ordered])
    depths = depths_of(ordered)
    spans = {record.number: _span(record, stretches, latest) for record in ordered}
    lanes: list[Lane] = []
    rows: dict[int, int] = {}
    labelled: set[int] = set()
    first = 0
    for extension in dict.fromkeys(record.extension for record in ordered):
        mine = [record.number for record in ordered if record.extension == extension]
        packed, written = _pack(mine, depths, spans)
        rows |= {number: first + row for number, row in packed.items()}
        labelled |= written
        lanes.append(Lane(extension, first, max(packed.values()) + 1))
        first += lanes[-1].rows
    bars = tuple(_bar(record, spans, rows, labelled) for record in ordered)
    return Picture(bars, tuple(lanes), stretches)


def _end(record: CallRecord, latest: float) -> float:
    """Return when a call ended; one that still runs reaches to the latest time there is."""
    return max(record.time, latest) if record.seconds is None else record.time + record.seconds


def _stretches(spans: Iterable[tuple[float, float]]) -> tuple[Stretch, ...]:
    found: list[list[float]] = []
    for start, end in spans:
        if found and start <= found[-1][1] + PAUSE_SECONDS:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    total = sum(end - start for start, end in found) or 1.0
    weights = [MIN_WEIGHT + sqrt((end - start) / total) for start, end in found]
    free = 100.0 - LABEL_PERCENT - GAP_PERCENT * max(0, len(found) - 1)
    drawn: list[Stretch] = []
    left = 0.0
    for (start, end), weight in zip(found, weights, strict=True):
        width = max(0.0, free) * weight / sum(weights)
        drawn.append(Stretch(start, end, left, width))
        left += width + GAP_PERCENT
    return tuple(drawn)


def depths_of(records: Iterable[CallRecord]) -> dict[int, int]:
    """Return how deep each call lies below the oldest of its causes in the picture."""
    depths: dict[int, int] = {}
    for record in sorted(records, key=lambda entry: entry.number):
        depths[record.number] = depths[record.parent] + 1 if record.parent in depths else 0
    return depths


def _pack(numbers: Sequence[int], depths: dict[int, int], spans: dict[int, Span]) -> tuple[dict[int, int], set[int]]:
    """Give each call of a lane the highest row that is free and below its cause, and say which have room for their labels.

    Where no near row has room for a label, the bar goes without.
    """
    base = min(depths[number] for number in numbers)
    ends: list[float] = []
    rows: dict[int, int] = {}
    labelled: set[int] = set()
    for number in numbers:
        span, depth = spans[number], depths[number] - base
        ends += [0.0] * (depth + 1 - len(ends))
        row = next((row for row in range(depth, len(ends)) if ends[row] <= span.left), len(ends))
        written = span.label == 0 or row < max(MAX_LABEL_ROWS, depth + 1)
        ends += [0.0] * (row + 1 - len(ends))
        ends[row] = span.whole if written else span.end
        rows[number] = row
        if written:
            labelled.add(number)
    return rows, labelled


def _span(record: CallRecord, stretches: Sequence[Stretch], latest: float) -> Span:
    stretch = next(entry for entry in stretches if entry.start <= record.time <= entry.end)
    left = stretch.place(record.time)
    width = max(MIN_BAR_PERCENT, stretch.place(_end(record, latest)) - left)
    label = 100 * (len(label_of(record)) * CHARACTER_PIXELS + PADDING_PIXELS) / NARROWEST_PIXELS
    return Span(left, width, 0.0 if label <= width else label)


def _room(span: Span) -> int:
    """Return how many characters fit on a bar, or beside one that is too narrow."""
    on_it = int((span.width * NARROWEST_PIXELS / 100 - PADDING_PIXELS) / CHARACTER_PIXELS)
    return MAX_LABEL_CHARACTERS if span.label else on_it


def _bar(record: CallRecord, spans: dict[int, Span], rows: dict[int, int], labelled: set[int]) -> Bar:
    span, cause = spans[record.number], spans.get(record.parent)
    origin = None if cause is None else (cause.left, rows[record.parent])
    label = label_of(record, _room(span)) if record.number in labelled else ""
    return Bar(record, span.left, span.width, rows[record.number], origin, label, span.label > 0)
