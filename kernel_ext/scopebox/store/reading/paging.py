"""Which of the items are asked for: on the first level in SQL, below it as JavaScript cuts and sorts lists."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
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
MAX_COMPARED: Final = 10_000  # values of several kinds, or of lists and objects, in a list that is sorted by them
MAX_ENOUGH: Final = 10_000  # items of a list, or pages, that may be told apart from the rest
_TEXTS: Final = {str}
_NUMBERS: Final = {int, float, bool}


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


def first_of(query: Query, most: int | None) -> Query:
    """Return ``query``, or what selects the first ``most`` of its items where it asks for more."""
    if most is None:
        return query
    asked = window(query)
    if asked.limit is not None and asked.limit <= most:
        return query
    return replace(query, limit=most, offset=asked.offset, page=None)


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

    def of(self, value: object) -> object:
        """Return what an item with ``value``, which may be JSON text, is sorted by: of a list or an object the text that it is compared as."""
        if isinstance(value, Raw) and _is_container(value):
            self._bytes += len(value)
            remedy = "sort them by a field with texts or numbers"
            bounds.count(self._bytes, MAX_SORT_KEYS, "bytes of lists and objects to sort lists by", remedy)
        return _comparable(data_of(value))


class _Compared(str):
    """The text that a list or an object is compared as."""

    __slots__ = ()


def _is_container(value: Raw) -> bool:
    return bytes(memoryview(value)[:1]) in (b"[", b"{")


def _comparable(value: object) -> object:
    return _Compared(javascript.text(value)) if isinstance(value, dict | list) else value


def page(items: list[T], query: Query) -> list[T]:
    """Return the part of a parent's list that a deep query asks for."""
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    if query.page is not None and query.page > 1:
        items = javascript.sliced(items, limit * (query.page - 1))
    if query.offset is not None and query.offset >= 0:
        items = javascript.sliced(items, query.offset)
    if limit != -1 or math.isnan(limit):
        items = javascript.sliced(items, 0, limit)
    if query.sort == () and len(items) > 1:
        raise internal_error("Cannot read properties of undefined (reading 'startsWith')")
    return items


def enough(query: Query) -> int | None:
    """Return how many of the first items of a list :func:`page` looks at; None where that is not told by plain numbers, or there is no limit."""
    limit = DEFAULT_LIMIT if query.limit is None else query.limit
    numbers = limit, query.page or 1, query.offset or 0
    if limit < 0 or not all(isinstance(number, int) and number <= MAX_ENOUGH for number in numbers):
        return None
    _, page_, skipped = numbers
    return int(limit * max(page_, 1) + max(skipped, 0))


def in_order(values: list[object], sort: str) -> list[int]:
    """Return the places of ``values`` in the order in which JavaScript sorts them once more, descending if ``sort`` says so.

    Those of a kind, as most are, are sorted by themselves: of others each is compared with several, so they may not be many.
    """
    descending = sort.startswith("-")
    there = [at for at, value in enumerate(values) if value is not None]
    kinds = {type(values[at]) for at in there}
    if kinds <= _TEXTS or kinds <= _NUMBERS:
        there.sort(key=values.__getitem__, reverse=descending)  # type: ignore[arg-type]
        return [*there, *(at for at, value in enumerate(values) if value is None)]
    remedy = "sort them by a field with texts or numbers"
    bounds.count(len(values), MAX_COMPARED, "values that are not all texts or numbers to sort a list by", remedy)
    sign = -1 if descending else 1

    def compared(one: int, other: int) -> int:
        return _compared(values[one], values[other], sign)

    return sorted(range(len(values)), key=cmp_to_key(compared))


def _compared(one: object, other: object, sign: int) -> int:
    if one is None or other is None:
        return (one is None) - (other is None)
    for kind in (str, int | float):
        if isinstance(one, kind) and isinstance(other, kind) and _Compared not in (type(one), type(other)):
            return sign * ((one > other) - (one < other))  # type: ignore[operator]
    # Objects and lists are compared as texts there, and two of the same text are not equal: downwards they change places.
    return sign * (-1 if javascript.text(one) < javascript.text(other) else 1)
