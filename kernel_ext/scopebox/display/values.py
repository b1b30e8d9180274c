"""Values of cells as text and tables: whatever its size, only a glance of it is laid out."""

from __future__ import annotations

from pprint import pformat
from typing import TYPE_CHECKING, Final, TypeGuard

from scopebox.display.view import Block, Part, Table
from scopebox.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

ENTRIES: Final = 50  # of one container
NODES: Final = 2_000  # of the whole value
TEXT: Final = 2_000  # characters of one text in it
WIDTH: Final = 100
ROWS: Final = 20
COLUMNS: Final = 12


class _More:
    """Stands for the entries that are left out."""

    def __init__(self, count: int = 0) -> None:
        self.count = count

    def __repr__(self) -> str:
        return f"…({self.count:,} more)" if self.count else "…"


class _Glance:
    """Copies the beginning of JSON data, so that laying it out costs the same for any size."""

    def __init__(self) -> None:
        self.left = NODES

    def of(self, value: object) -> object:
        """Return a copy of ``value`` with at most so many entries as are left."""
        self.left -= 1
        match value:
            case str():
                return shorten(value, TEXT)
            case list():
                room = self._room(len(value))
                return [self.of(entry) for entry in value[:room]] + self._rest(len(value) - room)
            case dict():
                room = self._room(len(value))
                shown = {shorten(str(key), TEXT): self.of(entry) for key, entry in self._first(value, room)}
                return shown | ({_More(len(value) - room): _More()} if room < len(value) else {})
            case _:
                return value

    def _room(self, length: int) -> int:
        return min(length, ENTRIES, max(0, self.left))

    @staticmethod
    def _rest(count: int) -> list[object]:
        return [_More(count)] if count > 0 else []

    @staticmethod
    def _first(value: dict[str, object], room: int) -> Iterator[tuple[str, object]]:
        return (pair for pair, _ in zip(value.items(), range(room), strict=False))


def literal(value: object) -> str:
    """Return JSON data as Python literals; what is too long is cut with a count."""
    return pformat(_Glance().of(value), width=WIDTH, sort_dicts=False, compact=True)


class Data:
    """JSON data: literals as plain text, and a table as HTML where it is a list of items."""

    def __init__(self, value: object) -> None:
        self.value = value

    def text(self) -> str:
        """Return literals."""
        return Block(literal(self.value)).text()

    def html(self) -> str:
        """Return a table of items, or literals."""
        part: Part = items_table(self.value) if is_items(self.value) else Block(literal(self.value))
        return part.html()


def is_items(value: object) -> TypeGuard[list[dict[str, object]]]:
    """Whether ``value`` is a list of objects with few enough keys for a table."""
    if not isinstance(value, list) or not value:
        return False
    shown = value[:ROWS]
    if not all(isinstance(item, dict) and item for item in shown):
        return False
    return len(_columns(shown)) <= COLUMNS


def items_table(items: list[dict[str, object]]) -> Table:
    """Return the first items as a table."""
    columns = _columns(items[:ROWS])
    rows = [[_field(item, column) for column in columns] for item in items[:ROWS]]
    caption = "1 item" if len(items) == 1 else f"{len(items):,} items"
    return Table(caption, columns, rows, max(0, len(items) - ROWS), code=range(len(columns)))


def _columns(items: list[dict[str, object]]) -> list[str]:
    return list(dict.fromkeys(key for item in items for key in item))


def _field(item: dict[str, object], column: str) -> str:
    if column not in item:
        return ""
    value = item[column]
    return value if isinstance(value, str) else repr(_Glance().of(value))
