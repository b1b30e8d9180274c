"""The rows of a query in SQL as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from scopebox.views.data import Data
from scopebox.views.parts import Line, Part, Table, View

if TYPE_CHECKING:
    import duckdb

MOST: Final = 100  # rows that are shown; no others are made
_AS_THEY_ARE: Final = (bool, int, float, str, list, dict, type(None))


def rows_view(relation: duckdb.DuckDBPyRelation) -> View:
    """Return the first rows of a relation as a table, and whether there are more."""
    names = relation.columns
    rows = relation.limit(MOST + 1).fetchall()
    if not rows:
        return View((Table("Rows", names, ()),), relation)
    items = [{name: _shown(value) for name, value in zip(names, row, strict=True)} for row in rows[:MOST]]
    more: tuple[Part, ...] = (Line(f"These are the first {MOST}", "muted"),) if len(rows) > MOST else ()
    return View((Data(items), *more), relation)


def _shown(value: object) -> object:
    return value if isinstance(value, _AS_THEY_ARE) else str(value)
