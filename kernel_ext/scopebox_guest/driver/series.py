"""Handlers that the host has called one after the other, by one frame."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from msgspec import Raw
from msgspec.structs import replace

from scopebox_guest.driver import values
from scopebox_guest.wire import MAX_SERIES_BYTES, Done, encode

if TYPE_CHECKING:
    from scopebox_guest.wire import Certain, Column
    from scopebox_guest.wire import Series as Frame

MOST_SECONDS: Final = 0.01  # behind which the host is to say whether it goes on, in new processor time
NULL: Final = b"null"
NUMBERS: Final = (int, float)


class Series:
    """The calls of one frame: which of them runs, and what those before it made of its payload."""

    __slots__ = ("_at", "_bytes", "_changed", "_frame", "_payload", "_until")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._at = 0
        self._bytes = 0
        self._changed = False
        self._payload = frame.payloads[0]
        self._until = time.monotonic() + MOST_SECONDS

    @property
    def _number(self) -> int:
        """The number of the call that runs."""
        return self._frame.inv + self._at

    @property
    def _handler(self) -> int:
        """The number of its handler."""
        return self._frame.handlers[self._at % len(self._frame.handlers)]

    @property
    def _args(self) -> list[Raw]:
        """What its handler gets, as JSON texts."""
        return [self._payload, self._frame.metas[self._at % len(self._frame.metas)], self._frame.context]

    def _after(self, done: Done, *, called: bool) -> tuple[Done, bool]:
        """Return what the host is told of the call that ended with ``done``, and whether the next one follows.

        ``called`` tells whether its handler made a call that takes effect: what comes next may have changed by that.
        """
        if done.failure is not None or done.repr:
            return done, False
        if done.null or bytes(done.value) != NULL:
            self._payload, self._changed = done.value, True
        item, step = divmod(self._at, len(self._frame.handlers))
        whole = step + 1 == len(self._frame.handlers)
        more = not whole or item + 1 < len(self._frame.payloads)
        ends = called or time.monotonic() >= self._until or (whole and more and not self._goes_on(item))
        if ends or whole:
            text = bytes(self._payload)
            told = Done(done.inv, Raw(text), null=text == NULL) if self._changed else Done(done.inv)
        else:
            told = Done(done.inv)
        if ends or not more:
            return (replace(told, last=True) if more else told), False
        self._at += 1
        if whole:
            self._payload, self._changed = self._frame.payloads[item + 1], False
        return told, True

    def _goes_on(self, item: int) -> bool:
        """Return whether the next payload may follow: what is told of this one is little, and certain to be written."""
        self._bytes += len(self._payload) if self._changed else 0
        return self._bytes <= MAX_SERIES_BYTES and self._is_certain(item)

    def _is_certain(self, item: int) -> bool:
        certain, text = self._frame.certain, self._frame.payloads[item]
        if certain is None or max(len(text), len(self._payload)) > values.SMALL_BYTES:
            return False
        given = values.from_json(text)
        made = values.from_json(self._payload) if self._changed else given
        return isinstance(given, dict) and isinstance(made, dict) and is_certain(certain, given, made)


def is_certain(certain: Certain, given: dict[str, object], made: dict[str, object]) -> bool:
    """Return whether ``made``, which filters made of ``given``, is certain to be written."""
    for name, value in made.items():
        column = certain.columns.get(name)
        if column is None:
            return False
        if value is None:
            if not column.nullable:
                return False
        elif column.kind:
            if not _fits(column, value):
                return False
        elif name not in given or (given[name] is not value and encode(given[name]) != encode(value)):
            return False
    return all(name in made for name in certain.required)


def _fits(column: Column, value: object) -> bool:
    kind = column.kind
    if kind == "text":
        return isinstance(value, str) and (column.most < 0 or len(value) <= column.most) and "\0" not in value
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, NUMBERS):
        return False
    return kind == "number" or (isinstance(value, int) and -column.most <= value < column.most)
