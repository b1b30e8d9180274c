"""What the checks of the course found: a verdict for each exercise, kept beside the notebooks, listed and handed in."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import scopebox

FOLDER = Path(__file__).parent
KEPT = FOLDER / ".progress"  # a file a chapter, so that no kernel overwrites what another one found
COURSE = f"scopebox {scopebox.__version__}"
GOOD = "var(--jp-success-color1, #1b5e20)"
BAD = "var(--jp-warn-color1, #bf360c)"

_found: dict[str, Verdict] = {}  # of this kernel: enough where the folder cannot be written to


@dataclass(frozen=True)
class Point:
    """One point of an exercise; ``advice`` is empty if it holds. A point that was not reached does not hold either."""

    title: str
    holds: bool = False
    advice: str = ""

    def __str__(self) -> str:
        return f"{'✓' if self.holds else '✕'} {self.title}{self.advice and f': {self.advice}'}"


@dataclass(frozen=True)
class Said:
    """What a function of the course has to say, in sentences."""

    lines: tuple[str, ...]
    good: bool

    def __repr__(self) -> str:
        return "\n".join(self.lines)

    def _repr_html_(self) -> str:
        style = f"border-left: 4px solid {GOOD if self.good else BAD}; padding: 4px 12px"
        lines = "".join(f'<div style="white-space: pre-wrap">{escape(line)}</div>' for line in self.lines)
        return f'<div role="status" style="{style}">{lines}</div>'


@dataclass(frozen=True)
class Verdict:
    """What a check found. ``ended`` says what ended the check before its last point."""

    chapter: str
    points: tuple[Point, ...]
    ended: str = ""

    @property
    def holding(self) -> int:
        """How many points hold."""
        return sum(point.holds for point in self.points)

    @property
    def solved(self) -> bool:
        """Whether all points hold."""
        return not self.ended and self.holding == len(self.points)

    def said(self) -> Said:
        """Return it in words: each point with ✓ or ✕ by its title, and what to do about it."""
        count = f"{self.holding} of {len(self.points)} points hold."
        first = f"✓ Solved. {count}" if self.solved else f"✕ Not yet: {self.ended and f'{self.ended} '}{count}"
        return Said((first, *map(str, self.points)), self.solved)

    def keep(self) -> None:
        """Keep it for ``progress`` and ``report``, in this kernel and for those of other notebooks."""
        _found[self.chapter] = self
        try:
            KEPT.mkdir(exist_ok=True)
            (KEPT / f"{self.chapter.partition(' ')[0]}.json").write_text(json.dumps(self.record()), "utf-8")
        except OSError:
            pass  # a course that cannot be written to is still a course

    def record(self) -> dict[str, object]:
        """Return the verdict as data: titles and whether they hold, nothing of what the learner wrote."""
        points = [{"title": point.title, "holds": point.holds} for point in self.points]
        return {"chapter": self.chapter, "solved": self.solved, "points": points}


def progress() -> Said:
    """Say for every chapter with an exercise whether it is solved, by what its check found last."""
    found = _verdicts()
    wide = max(map(len, found))
    lines = [
        f"✓ {chapter:{wide}}  {points} of {points} points"
        if solved
        else f"✕ {chapter:{wide}}  {f'{holding} of {points} points' if points else 'not checked yet'}"
        for chapter, (solved, holding, points) in ((chapter, _counts(record)) for chapter, record in found.items())
    ]
    return Said((_sum(found), *lines), _solved(found) == len(found))


def report(file: object = "") -> Said:
    """Write the verdicts of all chapters into ``file``, a JSON file to hand in.

    It holds titles and verdicts: nothing of what was written, no secret, no path.
    """
    try:
        place = _place(file)
        found = _verdicts()
        written = {
            "course": COURSE,
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "solved": _solved(found),
            "exercises": list(found.values()),
        }
        place.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except ValueError as error:
        return Said((f"✕ Nothing was written: {error}",), good=False)
    except OSError as error:
        return Said(
            (f"✕ Nothing was written: {error.strerror}. Name a file in a folder that you may write to.",), good=False
        )
    return Said((f"✓ Wrote {place.name}: {_sum(found)} Hand in this file.",), good=True)


def _place(file: object) -> Path:
    """Return where a report goes; ValueError for what is no name of one, and for a file that is something else."""
    example = 'report("ada-lovelace.json")'
    if not isinstance(file, str | os.PathLike) or not os.fspath(file):
        raise ValueError(f"name the file in quotes, for example {example}.")
    place = Path(file)
    if place.suffix != ".json":
        raise ValueError(f"{place.name!r} does not end in .json. For example {example}.")
    if not place.parent.is_dir():
        raise ValueError(
            f"there is no folder {place.parent.name!r}. For example {example}, which goes beside the notebook."
        )
    if place.exists() and "exercises" not in _read(place):
        raise ValueError(f"{place.name} is there already and is not a report. Choose another name.")
    return place


def _verdicts() -> dict[str, dict[str, object]]:
    """Return the records of all chapters; one without points was not checked."""
    kept = [_read(path) for path in sorted(KEPT.glob("*.json"))] if KEPT.is_dir() else []
    known = {str(record.get("chapter")): record for record in kept if _counts(record)[2]}
    known |= {chapter: verdict.record() for chapter, verdict in _found.items()}
    return {chapter: known.get(chapter, {"chapter": chapter, "solved": False, "points": []}) for chapter in chapters()}


def _counts(record: dict[str, object]) -> tuple[bool, int, int]:
    """Return whether it is solved, how many points hold, and of how many; no points for what is no record."""
    points = record.get("points")
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        return False, 0, 0
    return record.get("solved") is True, sum(point.get("holds") is True for point in points), len(points)


def _solved(found: dict[str, dict[str, object]]) -> int:
    return sum(record["solved"] is True for record in found.values())


def _sum(found: dict[str, dict[str, object]]) -> str:
    return f"{_solved(found)} of {len(found)} exercises are solved."


def chapters() -> list[str]:
    """Return the titles of all chapters with an exercise, as their notebooks have them."""
    books = [_read(path) for path in sorted(FOLDER.glob("[0-9][0-9]-*.ipynb"))]
    return [
        _title(book)
        for book in books
        if any("check" in cell["metadata"].get("tags", ()) for cell in book.get("cells", ()))
    ]


def _title(book: dict) -> str:
    return "".join(book["cells"][0]["source"]).partition("\n")[0].removeprefix("# ")


def _read(path: Path) -> dict:
    """Return the object in a JSON file; an empty one for anything else."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
