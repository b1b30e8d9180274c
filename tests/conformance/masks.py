"""Values that a server makes up, keys and times, as the cases have them: by their kind alone.

A step names the places of such values in its answer as ``masked`` paths, such as ``data.0.date_created``; a ``*`` stands for
every entry of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, cast

from tests.conformance.cases import Json

UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z?")
DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
RECENT: Final = timedelta(hours=1)


def masked(answer: Json, step: Json) -> Json:
    """Return ``answer`` with the kind of each value that ``step`` masks in place of the value; nulls stay, and so does what is not there."""
    for path in cast("list[str]", step.get("masked") or []):
        answer = cast("Json", _masked(answer, path.split(".")))
    return answer


def made_up(answer: Json, known: str, now: datetime) -> list[str]:
    """Return the paths of uuids in ``answer`` that do not stand in ``known``, of times that have just been, and of the day that it is."""
    return [".".join(path) for path, text in _texts(answer, ()) if _is_new(text, known, now)]


def _masked(value: object, path: list[str]) -> object:
    if not path:
        return value if value is None else _kind(value)
    head, *rest = path
    if isinstance(value, dict) and head in value:
        return {**value, head: _masked(value[head], rest)}
    if isinstance(value, list):
        return [_masked(entry, rest) if head in ("*", str(at)) else entry for at, entry in enumerate(value)]
    return value


def _kind(value: object) -> str:
    if not isinstance(value, str):
        return f"<masked {type(value).__name__}>"
    if UUID.fullmatch(value):
        return "<masked uuid>"
    return "<masked time>" if TIME.fullmatch(value) else "<masked text>"


def _texts(value: object, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, entry in entries:
        yield from _texts(entry, (*path, str(name)))
    if isinstance(value, str):
        yield path, value


def _is_new(text: str, known: str, now: datetime) -> bool:
    if UUID.fullmatch(text):
        return text not in known
    if DAY.fullmatch(text):
        return text == now.date().isoformat() and text not in known
    if not TIME.fullmatch(text) or text in known:
        return False
    return abs(datetime.fromisoformat(text.removesuffix("Z")) - now.replace(tzinfo=None)) < RECENT
