"""What a write does to the tables, as records: planned without a lock, carried out later in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scopebox.store.reading.returned import Return
    from scopebox.store.schema.schema import Collection
    from scopebox.store.values.rows import Row


@dataclass(slots=True, eq=False)
class Insert:
    """One new row. ``key`` is the primary key as the payload gave it, or as the sequence did; None until it is drawn.

    ``field`` is the name of the primary key, ``given`` what the payload says about fields with constraints, for the answer to
    a value that is refused; ``position``
    counts the changes before it, ``drawn`` says that the key came from the sequence. What ``returns`` asks for is ``shown`` once
    the row is written, if its statement can tell.
    """

    collection: Collection
    field: str
    row: Row
    given: Mapping[str, object]
    key: object = None
    position: int = 0
    drawn: bool = False
    returns: Return | None = None
    shown: bytes | None = None

    @property
    def undrawn(self) -> bool:
        """Whether the key is to come from the sequence, and did not yet."""
        return self.collection.primary_key.auto_increment and not self.drawn and self.row[self.field] is None

    def take(self, key: object) -> None:
        """Take ``key`` from the sequence."""
        self.row[self.field] = self.key = key
        self.drawn = True

    def keep_key(self) -> None:
        """Let go of all values of the row but its key."""
        key = self.row[self.field]
        self.row.clear()
        self.row[self.field] = key


@dataclass(slots=True, eq=False)
class Update:
    """``values`` for the rows with ``keys`` (values of the key column); keys without a row are left out silently.

    ``given`` as for :class:`Insert`.
    """

    collection: Collection
    keys: list[object]
    values: dict[str, object]
    given: Mapping[str, object]


@dataclass(slots=True, eq=False)
class Delete:
    """The rows with ``keys`` go, and what their relations say goes with them: ``most_along`` rows, if not any number may."""

    collection: Collection
    keys: list[object]
    most_along: int | None = None


Change = Insert | Update | Delete


@dataclass(slots=True)
class Event:
    """An action that waits for the COMMIT. The key of a create is known only then."""

    names: tuple[str, ...]
    meta: dict[str, object]
    insert: Insert | None = None

    def complete(self) -> dict[str, object]:
        """Return the meta object with the key of the row that was inserted."""
        return self.meta if self.insert is None else {**self.meta, "key": self.insert.key}
