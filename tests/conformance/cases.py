"""The recorded cases: reading them, and refusing those that say more than the runner understands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scopebox.languages import DEFAULT_LANGUAGE, LanguageName

Json = dict[str, object]

DEFAULT: Final = Path(__file__).parents[1] / "data" / "conformance"
"""The recordings that come with the sources."""

FILES: Final = {
    "read": "cases_read.jsonl",
    "role": "cases_role.jsonl",
    "write": "cases_write.jsonl",
    "project": "cases.jsonl",
    "hooks": "hooks.jsonl",
    "sandbox": "hooks_sandbox.jsonl",
    "hooks-js": "hooks.jsonl",
    "sandbox-js": "hooks_sandbox.jsonl",
}
"""The file of each part; that of ``project`` stands in the folder of every project."""

_EXPECTED: Final = {"expect", "expect_pg", "expect_sqlite", "diff"}
_SEQUENCE: Final = {"id", "category", "role", "agree", "steps", "note"}
_STEP: Final = {
    "op", "collection", "role", "query", "return_query", "key", "keys", "data", "body", "ordered", *_EXPECTED,
}  # fmt: skip
KNOWN: Final = {
    "read": {"id", "category", "collection", "role", "query", "keys", "key", "body", "ordered", "agree", *_EXPECTED},
    "role": _SEQUENCE,
    "write": _SEQUENCE,
    "project": _SEQUENCE,
    "hooks": {*_SEQUENCE, "control"},
}
"""The keys that a case of each part may have."""
KNOWN_IN_STEPS: Final = {
    "role": _STEP,
    "write": _STEP,
    "project": {*_STEP, "method", "path", "headers", "keep", "masked"},
    "hooks": {*_STEP, "events", "events_pg", "events_sqlite", "quiet"},
}
"""The keys that its steps may have."""


def part_name(recording: str, language: LanguageName) -> str:
    """Return what the part is called in which ``recording`` is played in ``language``."""
    return recording if language == DEFAULT_LANGUAGE.name else f"{recording}-{language}"


class UnknownKeyError(Exception):
    """A case says something that the runner does not understand."""


def cases(folder: Path, part: str) -> Iterator[Json]:
    """Yield the cases of ``part`` in ``folder``; raises UnknownKeyError for a case with a key that nothing reads."""
    path = folder / FILES[part]
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        case = json.loads(line)
        _check(case, KNOWN.get(part), f"{path.name}:{number}")
        for step in case.get("steps") or ():
            _check(step, KNOWN_IN_STEPS.get(part), f"{path.name}:{number} ({case['id']})")
        yield case


def _check(record: Json, known: set[str] | None, place: str) -> None:
    unknown = sorted(set(record) - known) if known is not None else []
    if unknown:
        raise UnknownKeyError(f"{place} has the unknown key {unknown[0]!r}")
