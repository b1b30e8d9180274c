"""Values of cells as text and tables: whatever its size, only the beginning of it is laid out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeGuard

from scopebox.text.literals import inline, json_inline, json_text, literal
from scopebox.views.parts import CELL, Block, Part, Table

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS: Final = 20
COLUMNS: Final = 12


class Data:
    """JSON data: literals of Python, or JSON, as plain text, and a table as HTML where it is a list of items."""

    def __init__(self, value: object, *, as_json: bool = False) -> None:
        self.value = value
        self._as_json = as_json

    def text(self) -> str:
        """Return literals."""
        return self._block().text()

    def html(self) -> str:
        """Return a table of items, or literals."""
        part: Part = items_table(self.value, as_json=self._as_json) if is_items(self.value) else self._block()
        return part.html()

    def _block(self) -> Block:
        return Block((json_text if self._as_json else literal)(self.value))


def is_items(value: object) -> TypeGuard[list[dict[str, object]]]:
    """Whether ``value`` is a list of objects with few enough keys for a table."""
    if not isinstance(value, list) or not value:
        return False
    shown = value[:ROWS]
    if not all(isinstance(item, dict) and 0 < len(item) <= COLUMNS for item in shown):
        return False
    return len(_columns(shown)) <= COLUMNS


def items_table(items: list[dict[str, object]], *, as_json: bool = False) -> Table:
    """Return the first items as a table."""
    columns = _columns(items[:ROWS])
    write = json_inline if as_json else inline
    rows = [[_field(item, column, write) for column in columns] for item in items[:ROWS]]
    caption = "1 item" if len(items) == 1 else f"{len(items):,} items"
    return Table(caption, columns, rows, max(0, len(items) - ROWS), code=range(len(columns)))


def _columns(items: list[dict[str, object]]) -> list[str]:
    return list(dict.fromkeys(key for item in items for key in item))


def _field(item: dict[str, object], column: str, write: Callable[[object, int], str]) -> str:
    if column not in item:
        return ""
    value = item[column]
    return value if isinstance(value, str) else write(value, CELL)
