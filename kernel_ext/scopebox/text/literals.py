"""Foreign values as text, under a budget of characters and depth: whatever the size of a value, writing it costs the same.

A value is never turned into text as a whole to be cut afterwards. The writer goes through it from the front, stops when its budget
is spent, and says how many entries and characters it left out. It is the one way from values to text: in cells, in the panel, in
errors and in the repr of whatever holds foreign data.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal
from heapq import nsmallest
from itertools import islice
from typing import Final

import msgspec
from scopebox_guest import wire

from scopebox.text.visible import fitted, shorten, visible

BUDGET: Final = 20_000  # characters of a value that is laid out
DEPTH: Final = 10  # containers within each other
ENTRIES: Final = 50  # of one container
TEXT: Final = 2_000  # characters of one text in a value
WIDTH: Final = 100  # characters of a line
LITERAL: Final = 80  # characters of a value in a sentence
RECORD: Final = 1_000  # characters of the repr of a record

_STEP: Final = 2  # spaces that a level is indented by
_KEY: Final = 200  # characters of a key
_NOTE: Final = 50  # characters of a line that says what is left out, and of the one that closes its container
_NOTE_INLINE: Final = 14
_LEAST: Final = 3  # characters that an entry takes at least
_BITS: Final = 4_000  # of an integer that is written in digits: their number grows faster than their text
_SMALL: Final = (dt.date, dt.time, dt.timedelta, Decimal, uuid.UUID, float)
_JSON_WORDS: Final[dict[object, str]] = {None: "null", True: "true", False: "false"}


def inline(value: object, limit: int = LITERAL) -> str:
    """Return ``value`` as a Python inline in one line, with about ``limit`` characters of it."""
    return _Writer(limit, None, as_json=False).text(value)


def json_inline(value: object, limit: int = LITERAL) -> str:
    """Return ``value`` as JSON in one line, with about ``limit`` characters of it."""
    return _Writer(limit, None, as_json=True).text(value)


def literal(value: object, limit: int = BUDGET) -> str:
    """Return ``value`` as Python literals, over several lines where it is long."""
    return _Writer(limit, WIDTH, as_json=False).text(value)


def json_text(value: object, limit: int = BUDGET) -> str:
    """Return ``value`` as JSON, over several lines where it is long."""
    return _Writer(limit, WIDTH, as_json=True).text(value)


def json_lines(value: object, limit: int = BUDGET) -> str:
    """Return ``value`` as JSON with a line for each entry and the keys in order: to be compared line by line."""
    return _Writer(limit, 0, as_json=True).text(value)


def record_text(record: object) -> str:
    """Return the repr of a dataclass or struct that holds foreign data: its fields by name, but for those at their default."""
    return visible(inline(record, RECORD))


class _Writer:
    """Writes one value. ``width`` is that of a line, None for a single line."""

    def __init__(self, limit: int, width: int | None, *, as_json: bool) -> None:
        self._width, self._json = width, as_json
        self._left = limit if width is None else limit - _NOTE
        self._closing = _NOTE_INLINE if width is None else _NOTE
        self._pieces: list[str] = []

    def text(self, value: object) -> str:
        self._write(value, 0, 0)
        return "".join(self._pieces)

    @property
    def _longest(self) -> int:
        """Characters of a text that are written at this place."""
        return min(TEXT, max(self._left, _NOTE_INLINE))

    def _put(self, piece: str) -> None:
        self._pieces.append(piece)
        self._left -= len(piece)

    def _write(self, value: object, depth: int, column: int) -> None:
        """Write ``value``, which begins at ``column``: in this line if it fits, else with a line for each entry."""
        value = _plain(value)
        if not _is_container(value):
            self._put(self._scalar(value))
            return
        room = self._left if self._width is None else min(self._left, self._width - column)
        flat = self._flat(value, room, depth)
        if flat is not None:
            self._put(flat)
        elif not value:
            self._put("".join(_brackets(value)))
        elif depth >= DEPTH:
            self._put(_closed(value))
        else:
            self._entries(value, depth)

    def _entries(self, value: object, depth: int) -> None:
        """Write as many entries as there is room for; texts and numbers of a list share a line."""
        first, last = _brackets(value)
        margin = " " * (_STEP * (depth + 1))
        self._put(first)
        column, written, total = 0, 0, len(value)  # type: ignore[arg-type]
        for key, entry in islice(self._pairs(value), ENTRIES):
            if self._left <= self._closing * (depth + 1):
                break
            name = self._key(key, value)
            column = self._begin(name, entry, margin, column, at_first=not written)
            before = self._left
            self._write(entry, depth + 1, column)
            column += before - self._left
            written += 1
            if written < total:
                self._put(",")
                column += 1
        if written < total:
            self._put(f"{self._gap(margin, written)}…({total - written:,} more)")
        self._put(last if self._width is None else f"\n{margin[_STEP:]}{last}")

    def _begin(self, name: str, entry: object, margin: str, column: int, *, at_first: bool) -> int:
        """Go to where an entry begins, write its name, and return the column behind it."""
        if self._width is None:
            self._put(f"{'' if at_first else ' '}{name}")
            return 0
        if not name and not at_first and not _is_container(_plain(entry)):
            size = len(entry) + _STEP if isinstance(entry, str) else len(self._scalar(entry))
            if column + size + _STEP <= self._width:
                self._put(" ")
                return column + 1
        self._put(f"\n{margin}{name}")
        return len(margin) + len(name)

    def _gap(self, margin: str, written: int) -> str:
        if self._width is None:
            return " " if written else ""
        return f"\n{margin}"

    def _flat(self, value: object, room: int, depth: int) -> str | None:
        """Return ``value`` in one line, None where that takes more than ``room`` characters; looks no further than those."""
        value = _plain(value)
        if not _is_container(value):
            if isinstance(value, str | bytes) and len(value) + _STEP > min(room, self._longest):
                return None
            shown = self._scalar(value)
            return shown if len(shown) <= room else None
        first, last = _brackets(value)
        total: int = len(value)  # type: ignore[arg-type]
        room -= len(first) + len(last)
        if (
            total > ENTRIES
            or (total and depth >= DEPTH)
            or total * _LEAST - _STEP > room
            or (total and self._width == 0)
        ):
            return None
        parts: list[str] = []
        for key, entry in self._pairs(value):
            name = self._key(key, value)
            words = self._flat(entry, room - len(name), depth + 1)
            if words is None:
                return None
            parts.append(name + words)
            room -= len(name) + len(words) + _STEP
        joined = f"{first}{', '.join(parts)}{last}"
        return joined if room + _STEP >= 0 else None

    def _pairs(self, value: object) -> Iterable[tuple[object, object]]:
        """Return the entries with their keys; those of a list have none."""
        if not isinstance(value, Mapping):
            return ((None, entry) for entry in value)  # type: ignore[attr-defined]
        if self._width == 0 and len(value) > 1:
            return ((key, value[key]) for key in nsmallest(ENTRIES, value, key=str))
        return value.items()

    def _key(self, key: object, value: object) -> str:
        """Return what stands before an entry: the name of a field, the key of an object, nothing in a list."""
        if key is None:
            return ""
        if isinstance(value, _Fields):
            return f"{key}="
        return f"{self._quoted(key, _KEY) if isinstance(key, str) else self._scalar(key)}: "

    def _scalar(self, value: object) -> str:
        match value:
            case str():
                return self._quoted(value, self._longest)
            case None | bool():
                return _JSON_WORDS[value] if self._json else str(value)
            case int():
                return str(value) if value.bit_length() <= _BITS else f"<an integer of {value.bit_length():,} bits>"
            case bytes():
                return shorten(repr(value[: self._longest]), self._longest)
            case _ if isinstance(value, _SMALL):
                return shorten(repr(value), self._longest)
            case _:
                name = shorten(type(value).__name__, LITERAL)
                is_error = isinstance(value, BaseException)
                return f"{name}({self._quoted(str(value), self._longest)})" if is_error else f"<{name}>"

    def _quoted(self, value: str, limit: int) -> str:
        return fitted(str(value), min(limit, self._longest), _quoted_json if self._json else repr)


def _quoted_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


class _Fields(dict[str, object]):
    """The fields of a record, which stand in round brackets behind its name."""

    name: str


def _plain(value: object) -> object:
    """Return ``value`` as data: what is kept as JSON text is decoded, a record becomes its fields."""
    if isinstance(value, msgspec.Raw):
        return wire.decode_json(value)
    if isinstance(value, msgspec.Struct):
        defaults = {entry.name: entry.default for entry in msgspec.structs.fields(value)}
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        defaults = {entry.name: entry.default for entry in dataclasses.fields(value) if entry.repr}
    else:
        return value
    given = ((name, getattr(value, name), default) for name, default in defaults.items())
    fields = _Fields((name, entry) for name, entry, default in given if entry is not default)
    fields.name = type(value).__name__
    return fields


def _is_container(value: object) -> bool:
    return isinstance(value, list | tuple | Mapping | AbstractSet)


def _brackets(value: object) -> tuple[str, str]:
    if isinstance(value, _Fields):
        return f"{value.name}(", ")"
    if isinstance(value, tuple):
        return "(", ",)" if len(value) == 1 else ")"
    return ("{", "}") if isinstance(value, Mapping | AbstractSet) else ("[", "]")


def _closed(value: object) -> str:
    """Return a container that is too deep inside to be opened, with a count."""
    first, last = _brackets(value)
    return f"{first}…({len(value):,} more){last}"  # type: ignore[arg-type]
