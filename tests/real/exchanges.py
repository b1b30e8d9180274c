"""Requests that a real Directus and the store were asked, with the answers of both, as a run side by side records them.

A folder of such a run holds ``cases-SEED.jsonl``, a case a line: its ``area`` and ``role``, its ``steps``, which are the requests, and as
many ``answers``: of the real ones (``pg``, ``sqlite``), of the store (``ours``), and the ``verdict`` on them. An answer is
``{"data": …, "meta": …}``, ``{"error": {"status", "code", "message", …}}``, or ``{"status", "type", "text"}`` for what is no JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

Json = dict[str, object]

SIDES: Final[tuple[str, ...]] = ("pg", "sqlite")
DIFFERENT: Final = "different"
NOT_COMPARED: Final = "real_died"  # a request that ended the process of the real one
_NUMBER: Final = re.compile(r"-?\d{1,40}(\.\d{1,40})?(e[+-]?\d{1,3})?")
_MADE_UP: Final = "<uuid>"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and by whom."""

    method: str
    path: str
    query: str = ""
    body: object = None
    text: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    role: str = "admin"
    area: str = ""

    @property
    def said(self) -> str:
        """Everything that was asked as one text, to look for words in."""
        return f"{self.path}?{self.query} {json.dumps(self.body, ensure_ascii=False)} {self.text or ''}"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answers: ``real`` by database, ``ours``; ``verdict`` as the run came to it."""

    request: Request
    real: Mapping[str, Json]
    ours: Json
    verdict: str


def read(folder: Path) -> Iterator[Exchange]:
    """Yield the exchanges of a folder, in the order in which they were made."""
    for path in sorted(folder.glob("cases-*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            yield from _exchanges(json.loads(line))


def _exchanges(case: Json) -> Iterator[Exchange]:
    for step, answer in zip(cast("list[Json]", case["steps"]), cast("list[Json]", case["answers"]), strict=False):
        known = {name: step[name] for name in ("method", "path", "query", "body", "text", "headers") if step.get(name)}
        request = Request(**known, role=step.get("role") or case["role"], area=case["area"])  # type: ignore[arg-type]
        real = {side: cast("Json", answer[side]) for side in SIDES if side in answer}
        ours = cast("Json", answer["ours"])
        yield Exchange(request, real, ours, _verdict(cast("str", answer["verdict"]), real, ours))


def _verdict(verdict: str, real: Mapping[str, Json], ours: Json) -> str:
    """Return the verdict; items whose keys are made up come in no order."""
    if verdict != DIFFERENT or not any(_MADE_UP in json.dumps(answer) for answer in real.values()):
        return verdict
    return "equal" if any(same(unordered(answer), unordered(ours)) for answer in real.values()) else verdict


def status(answer: Json) -> int:
    """Return the status of an answer."""
    error = answer.get("error")
    found = error.get("status") if isinstance(error, dict) else answer.get("status", 200)
    return int(cast("int", found))


def code(answer: Json) -> str:
    """Return the code of an error, "" for what is none."""
    error = answer.get("error")
    return str(error.get("code")) if isinstance(error, dict) else ""


def message(answer: Json) -> str:
    """Return the message of an error, "" for what is none."""
    error = answer.get("error")
    return str(error.get("message") or "") if isinstance(error, dict) else ""


def extensions(answer: Json) -> Json:
    """Return what an error says besides, nothing for what is none."""
    error = answer.get("error")
    found = error.get("extensions") if isinstance(error, dict) else None
    return found if isinstance(found, dict) else {}


def same(one: object, other: object) -> bool:
    """Whether two answers hold the same values: numbers by value, also those that are texts; rows in any order."""
    return _text(_rowsunordered(one)) == _text(_rowsunordered(other))


def _rowsunordered(answer: object) -> object:
    if isinstance(answer, dict) and isinstance(answer.get("data"), list):
        return {**answer, "data": sorted(map(_text, answer["data"]))}
    return answer


def _text(value: object) -> str:
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: object) -> object:
    """Return a value with every number, and every text that is one, as a number of six digits."""
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return value
    return (
        float(f"{float(value):.6g}") if isinstance(value, str | int | float) and not isinstance(value, bool) else value
    )


def unordered(value: object) -> object:
    """Return a value with every list in an order of its own."""
    if isinstance(value, dict):
        return {name: unordered(entry) for name, entry in value.items()}
    return sorted(map(unordered, value), key=_text) if isinstance(value, list) else value
