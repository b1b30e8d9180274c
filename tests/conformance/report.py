"""What a run of the recorded cases found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.conformance.cases import Json


@dataclass
class Report:
    """Cases by part and by whether the databases agreed on them."""

    passed: Counter[tuple[str, str]] = field(default_factory=Counter)
    total: Counter[tuple[str, str]] = field(default_factory=Counter)
    categories: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    sides: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)

    def add(self, part: str, case: Json, sides: list[str], wrong: str) -> None:
        """Count one case: the sides its answers were on, and what was wrong (empty: nothing)."""
        group = "differ" if case.get("agree") is False else "agree"
        category = self.categories.setdefault((part, str(case["category"])), [0, 0])
        self.total[part, group] += 1
        category[1] += 1
        if wrong:
            self.failed[str(case["id"])] = wrong
            return
        self.passed[part, group] += 1
        category[0] += 1
        self.sides.update(side for side in sides if side != "both")

    def leave_out(self, case: Json, reason: str) -> None:
        """Note a case that cannot be played, and why; it counts neither as passed nor in the total."""
        self.left_out[str(case["id"])] = reason

    def data(self) -> Json:
        """Return the totals and the ids of what failed as JSON data."""
        parts = dict.fromkeys(part for part, _ in self.total)
        totals = {
            part: {
                group: {"passed": self.passed[part, group], "total": self.total[part, group]}
                for group in ("agree", "differ")
            }
            for part in parts
        }
        return {"totals": totals, "failed": list(self.failed)}

    def text(self, *, verbose: bool = False) -> str:
        """Return the report to read."""
        lines = [f"{part:8} {name:24} {good:5} of {count}" for (part, name), (good, count) in self.categories.items()]
        lines.append("")
        for part, group in self.total:
            word = "databases agree" if group == "agree" else "databases differ"
            lines.append(f"{part:8} {word:24} {self.passed[part, group]:5} of {self.total[part, group]}")
        lines += [f"failed   {name}" + (f": {wrong}" if verbose else "") for name, wrong in self.failed.items()]
        lines += [f"left out {name}: {reason}" for name, reason in self.left_out.items()]
        if self.sides:
            lines.append(", ".join(f"{count} answers as {side}" for side, count in self.sides.most_common()))
        return "\n".join(lines)
