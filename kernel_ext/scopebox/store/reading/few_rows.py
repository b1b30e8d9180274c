"""Few rows are taken as values, and become JSON here: the database takes longer to plan that than it takes itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scopebox_guest import wire

from scopebox.store.values.python_values import NoSuchValueError, is_known, maker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scopebox.store.database.session import Session
    from scopebox.store.reading.first_rows import FirstRows
    from scopebox.store.schema.schema import Field

FEW: Final = 100
"""Rows up to which that takes less time."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What is made of the values of some columns: those of an item under their ``names``."""

    names: tuple[str, ...]
    makers: tuple[tuple[int, Callable[[object], object]], ...]

    def item(self, row: Sequence[object]) -> dict[str, object]:
        """Return the item; :class:`NoSuchValueError` where a value is one that the database alone can show."""
        item = dict(zip(self.names, row, strict=False))  # behind them may stand what rows are sorted by
        for at, make in self.makers:
            if row[at] is not None:
                item[self.names[at]] = make(row[at])
        return item


@dataclass(frozen=True, slots=True)
class FewRows:
    """The statement that finds the rows of a plan as values, and what is made of them.

    Those of a large table are the ``first`` ones, if they have an order and nothing is joined.
    """

    sql: str
    columns: Columns
    first: FirstRows | None = None

    @property
    def size(self) -> int:
        """How many characters the statements have."""
        return len(self.sql) + (self.first.size if self.first else 0)

    def found(self, session: Session, parameters: Sequence[object], *, large: bool) -> bytes | None:
        """Return the items as the JSON text of a list; None where one has a value that the database alone can show."""
        first = self.first if large else None
        rows = first.found(session, parameters) if first else session.rows(self.sql, parameters)
        try:
            return wire.encode([self.columns.item(row) for row in rows])
        except NoSuchValueError:
            return None


def columns(shown: Sequence[tuple[str, Field]]) -> Columns | None:
    """Return what is made of columns that show the fields under these names; None where the database has to make it."""
    if not all(is_known(field) for _, field in shown):
        return None
    makers = [(at, maker(field)) for at, (_, field) in enumerate(shown)]
    return Columns(tuple(name for name, _ in shown), tuple((at, make) for at, make in makers if make is not None))
