"""How many bytes a call writes, counted when they are known: after filters and presets, with related items, for every row."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.store.writing.changes import Insert, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    import msgspec

    from scopebox.store.writing.changes import Change

MIN_ITEM_BYTES: Final = 100  # that an item takes, however short it is
MIN_VALUE_BYTES: Final = 8  # that a value takes which is no text, and the place of one in a new item, also of a null
REPLACED_BYTES: Final = 16  # the same of the place of one that replaces another: that one is kept until a checkpoint
DECIMAL_BYTES: Final = 48  # that a decimal takes, half of it as long as it is planned


class Volume:
    """What one call writes, told to ``store``, which refuses too much: what is planned, or what filters made, whichever is more.

    What filters made is kept until all is written, also where no column takes it. Of what is the notebook's ``own`` nothing counts but
    by how much filters made it larger. ``by_extension``: one writes it itself.
    """

    def __init__(self, store: Callable[[int], None], *, own: bool, by_extension: bool = False) -> None:
        self._store, self._own, self._by_extension = store, own, by_extension
        self._planned = self._made = self._told = self._added = 0

    @property
    def brought(self) -> int:
        """Bytes of it that come from an extension: all, or what filters added."""
        return self._told if self._by_extension else max(0, self._added)

    def plan(self, change: Change) -> None:
        """Count a change that is about to be planned; LimitError where the call writes too much by it."""
        if self._own:
            return
        if isinstance(change, Insert):
            places = MIN_VALUE_BYTES * len(change.collection.fields)
            self._planned += max(MIN_ITEM_BYTES, places) + _size(change.row.present())
        elif isinstance(change, Update):  # every row gets a copy
            self._planned += len(change.keys) * (MIN_ITEM_BYTES + size_of_replacing(change.values.values()))
        self._tell(self._planned)

    def make(self, made: bytes | msgspec.Raw, given: object, rows: int) -> None:
        """Count what filters made, JSON text, of what was ``given`` for some rows; LimitError as above."""
        size = len(bytes(made))
        if not self._by_extension:
            self._added += rows * (size - len(wire.encode(given)))
        self._made = self._added if self._own else self._made + size
        self._tell(self._made)

    def _tell(self, size: int) -> None:
        if size > self._told:
            more, self._told = size - self._told, size
            self._store(more)


def size_of_replacing(values: Collection[object]) -> int:
    """Return how many bytes a row takes at most because ``values`` replace others."""
    return REPLACED_BYTES * len(values) + _size(values)


def _size(values: Iterable[object]) -> int:
    size = 0
    for value in values:
        if isinstance(value, str):
            size += len(value) if value.isascii() else len(value.encode("utf-8", "surrogatepass"))
        elif value is not None:
            size += DECIMAL_BYTES if value.__class__ is Decimal else MIN_VALUE_BYTES
    return size
