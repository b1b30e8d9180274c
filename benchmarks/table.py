"""The table: what was measured, as text, as Markdown and as data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Medians, Row, Target

HEAD: Final = ("what", "scopebox", "reference", "its time", "ratio", "target", "met")
STEPS: Final = ((1.0, "s", 1.0), (1e-3, "ms", 1e3), (0.0, "µs", 1e6))


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row with its medians, or with the error that kept it from being measured."""

    row: Row
    medians: Medians | None
    failure: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without a target."""
        if self.row.target is None and self.medians:
            return None
        return bool(self.row.target and self.medians and self.row.target.met(self.medians.ours, self.medians.reference))

    @property
    def ratio(self) -> float | None:
        """Our figure as a multiple of the reference's."""
        return self.medians.ours / self.medians.reference if self.medians and self.medians.reference else None


def amount(value: float, unit: str) -> str:
    """A figure as people write it: three digits and a unit of a fitting size."""
    if unit == "MB":
        return f"{value:.3g} MB"
    if unit == "/s":
        return f"{value:,.0f} a second"
    size, name, factor = next(step for step in STEPS if abs(value) >= step[0])
    del size
    return f"{value * factor:.3g} {name}"


def wanted(target: Target | None, unit: str) -> str:
    """A target in words."""
    if target is None:
        return ""
    if target.of in ("share", "faster"):
        return f"at least {target.limit:g}x{' faster' if target.of == 'faster' else ''}"
    if target.of == "ratio":
        return f"at most {target.limit:g}x"
    more = " more" if target.of == "difference" else ""
    return f"at most {amount(target.limit, unit)}{more}"


def compared(outcome: Outcome) -> str:
    """How both figures stand to each other, in the words of the target."""
    if not outcome.ratio:
        return ""
    if outcome.row.target and outcome.row.target.of == "faster":
        return f"{1 / outcome.ratio:.2f}x faster"
    return f"{outcome.ratio:.2f}x"


def lines(outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    """The table, its head first."""
    return [HEAD, *map(cells, outcomes)]


def cells(outcome: Outcome) -> tuple[str, ...]:
    """One line of the table."""
    row, medians = outcome.row, outcome.medians
    target = wanted(row.target, row.unit)
    if medians is None:
        return (row.title, f"failed: {outcome.failure.replace('|', '/')}", row.reference, "", "", target, "no")
    return (
        row.title,
        amount(medians.ours, row.unit),
        row.reference,
        amount(medians.reference, row.unit),
        compared(outcome),
        target,
        {True: "yes", False: "no", None: ""}[outcome.met],
    )


def text(lines: Sequence[Sequence[str]]) -> str:
    """Lines for a terminal, the head first."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    padded = (
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        for line in (lines[0], rule, *lines[1:])
    )
    return "\n".join(line.rstrip() for line in padded)


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """Lines for a README, the head first."""
    head, *others = lines
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *others))


def data(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """The table for a program; the figures are in the unit of their row."""
    return [
        {
            "name": outcome.row.name,
            "title": outcome.row.title,
            "unit": outcome.row.unit,
            "ours": outcome.medians and outcome.medians.ours,
            "reference": outcome.row.reference,
            "reference_value": outcome.medians and outcome.medians.reference,
            "ratio": outcome.ratio,
            "target": wanted(outcome.row.target, outcome.row.unit),
            "met": outcome.met,
            "failure": outcome.failure,
        }
        for outcome in outcomes
    ]
