"""What the rows of groups and aggregates are shown as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from scopebox.store.database.session import Row


def itself(value: object) -> object:
    """Return ``value``, which is shown as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row: where it goes, its SQL on a source, and what makes of its value what is shown. A ``text`` may be long."""

    path: tuple[str, ...]
    sql: str
    shows: Callable[[object], object] = itself
    text: bool = False

    @property
    def distinct(self) -> bool:
        """Whether it is made of different values, all of which a database holds at once."""
        return len(self.path) > 1 and self.path[0].endswith("Distinct")


def items(cells: Sequence[Cell], rows: list[Row]) -> list[dict[str, object]]:
    """Return what rows are shown as. Column by column, since there may be hundreds of thousands of values."""
    if not cells:
        return [{} for _ in rows]
    found = list(zip(*rows, strict=True))
    columns = [values if cell.shows is itself else [*map(cell.shows, values)] for cell, values in zip(cells, found)]  # noqa: B905 - behind them stands what rows are sorted by
    places: dict[str, int | dict[str, int]] = {}
    for at, cell in enumerate(cells):
        if len(cell.path) == 1:
            places[cell.path[0]] = at
            continue
        inner = places.get(cell.path[0])
        if not isinstance(inner, dict):  # the count of all items, where that was asked for as well, gives way
            inner = places[cell.path[0]] = {}
        inner[cell.path[1]] = at
    return _objects(
        {
            name: columns[place]
            if isinstance(place, int)
            else _objects({key: columns[at] for key, at in place.items()})
            for name, place in places.items()
        }
    )


def _objects(columns: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Return the objects whose values stand in ``columns``."""
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
