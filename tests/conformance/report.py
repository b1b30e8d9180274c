"""What a run of the recorded cases found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from scopebox.languages import DEFAULT_LANGUAGE, language_of

from tests.conformance.cases import Json


def name_of(part: str, case: Json) -> str:
    """Return what a case of a part is called: its id, and the part as well where it is played in a second language."""
    return f"{part}:{case['id']}" if "-" in part else str(case["id"])


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
            self.failed[name_of(part, case)] = wrong
            return
        self.passed[part, group] += 1
        category[0] += 1
        self.sides.update(side for side in sides if side != "both")

    def leave_out(self, part: str, case: Json, reason: str) -> None:
        """Note a case that cannot be played, and why; it counts neither as passed nor in the total."""
        self.left_out[name_of(part, case)] = reason

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
        lines = [f"{part:10} {name:24} {good:5} of {count}" for (part, name), (good, count) in self.categories.items()]
        lines.append("")
        for part, group in self.total:
            word = "databases agree" if group == "agree" else "databases differ"
            lines.append(f"{part:10} {word:24} {self.passed[part, group]:5} of {self.total[part, group]}")
        lines += [f"failed   {name}" + (f": {wrong}" if verbose else "") for name, wrong in self.failed.items()]
        lines += [f"left out {name}: {reason}" for name, reason in self.left_out.items()]
        lines += [
            f"{title:10} {sum(self.passed[key] for key in keys):5} of {sum(self.total[key] for key in keys)}"
            for title, keys in self._languages().items()
        ]
        if self.sides:
            lines.append(", ".join(f"{count} answers as {side}" for side, count in self.sides.most_common()))
        return "\n".join(lines)

    def _languages(self) -> dict[str, list[tuple[str, str]]]:
        """Return the parts in which extensions run, by the language of these; nothing unless there are several."""
        found: dict[str, list[tuple[str, str]]] = {}
        for key in self.total:
            recording, _, language = key[0].partition("-")
            if recording in ("hooks", "sandbox"):
                found.setdefault(language_of(language or DEFAULT_LANGUAGE.name).title, []).append(key)
        return found if len(found) > 1 else {}
