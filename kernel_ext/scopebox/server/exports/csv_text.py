"""CSV as a Directus writes it: objects are flattened to ``author.name``, texts quoted, lists JSON, nulls nothing."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from operator import itemgetter
from typing import Final

from scopebox.server.exports.content import FEWER, Items, escaped, scalar, value_of
from scopebox.server.exports.json_text import write_line
from scopebox.store import bounds
from scopebox.store.errors import internal_error

MAX_HEADER_CHARACTERS: Final = 2**20  # of the names of all columns
BYTE_ORDER_MARK: Final = "\ufeff"


def write_csv(value: object) -> Iterator[str]:
    """Write a row for each item below the names of all their fields; nothing at all for no items.

    An item without any value has no row.
    """
    rows = value if isinstance(value, Items) else [value]
    columns = yield from _columns(rows)
    if columns:
        yield from _write_row([(at, name) for name, at in columns.items()], len(columns))
    for row in rows:
        yield from _write_item(row, columns)


def write_csv_utf8(value: object) -> Iterator[str]:
    """Write CSV behind a mark that says it is UTF-8, which spreadsheets look for."""
    if not isinstance(value, Items) or len(value):
        yield BYTE_ORDER_MARK
    yield from write_csv(value)


def _columns(rows: Items | list[object]) -> Generator[str, None, dict[str, int]]:
    """Return the places of the columns by name, in the order in which the items have them."""
    columns: dict[str, int] = {}
    size = 0
    for row in rows:
        for name in map(itemgetter(0), _cells(row)):
            if name not in columns:
                columns[name] = len(columns)
                size += len(name)
                bounds.count(size, MAX_HEADER_CHARACTERS, "characters in the names of columns", FEWER)
        yield ""
    return columns


def _write_item(row: object, columns: dict[str, int]) -> Iterator[str]:
    cells = [(columns[name], cell) for name, cell in dict(_cells(row)).items() if cell is not None]
    yield ""
    if cells:
        yield "\n"
        yield from _write_row(sorted(cells, key=itemgetter(0)), len(columns))


def _cells(row: object) -> Iterator[tuple[str, object]]:
    row = value_of(row)
    if not isinstance(row, dict):
        raise internal_error("An item that is no object cannot be a row")
    return _flat(row, [], 0)


def _flat(value: dict[str, object], path: list[str], length: int) -> Iterator[tuple[str, object]]:
    """Return the values of an object by the path that leads to them.

    The names on the way are put together at its end: at each level, a long one would be in memory as often as it is deep.
    """
    for name, part in value.items():
        if isinstance(part, dict) and part:
            longer = length + len(name) + 1
            bounds.count(longer, MAX_HEADER_CHARACTERS, "characters in the name of a column", FEWER)
            path.append(name)
            yield from _flat(part, path, longer)
            path.pop()
        else:
            yield ".".join((*path, name)), part


def _write_row(cells: list[tuple[int, object]], width: int) -> Iterator[str]:
    """Write the cells that hold something, each at its place; nothing is in the others."""
    reached = 0
    for at, value in cells:
        yield "," * (at - reached)
        yield from _write_cell(value)
        reached = at
    yield "," * (width - 1 - reached)


def _write_cell(value: object) -> Iterator[str]:
    if isinstance(value, bool | int | float):
        yield scalar(value)
        return
    yield '"'
    if isinstance(value, str):
        yield from escaped(value, _doubled)
    else:
        yield from map(_doubled, write_line(value))
    yield '"'


def _doubled(text: str) -> str:
    return text.replace('"', '""')
