"""Related items that one call plans: how many there may be, and how much those may take that lie in each other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.store import errors
from scopebox.store.bounds import MAX_NESTED_ITEMS
from scopebox.text.sizes import most_decoded

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_HELD_BYTES: Final = 16 * 2**20  # of memory, for items that filters made around each other, if there are several


class Related:
    """Counts the related items of one call, and what is held until those in it are planned."""

    def __init__(self) -> None:
        self._items = self._taken_off = self._held = 0

    def check_room(self, more: int) -> None:
        """Refuse more related items than a call may have, ``more`` being those of a list that is about to be planned, named ones included."""
        if self._items + more > MAX_NESTED_ITEMS:
            raise errors.invalid_payload(
                f"More than {MAX_NESTED_ITEMS:,} related items come with the items; write them in calls of their own"
            )

    def expect(self, more: int) -> None:
        """Count items that are about to be planned, before any of them is: each may bring others along."""
        self.check_room(more)
        self._items += more

    @property
    def room_off(self) -> int:
        """How many items may still be taken off lists."""
        return MAX_NESTED_ITEMS - self._taken_off

    def take_off(self, more: int) -> None:
        """Count items that are about to be taken off a list; refuse more of them than a call may take off."""
        if more > self.room_off:
            raise errors.invalid_payload(
                f"More than {MAX_NESTED_ITEMS:,} items would be taken off lists; update or delete these first, in several calls"
            )
        self._taken_off += more

    @contextmanager
    def holding(self, made: object) -> Iterator[None]:
        """Hold an item that filters ``made`` for a block that plans what is related to it; refuse it where many lie in each other."""
        size = most_decoded(wire.encode(made))
        if self._held and self._held + size > MAX_HELD_BYTES:
            raise errors.invalid_payload(
                "Items that filters made, each related to the one before, would take more than "
                f"{MAX_HELD_BYTES // 2**20} MiB of memory together; return less of related items"
            )
        self._held += size
        try:
            yield
        finally:
            self._held -= size
