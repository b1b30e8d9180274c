"""CSV as a Directus writes it: objects are flattened to ``author.name``, texts quoted, lists JSON, nulls nothing."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import Final

from scopebox.server.exports.content import FEWER, Add, Items, add_escaped, scalar
from scopebox.server.exports.json_text import write_line
from scopebox.store import bounds
from scopebox.store.errors import internal_error

MAX_HEADER_CHARACTERS: Final = 2**20  # of the names of all columns
BYTE_ORDER_MARK: Final = "\ufeff"


def write_csv(value: object, add: Add) -> None:
    """Write a row for each item below the names of all their fields; nothing at all for no items.

    An item without any value has no row.
    """
    rows = value if isinstance(value, Items) else [value]
    columns = _columns(rows)
    if columns:
        _write_row([(at, name) for name, at in columns.items()], len(columns), add)
    for row in rows:
        cells = [(columns[name], cell) for name, cell in dict(_cells(row)).items() if cell is not None]
        if cells:
            add("\n")
            _write_row(sorted(cells, key=itemgetter(0)), len(columns), add)


def write_csv_utf8(value: object, add: Add) -> None:
    """Write CSV behind a mark that says it is UTF-8, which spreadsheets look for."""
    if not isinstance(value, Items) or len(value):
        add(BYTE_ORDER_MARK)
    write_csv(value, add)


def _columns(rows: Items | list[object]) -> dict[str, int]:
    """Return the places of the columns by name, in the order in which the items have them."""
    columns: dict[str, int] = {}
    size = 0
    for row in rows:
        for name, _ in _cells(row):
            if name not in columns:
                columns[name] = len(columns)
                size += len(name)
                bounds.count(size, MAX_HEADER_CHARACTERS, "characters in the names of columns", FEWER)
    return columns


def _cells(row: object) -> Iterator[tuple[str, object]]:
    if not isinstance(row, dict):
        raise internal_error("An item that is no object cannot be a row")
    return _flat(row, "")


def _flat(value: dict[str, object], before: str) -> Iterator[tuple[str, object]]:
    """Return the values of an object by the path that leads to them."""
    for name, part in value.items():
        if isinstance(part, dict) and part:
            bounds.count(len(before) + len(name), MAX_HEADER_CHARACTERS, "characters in the name of a column", FEWER)
            yield from _flat(part, f"{before}{name}.")
        else:
            yield before + name, part


def _write_row(cells: list[tuple[int, object]], width: int, add: Add) -> None:
    """Write the cells that hold something, each at its place; nothing is in the others."""
    reached = 0
    for at, value in cells:
        add("," * (at - reached))
        _write_cell(value, add)
        reached = at
    add("," * (width - 1 - reached))


def _write_cell(value: object, add: Add) -> None:
    if isinstance(value, bool | int | float):
        add(scalar(value))
        return
    add('"')
    if isinstance(value, str):
        add_escaped(add, value, _doubled)
    else:
        write_line(value, lambda piece: add(_doubled(piece)))
    add('"')


def _doubled(text: str) -> str:
    return text.replace('"', '""')
