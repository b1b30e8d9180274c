"""Which of the items are asked for: on the first level in SQL, below it as JavaScript cuts and sorts lists."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cmp_to_key
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Raw

from scopebox.store import bounds, javascript
from scopebox.store.emitter import data_of
from scopebox.store.errors import internal_error
from scopebox.store.query.query import DEFAULT_LIMIT

if TYPE_CHECKING:
    from scopebox.store.query.query import Query

T = TypeVar("T")
MAX_SORT_KEYS: Final = 2**18  # bytes of lists and objects as JSON, of which texts are made


@dataclass(frozen=True, slots=True)
class Window:
    """Which of the rows are asked for; no limit: all of them."""

    limit: int | None = None
    offset: int = 0


def window(query: Query) -> Window:
    """Return the window of a query on the first level."""
    limit = DEFAULT_LIMIT if query.limit is None else _whole(query.limit, -1)
    offset = _whole(query.offset or 0, 0)
    if query.page and limit > -1:
        offset = _whole(limit * (query.page - 1), offset)
    return Window(limit if limit > -1 else None, max(offset, 0))


def _whole(number: float, otherwise: int) -> int:
    """Return ``number`` as a database takes it, ``otherwise`` if it is none: nobody checks the numbers of updates and deletes."""
    if not isinstance(number, int) and not math.isfinite(number):
        return otherwise
    return int(max(-javascript.SAFE, min(number, javascript.SAFE)))


def offset(items: list[T], query: Query) -> list[T]:
    """Return the items of any collection that a deep query leaves over; its limit is their number, so the first page has all."""
    if query.page is not None and query.page > 1:
        return []
    whole = query.offset is None or math.isnan(query.offset) or query.offset < 0
    return items if whole else items[int(min(query.offset or 0, len(items))) :]


class SortKeys:
    """The values that the lists of one level are sorted by once more; DirectusError 400 for many bytes of lists and objects among them."""

    def __init__(self) -> None:
        self._bytes = 0

    def of(self, items: list[object], key: str) -> list[object]:
        """Return the values of ``items``, which may be JSON text, under ``key``: of a list or an object the text that it is compared as."""
        found = [item[key] for item in items]  # type: ignore[index]
        self._bytes += sum(len(value) for value in found if isinstance(value, Raw) and _is_container(value))
        remedy = "sort them by a field with texts or numbers"
        bounds.count(self._bytes, MAX_SORT_KEYS, "bytes of lists and objects to sort lists by", remedy)
        return [_comparable(data_of(value)) for value in found]


class _Compared(str):
    """The text that a list or an object is compared as."""

    __slots__ = ()


def _is_container(value: Raw) -> bool:
    return bytes(memoryview(value)[:1]) in (b"[", b"{")


def _comparable(value: object) -> object:
    return _Compared(javascript.text(value)) if isinstance(value, dict | list) else value


def page(items: list[object], query: Query, keys: SortKeys) -> list[object]:
    """Return the part of a parent's list that a deep query asks for, sorted as JavaScript sorts it once more."""
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    if query.page is not None and query.page > 1:
        items = javascript.sliced(items, limit * (query.page - 1))
    if query.offset is not None and query.offset >= 0:
        items = javascript.sliced(items, query.offset)
    if limit != -1 or math.isnan(limit):
        items = javascript.sliced(items, 0, limit)
    if query.sort == () and len(items) > 1:
        raise internal_error("Cannot read properties of undefined (reading 'startsWith')")
    if not query.sort:
        return items
    key = query.sort[0].removeprefix("-")
    if not all(isinstance(item, dict) and key in item for item in items):
        return items
    sign = -1 if query.sort[0].startswith("-") else 1
    values = keys.of(items, key)

    def in_order(one: int, other: int) -> int:
        return _compared(values[one], values[other], sign)

    return [items[at] for at in sorted(range(len(items)), key=cmp_to_key(in_order))]


def _compared(one: object, other: object, sign: int) -> int:
    if one is None or other is None:
        return (one is None) - (other is None)
    for kind in (str, int | float):
        if isinstance(one, kind) and isinstance(other, kind) and _Compared not in (type(one), type(other)):
            return sign * ((one > other) - (one < other))  # type: ignore[operator]
    # Objects and lists are compared as texts there, and two of the same text are not equal: downwards they change places.
    return sign * (-1 if javascript.text(one) < javascript.text(other) else 1)
