"""The geometry of the timeline: where each call lies. Pure; places are percent of the width and whole rows."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scopebox.journal.records import CallRecord

PAUSE_SECONDS: Final = 0.01  # seconds without any call that are left out of the picture
MIN_BAR_PERCENT: Final = 1.2  # percent: the narrowest bar
MIN_WORD_PERCENT: Final = 9.0  # percent: the room for the word of a call that was refused or failed
GAP_PERCENT: Final = 1.5  # percent between two stretches of time
MIN_WEIGHT: Final = 0.3  # the weight of the shortest stretch; the others gain by the root of their duration


@dataclass(frozen=True, slots=True)
class Bar:
    """One call: its place, and the place of the bar that caused it (None if that is not in the picture)."""

    record: CallRecord
    left: float
    width: float
    row: int
    cause: tuple[float, int] | None


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


def arrange(records: Sequence[CallRecord]) -> Picture:
    """Lay out calls: a lane for each extension, calls below their cause, pauses left out."""
    ordered = sorted(records, key=lambda record: (record.time, record.number))
    latest = max((_end(record, 0.0) for record in ordered), default=0.0)
    stretches = _stretches([(record.time, _end(record, latest)) for record in ordered])
    depths = _depths(ordered)
    lanes: list[Lane] = []
    places: dict[int, tuple[float, float, int]] = {}
    first = 0
    spans = {record.number: _span(record, stretches, latest) for record in ordered}
    for extension in dict.fromkeys(record.extension for record in ordered):
        mine = [record.number for record in ordered if record.extension == extension]
        packed = _pack(mine, depths, spans)
        places |= {number: (*spans[number], first + row) for number, row in packed.items()}
        rows = max(packed.values()) + 1
        lanes.append(Lane(extension, first, rows))
        first += rows
    bars = tuple(_bar(record, places) for record in ordered)
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
    free = 100.0 - GAP_PERCENT * max(0, len(found) - 1)
    drawn: list[Stretch] = []
    left = 0.0
    for (start, end), weight in zip(found, weights, strict=True):
        width = max(0.0, free) * weight / sum(weights)
        drawn.append(Stretch(start, end, left, width))
        left += width + GAP_PERCENT
    return tuple(drawn)


def _depths(records: Iterable[CallRecord]) -> dict[int, int]:
    """Return how deep each call lies below the oldest of its causes in the picture."""
    depths: dict[int, int] = {}
    for record in sorted(records, key=lambda entry: entry.number):
        depths[record.number] = depths[record.parent] + 1 if record.parent in depths else 0
    return depths


def _pack(numbers: Sequence[int], depths: dict[int, int], spans: dict[int, tuple[float, float]]) -> dict[int, int]:
    """Give each call of a lane the highest row that is free and below its cause."""
    base = min(depths[number] for number in numbers)
    ends: list[float] = []
    rows: dict[int, int] = {}
    for number in numbers:
        left, width = spans[number]
        row = depths[number] - base
        while row < len(ends) and ends[row] > left:
            row += 1
        ends += [0.0] * (row + 1 - len(ends))
        ends[row] = left + width
        rows[number] = row
    return rows


def _span(record: CallRecord, stretches: Sequence[Stretch], latest: float) -> tuple[float, float]:
    stretch = next(entry for entry in stretches if entry.start <= record.time <= entry.end)
    left = stretch.place(record.time)
    least = MIN_BAR_PERCENT if record.state in ("ok", "running") else MIN_WORD_PERCENT
    width = max(least, stretch.place(_end(record, latest)) - left)
    return min(left, 100.0 - width), width


def _bar(record: CallRecord, places: dict[int, tuple[float, float, int]]) -> Bar:
    left, width, row = places[record.number]
    cause = places.get(record.parent)
    return Bar(record, left, width, row, None if cause is None else (cause[0], cause[2]))
